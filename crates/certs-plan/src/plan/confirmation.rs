//! Which confirmation a plan needs.

use std::collections::BTreeSet;

use certs_core::operations::Scope;

use super::Plan;
use crate::change::Change;
use crate::fingerprint::CertificateRef;
use crate::hazard::Notice;

/// Which confirmation of a person a plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum Confirmation {
    /// None, because nothing is changed.
    NotNeeded,
    /// A simple yes.
    Yes,
    /// A typed text, to prevent confirmation out of habit.
    Typed(ConfirmationText),
}

/// What must be typed to confirm a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum ConfirmationText {
    /// The name of the only certificate, or its id if it has no name that can be typed.
    Certificate(CertificateRef),
    /// The number of certificates.
    Count(usize),
}

impl ConfirmationText {
    /// The text that confirms a change of these certificates.
    #[must_use]
    pub fn of(certificates: impl IntoIterator<Item = CertificateRef>) -> Self {
        let certificates: BTreeSet<_> = certificates.into_iter().collect();
        let count = certificates.len();
        match certificates.into_iter().next() {
            Some(only) if count == 1 => Self::Certificate(only),
            _ => Self::Count(count),
        }
    }
}

impl Plan {
    /// Which confirmation the plan needs: none for uploads alone, a yes for additions and for a plan that only removes
    /// one certificate in one project, and a typed text for every other plan that removes, deletes or starts
    /// enforcement.
    #[must_use]
    pub fn confirmation(&self) -> Confirmation {
        let is_upload = |change: &Change| matches!(change, Change::Upload(_));
        if self.changes.iter().all(is_upload) {
            Confirmation::NotNeeded
        } else if self.adds_without_starting_enforcement() || self.is_one_removal_in_one_project() {
            Confirmation::Yes
        } else {
            Confirmation::Typed(ConfirmationText::of(self.certificates()))
        }
    }

    fn adds_without_starting_enforcement(&self) -> bool {
        let starts = |notice: &Notice| matches!(notice, Notice::StartsEnforcement { .. });
        !self.has_removals() && !self.preflight.notices.iter().any(starts)
    }

    fn is_one_removal_in_one_project(&self) -> bool {
        match self.changes.as_slice() {
            [Change::Deactivate { scope: Scope::Project(_), certificates }] => {
                certificates.as_slice().len() == 1
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hazard::CallerIdentity;
    use crate::inventory::Inventory;
    use crate::plan::PlanInput;
    use crate::testing::{id, inventory, now, scope};

    fn activate(in_scope: &str, names: &[&str]) -> Vec<Change> {
        Change::activate(&scope(in_scope), names.iter().map(|name| id(name).into()))
    }

    fn deactivate(in_scope: &str, names: &[&str]) -> Vec<Change> {
        Change::deactivate(&scope(in_scope), names.iter().map(|name| id(name)))
    }

    fn confirmation(inventory: &Inventory, changes: &[Vec<Change>]) -> Confirmation {
        let identity = CallerIdentity::none();
        PlanInput::new(inventory, &identity, now()).plan(changes.concat()).confirmation()
    }

    fn organization() -> Inventory {
        let projects: [(&str, &[&str]); 3] = [("p", &["a", "b"]), ("q", &["a", "b"]), ("r", &[])];
        inventory(&["a", "b", "c"], &[], &projects)
    }

    fn typed(name: &str) -> Confirmation {
        Confirmation::Typed(ConfirmationText::Certificate(id(name).into()))
    }

    fn counted(count: usize) -> Confirmation {
        Confirmation::Typed(ConfirmationText::Count(count))
    }

    #[test]
    fn nothing_to_change_and_uploads_need_no_confirmation() {
        let new = crate::testing::new_certificate(1, crate::Validity::default());
        assert_eq!(confirmation(&organization(), &[]), Confirmation::NotNeeded);
        assert_eq!(
            confirmation(&organization(), &[vec![Change::Upload(new)]]),
            Confirmation::NotNeeded
        );
    }

    #[test]
    fn a_yes_is_enough_for_additions_and_one_removal_in_one_project() {
        assert_eq!(confirmation(&organization(), &[activate("p", &["c"])]), Confirmation::Yes);
        assert_eq!(confirmation(&organization(), &[deactivate("p", &["a"])]), Confirmation::Yes);
    }

    #[test]
    fn an_addition_and_a_removal_together_are_more_than_either() {
        let other = [activate("p", &["c"]), deactivate("p", &["a"])];
        assert_eq!(confirmation(&organization(), &other), counted(2));
        let same = [activate("r", &["a"]), deactivate("p", &["a"])];
        assert_eq!(confirmation(&organization(), &same), typed("a"));
    }

    #[test]
    fn other_plans_are_confirmed_by_the_name_or_the_count() {
        let several_places = [deactivate("p", &["a"]), deactivate("q", &["a"])];
        assert_eq!(confirmation(&organization(), &several_places), typed("a"));
        let several = [deactivate("p", &["a", "b"])];
        assert_eq!(confirmation(&organization(), &several), counted(2));
        let deleted = [vec![Change::Delete { certificate: id("c") }]];
        assert_eq!(confirmation(&organization(), &deleted), typed("c"));
        let whole = inventory(&["a", "b"], &["a", "b"], &[]);
        assert_eq!(confirmation(&whole, &[deactivate("organization", &["a"])]), typed("a"));
    }

    #[test]
    fn a_start_of_enforcement_is_confirmed_by_the_activated_certificate() {
        assert_eq!(confirmation(&organization(), &[activate("r", &["c"])]), typed("c"));
        assert_eq!(confirmation(&organization(), &[activate("r", &["b", "c"])]), counted(2));
    }

    #[test]
    fn a_new_certificate_counts_once_and_has_the_name_that_it_gets() {
        let new = crate::testing::new_certificate(1, crate::Validity::default()).with_name("New");
        let reference = CertificateRef::from(new.fingerprint);
        let activate = Change::activate(&scope("r"), [reference.clone()]);
        let changes = [vec![Change::Upload(new)], activate].concat();
        let organization = organization();
        let identity = CallerIdentity::none();
        let plan = PlanInput::new(&organization, &identity, now()).plan(changes);
        let confirmation = ConfirmationText::Certificate(reference.clone());
        assert_eq!(plan.confirmation(), Confirmation::Typed(confirmation));
        assert_eq!(plan.name_of(&reference), Some("New"));
        assert_eq!(plan.name_of(&id("a").into()), None, "the plan does not name it");
    }
}
