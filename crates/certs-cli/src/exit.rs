//! Exit codes, which scripts rely on.

use std::process::ExitCode;

use certs_core::Error;
use serde::{Serialize, Serializer};

/// The exit code of a command that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The server refused, or the state changed half way.
    Refused,
    /// Wrong usage, refused by preflight, or declined at the question: nothing was changed.
    Usage,
    /// The server does not accept the key or the client certificate.
    Unauthorized,
    /// The server could not be reached or understood, or a reading is incomplete.
    Unreachable,
    /// Whether the change was made is not known.
    Unknown,
    /// Differences were found.
    Differences = 6,
    /// The rate limit kept a request waiting until the deadline: it was not carried out.
    RateLimited,
    /// A check found something critical.
    CheckCritical,
    /// A check failed, or its reading is incomplete.
    CheckFailed,
    /// Stopped by SIGHUP.
    HungUp,
    /// Stopped by Ctrl-C.
    Interrupted,
    /// Stopped by SIGQUIT.
    Quit,
    /// Stopped by SIGTERM.
    Terminated,
}

/// The outcome of a command that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Differences were found, and are printed.
    Differences,
    /// A check found a warning at worst.
    CheckWarning,
    /// A check found something critical.
    CheckCritical,
    /// A check whose reading is incomplete. The error is printed already.
    CheckFailed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Differences => Exit::Differences.into(),
            Outcome::CheckWarning => Self::from(1),
            Outcome::CheckCritical => Exit::CheckCritical.into(),
            Outcome::CheckFailed => Exit::CheckFailed.into(),
        }
    }
}

/// The table of exit codes for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  the server refused, or the state changed half way
  2  wrong usage, refused before anything was changed, or declined at the question
  3  not authorized
  4  could not reach or understand the server, or an incomplete reading
  5  outcome unknown: the change may have been made
  6  differences found (plan, rotate status, verify)
  7  kept waiting by the rate limit: the last request was not carried out
  130  stopped by Ctrl-C; 143  by SIGTERM";

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage | Self::CheckCritical => 2,
            Self::Unauthorized | Self::CheckFailed => 3,
            Self::Unreachable => 4,
            Self::Unknown => 5,
            Self::Differences => 6,
            Self::RateLimited => 7,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
        }
    }

    /// Whether a signal ended the command.
    pub(crate) fn is_signal(self) -> bool {
        matches!(self, Self::HungUp | Self::Interrupted | Self::Quit | Self::Terminated)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// As its code.
impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            error if error.may_have_acted() => Self::Unknown,
            Error::Build(_) => Self::Usage,
            error if error.is_rate_limited() => Self::RateLimited,
            Error::Api { context, .. } => match context.status.map(|status| status.as_u16()) {
                Some(401 | 403) => Self::Unauthorized,
                Some(400..=499) => Self::Refused,
                // A redirect is not followed, and a 5xx is not a refusal of the request.
                _ => Self::Unreachable,
            },
            _ => Self::Unreachable,
        }
    }
}
