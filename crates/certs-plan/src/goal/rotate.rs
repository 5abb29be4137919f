//! Rotation: replaces a certificate by a new one, in steps between which workloads move.

use certs_core::operations::Scope;
use certs_types::CertificateId;

use super::{
    MAX_CERTIFICATES, Retire, activate_everywhere, choose_copy, deactivate_everywhere, is_active,
};
use crate::change::{Change, NewCertificate};
use crate::fingerprint::CertificateRef;
use crate::inventory::{Inventory, KnownCertificate, KnownProject};
use crate::plan::{Plan, PlanInput};
use crate::refusal::{NotValidReason, Refusal};

/// The certificate that replaces another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a certificate is there or is not")]
pub enum Replacement {
    /// A certificate that was already uploaded.
    Known(CertificateId),
    /// A certificate in a file, of which no copy was uploaded.
    New(NewCertificate),
}

impl Replacement {
    /// The certificate in a file, or an uploaded copy of it. Of several copies, it is the one that is active in most
    /// of the scopes in which the old certificate is, or else the one that was uploaded first.
    ///
    /// A certificate whose copy is the old one replaces itself, which [`begin_rotation`] refuses.
    #[must_use]
    pub fn new(
        file: NewCertificate,
        copies: &[CertificateId],
        old: &CertificateId,
        inventory: &Inventory,
    ) -> Self {
        if copies.contains(old) {
            return Self::Known(old.clone());
        }
        let wanted = inventory.scopes().filter(|scope| is_active(inventory, scope, old));
        match choose_copy(inventory, copies, &Vec::from_iter(wanted)) {
            Some(copy) => Self::Known(copy.clone()),
            None => Self::New(file),
        }
    }
}

/// Begins a rotation: uploads the new certificate if necessary, and activates it wherever the old one is active.
/// It removes nothing.
///
/// # Errors
///
/// [`Refusal::SameCertificate`] when both are the same, [`Refusal::Full`] when there is no room for an upload,
/// [`Refusal::NotFound`] when one does not exist, and [`Refusal::Incomplete`] when a list was not read.
pub fn begin_rotation(
    input: PlanInput<'_>,
    old: &CertificateId,
    new: &Replacement,
) -> Result<Plan, Refusal> {
    let inventory = input.complete()?;
    require(inventory, old)?;
    let mut changes = Vec::new();
    let added = match new {
        Replacement::Known(id) if id == old => {
            return Err(Refusal::SameCertificate { certificate: id.clone() });
        }
        Replacement::Known(id) => {
            require(inventory, id)?;
            CertificateRef::Id(id.clone())
        }
        Replacement::New(new) => {
            require_room(input, 1)?;
            changes.push(Change::Upload(new.clone()));
            new.fingerprint.into()
        }
    };
    let is_there = |scope: &Scope| added.id().is_some_and(|id| is_active(inventory, scope, id));
    changes.extend(activate_everywhere(inventory, |scope| {
        let is_wanted = is_active(inventory, scope, old) && !is_there(scope);
        is_wanted.then(|| added.clone()).into_iter().collect()
    }));
    Ok(input.plan(changes))
}

/// A rotation from an old certificate to a new one, both of which were uploaded.
///
/// ```
/// use certs_plan::{Inventory, Plan, Refusal, PlanInput, goal::Rotation};
/// use certs_types::CertificateId;
///
/// fn finish(input: PlanInput<'_>, old: CertificateId, new: CertificateId) -> Result<Plan, Refusal> {
///     Rotation::new(old, new)?.finish(input, false)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    old: CertificateId,
    new: CertificateId,
}

impl Rotation {
    /// A rotation from the old certificate to the new one.
    ///
    /// # Errors
    ///
    /// [`Refusal::SameCertificate`] when both have the same id.
    pub fn new(old: CertificateId, new: CertificateId) -> Result<Self, Refusal> {
        if old == new {
            return Err(Refusal::SameCertificate { certificate: new });
        }
        Ok(Self { old, new })
    }

    /// Where the two certificates are active.
    #[must_use]
    pub fn status(&self, inventory: &Inventory) -> RotationStatus {
        let row = |scope: Scope| {
            let project = match &scope {
                Scope::Organization => None,
                Scope::Project(id) => inventory.project(id),
            };
            RotationScope {
                old: inventory.is_active(&scope, &self.old),
                new: inventory.is_active(&scope, &self.new),
                is_archived: project.is_some_and(KnownProject::is_archived),
                scope,
            }
        };
        let scopes = inventory.scopes().map(row).collect();
        RotationStatus { scopes, is_complete: inventory.is_complete() }
    }

