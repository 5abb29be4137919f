//! Retires certificates.

use certs_core::operations::Scope;
use certs_types::CertificateId;

use super::{deactivate_everywhere, is_active};
use crate::change::Change;
use crate::plan::{Plan, PlanInput};
use crate::refusal::Refusal;

/// Deactivates certificates wherever they are active, and optionally deletes them afterwards.
///
/// ```
/// use certs_plan::{Plan, Refusal, PlanInput, goal::Retire};
/// use certs_types::CertificateId;
///
/// fn plan(input: PlanInput<'_>, old: CertificateId) -> Result<Plan, Refusal> {
///     Retire::new([old]).with_delete().plan(input)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retire {
    certificates: Vec<CertificateId>,
    deletes: bool,
}

impl Retire {
    /// Deactivates these certificates and does not delete them.
    #[must_use]
    pub fn new(certificates: impl IntoIterator<Item = CertificateId>) -> Self {
        Self { certificates: certificates.into_iter().collect(), deletes: false }
    }

    /// Deletes the certificates afterwards.
    #[must_use]
    pub fn with_delete(self) -> Self {
        self.with_delete_if(true)
    }

    /// Sets whether the certificates are deleted afterwards.
    #[must_use]
    pub fn with_delete_if(self, deletes: bool) -> Self {
        Self { deletes, ..self }
    }

    /// Plans the deactivations: archived projects first, then projects, then the organization, so that an inherited
    /// certificate stops being accepted everywhere at the same time.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] when a certificate does not exist, and [`Refusal::Incomplete`] when a list was not read.
    pub fn plan(&self, input: PlanInput<'_>) -> Result<Plan, Refusal> {
        let inventory = input.complete()?;
        for id in &self.certificates {
            inventory.certificate(id).ok_or_else(|| Refusal::NotFound { what: id.to_string() })?;
        }
        let removed_from = |scope: &Scope| {
            let active = self.certificates.iter().filter(|id| is_active(inventory, scope, id));
            active.cloned().collect()
        };
        let mut changes = deactivate_everywhere(inventory, removed_from);
        if self.deletes {
            let mut deleted: Vec<CertificateId> = Vec::new();
            for id in &self.certificates {
                if !deleted.contains(id) {
                    deleted.push(id.clone());
                }
            }
            changes.extend(deleted.into_iter().map(|certificate| Change::Delete { certificate }));
        }
        Ok(input.plan(changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hazard::{CallerIdentity, Hazard};
    use crate::testing::{id, inventory, now, scope};

    fn lines(retire: &Retire, inventory: &crate::Inventory) -> Vec<String> {
        let identity = CallerIdentity::none();
        let plan = retire.plan(PlanInput::new(inventory, &identity, now())).unwrap();
        plan.lines().collect()
    }

    #[test]
    fn the_organization_comes_last_and_archived_projects_first() {
        let projects: [(&str, &[&str]); 4] =
            [("arch_x", &["a"]), ("arch_y", &["!"]), ("p", &["a", "b"]), ("q", &["b"])];
        let inventory = inventory(&["a", "b"], &["a", "b"], &projects);
        let expected = [
            "deactivate a \"Root a\" in project arch_x",
            "deactivate a \"Root a\" in project p",
            "deactivate a \"Root a\" in the organization",
            "delete a \"Root a\"",
        ];
        let mut sorted = lines(&Retire::new([id("a"), id("a")]).with_delete(), &inventory);
        assert_eq!(sorted, expected);
        sorted = lines(&Retire::new([id("a")]), &inventory);
        assert_eq!(sorted, expected[..3]);
    }

    #[test]
    fn more_than_ten_are_deactivated_in_batches() {
        let names: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let inventory = inventory(&names, &names, &[]);
        let retired = Retire::new(names.iter().map(|name| id(name)));
        assert_eq!(lines(&retired, &inventory).len(), 2);
    }

    #[test]
    fn an_inactive_certificate_needs_no_change() {
        let inventory = inventory(&["a", "b"], &["b"], &[("p", &["b"])]);
        assert!(lines(&Retire::new([id("a")]), &inventory).is_empty());
    }

    #[test]
    fn unknown_certificates_and_incomplete_readings_are_refused() {
        let whole = inventory(&["a"], &[], &[]);
        let identity = CallerIdentity::none();
        let plan = |inventory, name| {
            Retire::new([id(name)]).plan(PlanInput::new(inventory, &identity, now())).map(|_| ())
        };
        assert_eq!(plan(&whole, "x"), Err(Refusal::NotFound { what: "x".into() }));
        let mut partial = whole.clone();
        partial.observe_projects([crate::testing::project("p")]);
        assert_eq!(plan(&partial, "a"), Err(Refusal::Incomplete));
    }

    #[test]
    fn a_plan_contains_its_hazards_and_what_was_not_observed() {
        let inventory = inventory(&["a"], &["a"], &[("arch", &["!"]), ("p", &["a"])]);
        let identity = CallerIdentity::none();
        let input = PlanInput::new(&inventory, &identity, now());
        let plan = Retire::new([id("a")]).plan(input).unwrap();
        let scopes = vec![Scope::Organization, scope("p")];
        assert_eq!(plan.preflight.hazards, [Hazard::Unenforced { scopes }]);
        assert_eq!(plan.not_observed, ["arch".parse().unwrap()]);
    }
}
