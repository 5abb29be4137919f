//! Carries out a plan, one change after the other, and stops at the first unexpected result.

mod copies;
mod report;
mod step;
mod upload;

use std::ops::ControlFlow;
use std::time::Duration;

use certs_core::Client;
use certs_core::local::LocalTransport;
use certs_core::operations::{List, PageSize, Scope};
use certs_core::transport::Delay;
use certs_types::{CertificateId, Timestamp};

use crate::change::Change;
use crate::fingerprint::Fingerprint;
use crate::goal::settle::Activations;
use crate::hazard::{Allowed, CallerIdentity};
use crate::inventory::Inventory;
use crate::survey::{ReadError, SurveyError};

pub use copies::find_copies;
pub use report::{Failure, Outcome, Report};

/// Carries out the changes of a plan through a client.
///
/// Before each removal its scope, and for a project also the organization, are read and checked again. Each change
/// is confirmed by reading the list, for at least three reads and a minute. Changes that archived projects refuse are
/// skipped and reported. Everything else comes from the inventory: to continue after an interruption, make a new survey
/// and a new plan.
///
/// By default no hazard is allowed, no client certificate is presented, and no removal waits after an activation.
///
/// ```
/// use std::ops::ControlFlow;
/// use certs_core::Client;
/// use certs_core::transport::Transport;
/// use certs_core::types::Timestamp;
/// use certs_plan::execute::{Execution, Report, Step};
/// use certs_plan::{Inventory, Plan};
///
/// async fn carry_out<T: Transport>(
///     client: &Client<T>,
///     plan: &Plan,
///     inventory: Inventory,
///     now: impl Fn() -> Timestamp,
/// ) -> Report {
///     let mut execution = Execution::new(client, plan.changes.clone(), inventory);
///     execution.run(now, |step| {
///         if let Step::Change(change) = step {
///             eprintln!("{}", plan.describe(change));
///         }
///         ControlFlow::Continue(())
///     })
///     .await;
///     execution.into_report()
/// }
/// ```
#[derive(Debug)]
pub struct Execution<'a, T> {
    client: &'a Client<T>,
    changes: Vec<Change>,
    inventory: Inventory,
    identity: CallerIdentity,
    allowed: Allowed,
    settle: Option<(Duration, Activations)>,
    report: Report,
}

/// The next step of an execution.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Step<'a> {
    /// Starts a change of the plan.
    Change(&'a Change),
    /// Waits before a removal, because a certificate that remains was activated only recently.
    Settle {
        /// The end of the wait.
        until: Timestamp,
    },
    /// Reads the list of a scope again, because it does not show a change yet.
    ReadAgain(&'a Scope),
}

impl<'a, T: LocalTransport> Execution<'a, T> {
    /// Prepares to carry out these changes, which were planned with this inventory.
    pub fn new(client: &'a Client<T>, changes: Vec<Change>, inventory: Inventory) -> Self {
        let report = Report::new(changes.clone());
        Self {
            client,
            changes,
            inventory,
            identity: CallerIdentity::none(),
            allowed: Allowed::default(),
            settle: None,
            report,
        }
    }

    /// Sets the client certificate of this program, so that a change that would lock it out is refused.
    #[must_use]
    pub fn with_identity(self, identity: CallerIdentity) -> Self {
        Self { identity, ..self }
    }

    /// Allows these hazards; pass those that were allowed for the plan.
    #[must_use]
    pub fn with_allowed(self, allowed: Allowed) -> Self {
        Self { allowed, ..self }
    }

    /// Sets the ids of new certificates of the plan that were already uploaded.
    #[must_use]
    pub fn with_uploaded(
        mut self,
        uploaded: impl IntoIterator<Item = (Fingerprint, CertificateId)>,
    ) -> Self {
        for (fingerprint, id) in uploaded {
            self.resolve(fingerprint, id);
        }
        self
    }

    /// Waits before each removal until the certificates that remain there have been active for this long.
    #[must_use]
    pub fn with_settle(self, settle: Duration, activations: Activations) -> Self {
        Self { settle: Some((settle, activations)), ..self }
    }

    /// Carries out the changes until all are done or one fails; [`report`](Self::report) has the result.
    ///
    /// `now` returns the current time. `on_step` is called before each step, and ends the execution there if it
    /// returns [`ControlFlow::Break`]. If the future is dropped, the outcome of the change in flight is unknown.
    pub async fn run(
        &mut self,
        now: impl Fn() -> Timestamp,
        on_step: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) {
        let changes = self.changes.clone();
        let mut run = Run { execution: self, now, on_step };
        for change in &changes {
            if let Err(failure) = run.carry_out(change).await {
                run.execution.report.stopped_by = Some(failure);
                return;
            }
        }
    }

    /// What was done, what failed and what was not tried.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What was done, what failed and what was not tried.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.report
    }

    /// The inventory, updated with what was read since.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    fn resolve(&mut self, fingerprint: Fingerprint, id: CertificateId) {
        self.identity.resolve(fingerprint, &id);
        self.report.uploaded.insert(fingerprint, id);
    }
}