    /// Retires the old certificate, and deletes it if `deletes`, once the new one is active wherever the old one is.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotEverywhere`] while the new one is missing somewhere (archived projects aside),
    /// [`Refusal::NotValid`] unless the new one is valid now, [`Refusal::NotFound`] when one does not exist, and
    /// [`Refusal::Incomplete`] when a list was not read.
    pub fn finish(&self, input: PlanInput<'_>, deletes: bool) -> Result<Plan, Refusal> {
        let inventory = input.complete()?;
        require(inventory, &self.old)?;
        let validity = require(inventory, &self.new)?;
        let refuse = |reason| Refusal::NotValid { certificate: self.new.clone(), reason };
        if validity.has_expired(input.now) {
            return Err(refuse(NotValidReason::Expired));
        }
        if validity.is_in_future(input.now) {
            return Err(refuse(NotValidReason::NotYet));
        }
        if !validity.is_known() {
            return Err(refuse(NotValidReason::UnknownDates));
        }
        let scopes = self.status(inventory).behind();
        if !scopes.is_empty() {
            let (old, new) = (self.old.clone(), self.new.clone());
            return Err(Refusal::NotEverywhere { old, new, scopes });
        }
        Retire::new([self.old.clone()]).with_delete_if(deletes).plan(input)
    }

    /// Deactivates the new certificate where the old one is active, and nowhere else. Workloads that have already moved
    /// to the new one are then refused.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] when one does not exist, and [`Refusal::Incomplete`] when a list was not read.
    pub fn abort(&self, input: PlanInput<'_>) -> Result<Plan, Refusal> {
        let inventory = input.complete()?;
        require(inventory, &self.old)?;
        require(inventory, &self.new)?;
        let changes = deactivate_everywhere(inventory, |scope| {
            let both = [&self.old, &self.new].into_iter().all(|id| is_active(inventory, scope, id));
            both.then(|| self.new.clone()).into_iter().collect()
        });
        Ok(input.plan(changes))
    }
}

/// Where the old and the new certificate of a rotation are active.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationStatus {
    /// The organization and every project.
    pub scopes: Vec<RotationScope>,
    /// Whether everything was read.
    pub is_complete: bool,
}

/// The state of a rotation in one scope, by the scope's own activations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationScope {
    /// The scope.
    pub scope: Scope,
    /// Whether it is an archived project, which may refuse changes.
    pub is_archived: bool,
    /// Whether the old certificate is active.
    pub old: Option<bool>,
    /// Whether the new certificate is active.
    pub new: Option<bool>,
}

impl RotationStatus {
    /// The scopes in which the old certificate is active and the new one is not, archived projects aside.
    #[must_use]
    pub fn behind(&self) -> Vec<Scope> {
        let is_behind = |row: &&RotationScope| {
            !row.is_archived && row.old == Some(true) && row.new != Some(true)
        };
        self.scopes.iter().filter(is_behind).map(|row| row.scope.clone()).collect()
    }

    /// Whether everything was read, and the new certificate is active wherever the old one is.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.is_complete && self.behind().is_empty()
    }
}

fn require(inventory: &Inventory, id: &CertificateId) -> Result<crate::Validity, Refusal> {
    match inventory.certificate(id) {
        Some(known) => Ok(known.validity),
        None => Err(Refusal::NotFound { what: id.to_string() }),
    }
}

/// Refuses to upload more certificates than an organization can have.
pub(super) fn require_room(input: PlanInput<'_>, uploads: usize) -> Result<(), Refusal> {
    let PlanInput { inventory, now, .. } = input;
    let listed: Vec<_> = inventory.certificates().filter(|known| known.is_listed).collect();
    let count = listed.len();
    if uploads == 0 || count + uploads <= MAX_CERTIFICATES {
        return Ok(());
    }
    let is_unused = |known: &&&KnownCertificate| {
        known.validity.has_expired(now)
            && inventory.active_scopes(&known.id).is_nowhere() == Some(true)
    };
    let unused = listed.iter().filter(is_unused).map(|known| known.id.clone()).collect();
    Err(Refusal::Full { count, max: MAX_CERTIFICATES, unused })
}

#[cfg(test)]
mod tests;
