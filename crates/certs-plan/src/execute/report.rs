//! The report of an execution.

use std::collections::{BTreeMap, VecDeque};

use certs_core::Error;
use certs_core::operations::Scope;
use certs_types::CertificateId;

use crate::change::{Change, InWords};
use crate::fingerprint::Fingerprint;
use crate::refusal::Refusal;
use crate::survey::{ReadError, SurveyError};
use crate::undo::{UndoStep, undo};

/// What an execution did and did not do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The changes that were made, without certificates that were already in the wanted state. An activation that was
    /// made by someone else after the inventory was read may be included.
    pub done: Vec<Change>,
    /// Changes that were not needed, because the state was already the wanted one.
    pub unchanged: Vec<Change>,
    /// Changes that archived projects refused. The execution continued after them.
    pub refused_by_archived: Vec<Change>,
    /// The change that failed, or whose outcome is not known.
    pub failed: Option<Change>,
    /// Why the execution stopped early.
    pub stopped_by: Option<Failure>,
    /// The changes that were not tried.
    pub not_tried: VecDeque<Change>,
    /// The ids of the new certificates of the plan, as far as they were uploaded.
    pub uploaded: BTreeMap<Fingerprint, CertificateId>,
}

impl Report {
    pub(super) fn new(changes: Vec<Change>) -> Self {
        Self {
            done: Vec::new(),
            unchanged: Vec::new(),
            refused_by_archived: Vec::new(),
            failed: None,
            stopped_by: None,
            not_tried: changes.into(),
            uploaded: BTreeMap::new(),
        }
    }

    /// The outcome of the execution.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.stopped_by {
            Some(failure) => failure.outcome(),
            None if self.failed.is_some() => Outcome::Unknown,
            None if !self.not_tried.is_empty() => Outcome::Stopped,
            None if !self.refused_by_archived.is_empty() => Outcome::DoneExceptArchived,
            None => Outcome::Done,
        }
    }

    /// How to undo what was done.
    #[must_use]
    pub fn undo(&self) -> Vec<UndoStep> {
        undo(&self.done)
    }

    /// Until its outcome is known, a change counts as failed.
    pub(super) fn begin(&mut self, change: &Change) {
        self.not_tried.pop_front();
        self.failed = Some(change.clone());
    }

    pub(super) fn done(&mut self, change: Change) {
        self.failed = None;
        self.done.push(change);
    }

    pub(super) fn unchanged(&mut self) {
        self.unchanged.extend(self.failed.take());
    }

    pub(super) fn refused_by_archived(&mut self, change: Change) {
        self.failed = None;
        self.refused_by_archived.push(change);
    }
}

/// The outcome of an execution, for an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Everything is done.
    Done,
    /// Everything is done, except in archived projects, which refused.
    DoneExceptArchived,
    /// The server refused a change.
    Refused,
    /// The state changed in the meantime, so that a removal is now a hazard.
    StateMoved,
    /// The key or the client certificate is not accepted.
    NotAuthorized,
    /// The server could not be reached or understood.
    Unreachable,
    /// Whether the last change was made is not known.
    Unknown,
    /// The rate limit allowed no request until the deadline.
    RateLimited,
    /// The caller stopped it.
    Stopped,
}

/// Why an execution stopped early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A change was refused, or got no response.
    #[error(transparent)]
    Call(#[from] Error),
    /// A list could not be read.
    #[error(transparent)]
    Reading(#[from] SurveyError),
    /// The state changed in the meantime, so that the next removal is now a hazard.
    #[error("the state has moved half way: {0}")]
    StateMoved(#[source] Refusal),
    /// The server reported a change as done, but the list never showed it.
    #[error("the certificates of {} never showed the change", InWords(scope))]
    NotShown {
        /// The scope that was read.
        scope: Scope,
    },
    /// A new certificate is to be activated, but the plan does not upload it before.
    #[error("the certificate with the SHA-256 {0} was not uploaded")]
    NotUploaded(Fingerprint),
    /// `on_step` returned [`ControlFlow::Break`](std::ops::ControlFlow::Break).
    #[error("stopped")]
    Stopped,
}

impl Failure {
    /// The outcome of an execution that stopped because of this failure.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Call(error) if error.may_have_acted() => Outcome::Unknown,
            Self::Call(error) => of_error(error),
            Self::Reading(SurveyError { source: ReadError::Call(error), .. }) => {
                match of_error(error) {
                    Outcome::Refused => Outcome::Unreachable,
                    outcome => outcome,
                }
            }
            Self::Reading(_) => Outcome::Unreachable,
            Self::StateMoved(_) => Outcome::StateMoved,
            Self::NotShown { .. } => Outcome::Unknown,
            Self::NotUploaded(_) => Outcome::Refused,
            Self::Stopped => Outcome::Stopped,
        }
    }
}

fn of_error(error: &Error) -> Outcome {
    match (error, error.status().map(|status| status.as_u16())) {
        _ if error.is_rate_limited() => Outcome::RateLimited,
        (Error::Api { .. }, Some(401 | 403)) => Outcome::NotAuthorized,
        (Error::Api { .. }, _) => Outcome::Refused,
        _ => Outcome::Unreachable,
    }
}
