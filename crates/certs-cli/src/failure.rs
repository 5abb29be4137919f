//! How a command ends badly: one exit code, one line.

use std::error::Error as StdError;
use std::fmt::Display;
use std::process::ExitCode;

use certs_core::Error;
use certs_core::paging::IncompleteList;

use crate::text;

/// The exit codes besides 0; `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Refused = 1,
    Usage = 2,
    Unauthorized = 3,
    Unreachable = 4,
    Unknown = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            error if error.may_have_acted() => Self::Unknown,
            Error::Build(_) => Self::Usage,
            Error::Api { context, .. } => match context.status.map(|status| status.as_u16()) {
                Some(401 | 403) => Self::Unauthorized,
                Some(400..=499) => Self::Refused,
                // Redirects lead nowhere, and a server in trouble did not judge the request.
                _ => Self::Unreachable,
            },
            _ => Self::Unreachable,
        }
    }
}

/// Why a command ended, as it is told to the user.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Wrong usage or input, or stopped by the person; nothing was changed.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something went wrong with `what`.
    pub(crate) fn with_source(
        exit: Exit,
        what: impl Display,
        error: &(dyn StdError + 'static),
    ) -> Self {
        Self::new(exit, format!("{what}: {}", chain(error)))
    }

    /// A change was accepted, but its answer is about something else.
    pub(crate) fn unconfirmed(what: impl Display) -> Self {
        Self::new(Exit::Unknown, format!("accepted, but the answer does not confirm {what}"))
    }

    /// Adds how to find out, where the outcome is unknown.
    pub(crate) fn or_find_out(mut self, how: &str) -> Self {
        if self.exit == Exit::Unknown {
            self.message = format!("{}; it may have been done all the same: {how}", self.message);
        }
        self
    }

    /// Says what was done before this went wrong, and so must not be repeated unseen.
    pub(crate) fn although(self, done: impl Display) -> Self {
        Self::new(Exit::Unknown, format!("{done}, but {}", self.message))
    }

    pub(crate) fn message(self) -> String {
        self.message
    }

    pub(crate) fn report(self) -> ExitCode {
        text::say(&self.message);
        self.exit.into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = Exit::from(&error);
        let mut message = chain(&error);
        if let Some(id) = error.request_id() {
            message = format!("{message} [request {id}]");
        }
        Self { exit, message }
    }
}

impl<T> From<IncompleteList<T>> for Failure {
    fn from(unfinished: IncompleteList<T>) -> Self {
        let IncompleteList { read, error, .. } = unfinished;
        let failure = Self::from(error);
        match read.len() {
            0 => failure,
            count => Self {
                message: format!("the list broke off after {count} items: {}", failure.message),
                ..failure
            },
        }
    }
}

/// An error and what caused it. A server may have a lot to say: each of them is cut.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    const MOST: usize = 2000;
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| text::cut(&error.to_string(), MOST)).collect::<Vec<_>>().join(": ")
}
