//! Activates, deactivates and deletes, and confirms each change by reading.

use std::ops::ControlFlow;
use std::time::Duration;

use certs_core::Error;
use certs_core::local::LocalTransport;
use certs_core::operations::{Activate, Deactivate, Delete, Scope};
use certs_types::{CertificateId, CertificateIds, ErrorCode, Timestamp};

use super::{Failure, MAX_SLEEP, Run, Step};
use crate::change::{CertificateRefs, Change};
use crate::fingerprint::CertificateRef;
use crate::hazard::preflight;
use crate::inventory::KnownProject;
use crate::survey::{ReadError, SurveyError};

impl<T, N, S> Run<'_, '_, T, N, S>
where
    T: LocalTransport,
    N: Fn() -> Timestamp,
    S: FnMut(Step<'_>) -> ControlFlow<()>,
{
    pub(super) async fn activate(
        &mut self,
        scope: &Scope,
        certificates: &CertificateRefs,
    ) -> Result<(), Failure> {
        let mut missing = Vec::new();
        for certificate in certificates.as_slice() {
            let id = match certificate {
                CertificateRef::Id(id) => id.clone(),
                CertificateRef::New(fingerprint) => {
                    let id = self.execution.report.uploaded.get(fingerprint);
                    id.cloned().ok_or(Failure::NotUploaded(*fingerprint))?
                }
            };
            if self.execution.inventory.is_active(scope, &id) != Some(true) {
                missing.push(id);
            }
        }
        let Ok(ids) = CertificateIds::new(missing) else {
            self.execution.report.unchanged();
            return Ok(());
        };
        let reply = self.execution.client.call(Activate::new(scope.clone(), ids.clone())).await;
        let certificates = ids.iter().cloned().map(CertificateRef::Id);
        let change = Change::activate(scope, certificates).remove(0);
        self.conclude(scope, change, &ids, true, reply.map(|_| ())).await?;
        if let Some((_, activations)) = &mut self.execution.settle {
            let at = (self.now)();
            ids.iter().for_each(|id| activations.record(id.clone(), at));
        }
        Ok(())
    }

    pub(super) async fn deactivate(
        &mut self,
        scope: &Scope,
        certificates: &CertificateIds,
    ) -> Result<(), Failure> {
        self.settle(scope, certificates).await?;
        match self.read(scope).await {
            Err(error) if self.is_of_archived(scope, &error) => {
                self.execution.report.refused_by_archived(deactivation(scope, certificates));
                return Ok(());
            }
            read => read?,
        }
        if *scope != Scope::Organization {
            self.read(&Scope::Organization).await?;
        }
        let inventory = &self.execution.inventory;
        let is_active = |id: &&CertificateId| inventory.is_active(scope, id) == Some(true);
        let Ok(ids) = CertificateIds::new(certificates.iter().filter(is_active).cloned()) else {
            self.execution.report.unchanged();
            return Ok(());
        };
        let change = deactivation(scope, &ids);
        let identity = &self.execution.identity;
        let preflight = preflight(std::slice::from_ref(&change), inventory, identity, (self.now)());
        if let Some(refusal) = preflight.refusal(self.execution.allowed) {
            return Err(Failure::StateMoved(refusal));
        }
        let reply = self.execution.client.call(Deactivate::new(scope.clone(), ids.clone())).await;
        self.conclude(scope, change, &ids, false, reply.map(|_| ())).await
    }

    pub(super) async fn delete(&mut self, id: &CertificateId) -> Result<(), Failure> {
        let organization = Scope::Organization;
        self.read(&organization).await?;
        let is_there = |inventory: &crate::Inventory| {
            inventory.certificate(id).is_some_and(|known| known.is_listed)
        };
        if !is_there(&self.execution.inventory) {
            self.execution.report.unchanged();
            return Ok(());
        }
        let outcome = self.execution.client.call(Delete::new(id.clone())).await;
        let change = Change::Delete { certificate: id.clone() };
        match outcome {
            Ok(_) => self.execution.report.done(change),
            Err(error) if error.may_have_acted() => {
                if !matches!(self.is_shown(&organization, |now| !is_there(now)).await, Ok(true)) {
                    return Err(error.into());
                }
                self.execution.report.done(change);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        if self.is_shown(&organization, |inventory| !is_there(inventory)).await? {
            Ok(())
        } else {
            Err(Failure::NotShown { scope: organization })
        }
    }

    /// Confirms a change by reading, or finds out whether a failed change was made.
    async fn conclude(
        &mut self,
        scope: &Scope,
        change: Change,
        ids: &CertificateIds,
        is_active: bool,
        outcome: Result<(), Error>,
    ) -> Result<(), Failure> {
        let shows = |inventory: &crate::Inventory| {
            ids.iter().all(|id| inventory.is_active(scope, id) == Some(is_active))
        };
        match outcome {
            Ok(()) => self.execution.report.done(change),
            Err(error) if self.is_refused_by_archived(scope, &error) => {
                // Archived projects were observed to refuse a change although it was made.
                if self.read(scope).await.is_ok() && shows(&self.execution.inventory) {
                    self.execution.report.done(change);
                } else {
                    self.execution.report.refused_by_archived(change);
                }
                return Ok(());
            }
            Err(error) if error.may_have_acted() => {
                if !matches!(self.is_shown(scope, shows).await, Ok(true)) {
                    return Err(error.into());
                }
                self.execution.report.done(change);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        match self.is_shown(scope, shows).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotShown { scope: scope.clone() }),
            Err(Failure::Reading(error)) if self.is_of_archived(scope, &error) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Waits until the certificates that remain in the scope have been active long enough.
    async fn settle(&mut self, scope: &Scope, removed: &CertificateIds) -> Result<(), Failure> {
        loop {
            let Some((settle, activations)) = &self.execution.settle else { return Ok(()) };
            let inventory = &self.execution.inventory;
            let Some(until) = activations.removable_at(inventory, scope, removed, *settle) else {
                return Ok(());
            };
            let left = until.as_secs() - (self.now)().as_secs();
            let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else {
                return Ok(());
            };
            self.announce(Step::Settle { until })?;
            self.sleep(Duration::from_secs(left).min(MAX_SLEEP)).await;
        }
    }

    fn is_of_archived(&self, scope: &Scope, error: &SurveyError) -> bool {
        match &error.source {
            ReadError::Call(error) => self.is_refused_by_archived(scope, error),
            ReadError::UnknownState(_) => false,
        }
    }

    /// Whether an archived project refuses because it is archived.
    fn is_refused_by_archived(&self, scope: &Scope, error: &Error) -> bool {
        let Scope::Project(id) = scope else { return false };
        let is_known =
            || self.execution.inventory.project(id).is_some_and(KnownProject::is_archived);
        let is_archived = error.code() == Some(&ErrorCode::PROJECT_ARCHIVED) || is_known();
        is_archived && crate::survey::is_about_project(error)
    }
}

fn deactivation(scope: &Scope, ids: &CertificateIds) -> Change {
    Change::Deactivate { scope: scope.clone(), certificates: ids.clone() }
}
