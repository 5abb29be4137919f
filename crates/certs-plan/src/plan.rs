//! Plans: changes in order, what they would break, and the state that they are based on.

mod confirmation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use certs_core::operations::Scope;
use certs_types::{CertificateId, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::change::{Change, InWords, List, NewCertificate};
use crate::fingerprint::{CertificateRef, Fingerprint};
use crate::forecast::Forecast;
use crate::format::{FormatVersion, Quoted};
use crate::hazard::{CallerIdentity, Preflight, preflight};
use crate::inventory::{Inventory, KnownProject};
use crate::refusal::Refusal;

pub use confirmation::{Confirmation, ConfirmationText};

/// What a plan is made from: the inventory, the client certificate of this program, and the current time.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) identity: &'a CallerIdentity,
    pub(crate) now: Timestamp,
}

impl<'a> PlanInput<'a> {
    /// Combines them. `now` decides which certificates are valid.
    #[must_use]
    pub fn new(inventory: &'a Inventory, identity: &'a CallerIdentity, now: Timestamp) -> Self {
        Self { inventory, identity, now }
    }

    /// The inventory, if it is complete.
    pub(crate) fn complete(self) -> Result<&'a Inventory, Refusal> {
        if self.inventory.is_complete() { Ok(self.inventory) } else { Err(Refusal::Incomplete) }
    }

    /// A plan of these changes, for goals of your own. Hazards are found only in scopes that were read.
    #[must_use]
    pub fn plan(self, changes: Vec<Change>) -> Plan {
        Plan::new(changes, self)
    }
}

/// Changes in order, with what they would break. A plan can be saved with serde, compared and printed.
///
/// `Display` writes one line for each change, such as
/// `deactivate cert_a "Root 2019" in project proj_a`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    version: FormatVersion<1>,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// The hazards and notices of the changes.
    #[serde(flatten)]
    pub preflight: Preflight,
    /// Scopes in which every certificate that is valid now would be removed, while mTLS stays enforced: workloads
    /// that have not moved to another certificate by then are refused.
    #[serde(default)]
    pub cut_over: Vec<Scope>,
    /// Archived projects whose lists the server refuses to send, so that it is not known whether they need changes.
    #[serde(default)]
    pub not_observed: Vec<ProjectId>,
    /// Certificates that a declaration does not mention; empty for other plans.
    #[serde(default)]
    pub unmanaged: Vec<CertificateId>,
    /// What is active in the scopes that the plan is based on.
    basis: BTreeMap<Scope, BTreeSet<CertificateId>>,
    /// Display names of the certificates in the plan.
    names: BTreeMap<CertificateId, String>,
}

impl Plan {
    fn new(changes: Vec<Change>, input: PlanInput<'_>) -> Self {
        let PlanInput { inventory, identity, now } = input;
        let preflight = preflight(&changes, inventory, identity, now);
        let cut_over = cut_over(&changes, inventory, now);
        let named = changes.iter().flat_map(changed).filter_map(|certificate| {
            let id = certificate.id()?;
            let name = inventory.certificate(id)?.name.clone()?;
            Some((id.clone(), name))
        });
        let refused =
            |project: &KnownProject<'_>| project.observed_at().is_none() && !project.is_unread();
        Self {
            version: FormatVersion,
            preflight,
            cut_over,
            not_observed: inventory.projects().filter(refused).map(|p| p.id().clone()).collect(),
            unmanaged: Vec::new(),
            basis: basis(&changes, inventory),
            names: named.collect(),
            changes,
        }
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a certificate is deactivated or deleted.
    #[must_use]
    pub fn has_removals(&self) -> bool {
        self.changes.iter().any(Change::is_removal)
    }

    /// The certificates that are changed, each once.
    #[must_use]
    pub fn certificates(&self) -> BTreeSet<CertificateRef> {
        self.changes.iter().flat_map(changed).collect()
    }

    /// The display name of a certificate that is changed: the one it has, or gets with its upload.
    #[must_use]
    pub fn name_of(&self, certificate: &CertificateRef) -> Option<&str> {
        match certificate {
            CertificateRef::Id(id) => self.names.get(id).map(String::as_str),
            CertificateRef::New(fingerprint) => self.upload_of(*fingerprint)?.name.as_deref(),
        }
    }

    /// The refusal of a plan with [`cut_over`](Self::cut_over) scopes, for callers that do not allow that.
    #[must_use]
    pub fn cut_over_refusal(&self) -> Option<Refusal> {
        let scopes = self.cut_over.clone();
        (!scopes.is_empty()).then_some(Refusal::CutOver { scopes })
    }

    /// One line for each change, as [`describe`](Self::describe) writes it.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.changes.iter().map(|change| self.describe(change))
    }