/// An execution with its clock and the callback for its steps.
struct Run<'r, 'a, T, N, S> {
    execution: &'r mut Execution<'a, T>,
    now: N,
    on_step: S,
}

/// The minimum time in which a list is read until it shows a change.
const CONFIRMATION_TIME: Duration = Duration::from_secs(60);
/// The minimum number of these reads.
const CONFIRMATION_READS: u32 = 3;
/// The maximum wait between two reads.
const MAX_READ_INTERVAL: Duration = Duration::from_secs(10);
/// The maximum time between two calls of `on_step` while a removal waits.
const MAX_SLEEP: Duration = Duration::from_secs(15);

impl<T, N, S> Run<'_, '_, T, N, S>
where
    T: LocalTransport,
    N: Fn() -> Timestamp,
    S: FnMut(Step<'_>) -> ControlFlow<()>,
{
    async fn carry_out(&mut self, change: &Change) -> Result<(), Failure> {
        self.announce(Step::Change(change))?;
        self.execution.report.begin(change);
        match change {
            Change::Upload(new) => self.upload(new).await,
            Change::Activate { scope, certificates } => self.activate(scope, certificates).await,
            Change::Deactivate { scope, certificates } => {
                self.deactivate(scope, certificates).await
            }
            Change::Delete { certificate } => self.delete(certificate).await,
        }
    }

    fn announce(&mut self, step: Step<'_>) -> Result<(), Failure> {
        match (self.on_step)(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Failure::Stopped),
        }
    }

    /// Reads the whole list of a scope.
    async fn read(&mut self, scope: &Scope) -> Result<(), SurveyError> {
        let list = List::new(scope.clone()).with_page_size(PageSize::MAX);
        let of_scope = |source: ReadError| SurveyError::new(Some(scope.clone()), source);
        let list = self.execution.client.all(list).await;
        let list = list.map_err(|incomplete| of_scope(incomplete.error.into()))?;
        let observed = self.execution.inventory.observe(scope, list, (self.now)());
        observed.map_err(|error| of_scope(error.into()))
    }

    /// Reads a scope until it shows the expected state, and returns whether it did.
    async fn is_shown(
        &mut self,
        scope: &Scope,
        shows: impl Fn(&Inventory) -> bool,
    ) -> Result<bool, Failure> {
        let mut polling = Polling::new(self.transport().now());
        loop {
            self.read(scope).await?;
            if shows(&self.execution.inventory) {
                return Ok(true);
            }
            let Some(pause) = polling.next_pause(self.transport().now()) else { return Ok(false) };
            self.announce(Step::ReadAgain(scope))?;
            self.sleep(pause).await;
        }
    }

    async fn sleep(&self, time: Duration) {
        self.transport().sleep(Delay::exactly(time)).await;
    }

    fn transport(&self) -> &T {
        self.execution.client.transport()
    }
}

/// When to read a list again that does not show a change yet.
struct Polling {
    started: Duration,
    reads: u32,
    pause: Duration,
}

impl Polling {
    fn new(now: Duration) -> Self {
        Self { started: now, reads: 0, pause: Duration::from_secs(1) }
    }

    /// The wait before the next read; `None` to give up.
    fn next_pause(&mut self, now: Duration) -> Option<Duration> {
        self.reads += 1;
        if self.reads >= CONFIRMATION_READS && now.saturating_sub(self.started) >= CONFIRMATION_TIME
        {
            return None;
        }
        let pause = self.pause;
        self.pause = (2 * pause).min(MAX_READ_INTERVAL);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times, in seconds, at which reads start that never show the change and take so long each.
    fn reads(seconds_each: u64) -> Vec<u64> {
        let mut now = Duration::from_secs(100);
        let mut polling = Polling::new(now);
        let mut reads = Vec::new();
        loop {
            reads.push(now.as_secs() - 100);
            now += Duration::from_secs(seconds_each);
            let Some(pause) = polling.next_pause(now) else { return reads };
            now += pause;
        }
    }

    #[test]
    fn reads_for_a_minute_with_growing_pauses() {
        assert_eq!(reads(0), [0, 1, 3, 7, 15, 25, 35, 45, 55, 65]);
    }

    #[test]
    fn reads_three_times_however_long_a_read_takes() {
        assert_eq!(reads(100), [0, 101, 203]);
    }
}