    /// One line about a change, with the display names of this plan.
    #[must_use]
    pub fn describe(&self, change: &Change) -> String {
        let label = |id: &CertificateId| match self.names.get(id) {
            Some(name) => format!("{id} {}", Quoted(name)),
            None => id.to_string(),
        };
        match change {
            Change::Upload(_) => change.to_string(),
            Change::Activate { scope, certificates } => {
                let label = |certificate: &CertificateRef| match certificate {
                    CertificateRef::Id(id) => label(id),
                    CertificateRef::New(fingerprint) => self.label_of_new(*fingerprint),
                };
                let labels: Vec<_> = certificates.as_slice().iter().map(label).collect();
                format!("activate {} in {}", List(&labels), InWords(scope))
            }
            Change::Deactivate { scope, certificates } => {
                let labels: Vec<_> = certificates.iter().map(label).collect();
                format!("deactivate {} in {}", List(&labels), InWords(scope))
            }
            Change::Delete { certificate } => format!("delete {}", label(certificate)),
        }
    }

    /// The changes that are still to be made. The state must be the one that the plan is based on, or a later one in
    /// which some of the changes were made and nothing else.
    ///
    /// `uploaded` contains the ids of new certificates of the plan that were already uploaded.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateMoved`] with the scopes in which something else has changed, and
    /// [`Refusal::Incomplete`] if one of them was not read.
    pub fn remaining(
        &self,
        inventory: &Inventory,
        uploaded: &BTreeMap<Fingerprint, CertificateId>,
    ) -> Result<Vec<Change>, Refusal> {
        let is_listed = |id: &CertificateId| inventory.certificate(id).is_some_and(|c| c.is_listed);
        let is_gone = |scope: &Scope| match scope {
            Scope::Organization => false,
            Scope::Project(id) => inventory.lists_all_projects() && inventory.project(id).is_none(),
        };
        let mut moved = Vec::new();
        let mut is_open = vec![false; self.changes.len()];
        for (scope, before) in &self.basis {
            let Some(active) = inventory.active_in(scope) else {
                if !is_gone(scope) {
                    return Err(Refusal::Incomplete);
                }
                moved.push(scope.clone());
                continue;
            };
            let active: BTreeSet<_> = active.into_iter().cloned().map(CertificateRef::Id).collect();
            let mut state: BTreeSet<_> = before.iter().cloned().map(CertificateRef::Id).collect();
            let mut is_met = state == active;
            for (change, is_open) in self.changes.iter().zip(&mut is_open) {
                if change.scope() == Some(scope) {
                    apply(change, &mut state, uploaded);
                    *is_open = is_met;
                    is_met |= state == active;
                }
            }
            if !is_met {
                moved.push(scope.clone());
            }
        }
        let mut remaining = Vec::new();
        for (change, is_open) in self.changes.iter().zip(is_open) {
            let is_open = match change {
                Change::Upload(new) => !uploaded.contains_key(&new.fingerprint),
                Change::Delete { certificate } => is_listed(certificate),
                Change::Activate { scope, certificates } if is_open => {
                    let ids = certificates.as_slice().iter().filter_map(CertificateRef::id);
                    if !ids.into_iter().all(is_listed) {
                        moved.push(scope.clone());
                    }
                    true
                }
                _ => is_open,
            };
            remaining.extend(is_open.then(|| change.clone()));
        }
        if moved.is_empty() { Ok(remaining) } else { Err(Refusal::StateMoved { scopes: moved }) }
    }

    fn label_of_new(&self, fingerprint: Fingerprint) -> String {
        match self.upload_of(fingerprint).and_then(|new| new.name.as_deref()) {
            Some(name) => format!("{name:?}"),
            None => CertificateRef::New(fingerprint).to_string(),
        }
    }

    fn upload_of(&self, fingerprint: Fingerprint) -> Option<&NewCertificate> {
        self.changes.iter().find_map(|change| match change {
            Change::Upload(new) if new.fingerprint == fingerprint => Some(new),
            _ => None,
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The certificates that a change changes.
fn changed(change: &Change) -> Vec<CertificateRef> {
    match change {
        Change::Upload(new) => vec![new.fingerprint.into()],
        Change::Activate { certificates, .. } => certificates.as_slice().to_vec(),
        Change::Deactivate { certificates, .. } => {
            certificates.iter().cloned().map(CertificateRef::Id).collect()
        }
        Change::Delete { certificate } => vec![certificate.clone().into()],
    }
}

/// What is active in the organization, in the scopes of the changes, and in every project if the organization changes.
fn basis(changes: &[Change], inventory: &Inventory) -> BTreeMap<Scope, BTreeSet<CertificateId>> {
    let changed: BTreeSet<&Scope> = changes.iter().filter_map(Change::scope).collect();
    let is_wide = changed.contains(&Scope::Organization);
    let is_basis = |scope: &Scope| {
        is_wide || changed.contains(scope) || (*scope == Scope::Organization && !changed.is_empty())
    };
    let scopes = inventory.scopes().filter(is_basis);
    let with_state = scopes.filter_map(|scope| {
        let active = inventory.active_in(&scope)?.into_iter().cloned().collect();
        Some((scope, active))
    });
    with_state.collect()
}

/// Scopes where every certificate that is valid now is removed while mTLS stays enforced.
fn cut_over(changes: &[Change], inventory: &Inventory, now: Timestamp) -> Vec<Scope> {
    let before = Forecast::new(inventory);
    let mut after = before.clone();
    let mut affected = BTreeSet::new();
    for change in changes {
        if change.is_removal() {
            affected.extend(after.affected_by(change));
        }
        after.apply(change);
    }
    let is_cut_over = |scope: &Scope| {
        let valid = before.valid(&before.trust(scope).known(), now);
        let then = after.trust(scope);
        let is_left = valid.iter().any(|index| then.known().contains(index));
        !valid.is_empty() && !is_left && then.is_enforced() == Some(true)
    };
    affected.into_iter().filter(is_cut_over).collect()
}

/// Applies a change to what is active in its scope.
fn apply(
    change: &Change,
    state: &mut BTreeSet<CertificateRef>,
    uploaded: &BTreeMap<Fingerprint, CertificateId>,
) {
    match change {
        Change::Activate { certificates, .. } => {
            let resolve = |certificate: &CertificateRef| match certificate {
                CertificateRef::New(fingerprint) => match uploaded.get(fingerprint) {
                    Some(id) => id.clone().into(),
                    None => certificate.clone(),
                },
                CertificateRef::Id(_) => certificate.clone(),
            };
            state.extend(certificates.as_slice().iter().map(resolve));
        }
        Change::Deactivate { certificates, .. } => {
            state.retain(|active| !certificates.iter().any(|id| active.id() == Some(id)));
        }
        Change::Upload(_) | Change::Delete { .. } => {}
    }
}

#[cfg(test)]
mod tests;
