//! The error type of the command, printed as a few lines of text or as one line of JSON.

use std::error::Error as StdError;
use std::fmt::{Display, Write as _};
use std::process::ExitCode;

use certs_core::BaseUrl;
use certs_core::paging::IncompleteList;
use certs_types::ErrorCode;
use serde::Serialize;
use serde_json::Value;

use crate::exit::Exit;
use crate::format::Format;
use crate::json;
use crate::terminal;

/// Why a command ended without success, and what is known about what it changed.
///
/// Serialized, it is the JSON that scripts read.
#[derive(Debug, Serialize)]
pub(crate) struct Error {
    pub(crate) exit: Exit,
    message: Box<str>,
    code: Option<Box<str>>,
    status: Option<u16>,
    changed: Changed,
    request_id: Option<Box<str>>,
    hint: Option<Box<str>>,
    hazards: Box<[Value]>,
    done: usize,
    failed: Option<Box<str>>,
    not_tried: usize,
    /// Whether the command makes a change, so that the text states whether it was made.
    #[serde(skip)]
    of_a_change: bool,
    /// Whether it is printed as JSON; `None` if only the command line is known.
    #[serde(skip)]
    as_json: Option<bool>,
}

/// Whether anything was changed before the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Changed {
    No,
    Yes,
    Unknown,
}

/// The codes that are ours; every other code is the API's.
pub(crate) mod code {
    pub(crate) const USAGE: &str = "usage";
    pub(crate) const NEEDS_CONSENT: &str = "needs_consent";
    pub(crate) const NOT_FOUND: &str = "not_found";
    pub(crate) const AMBIGUOUS_NAME: &str = "ambiguous_name";
    pub(crate) const STATE_MOVED: &str = "state_moved";
    pub(crate) const RATE_LIMITED: &str = "rate_limited";
}

impl Error {
    pub(crate) fn new(exit: Exit, message: impl Into<Box<str>>) -> Self {
        let changed = if exit == Exit::Unknown { Changed::Unknown } else { Changed::No };
        Self {
            exit,
            message: message.into(),
            code: None,
            status: None,
            changed,
            request_id: None,
            hint: None,
            hazards: Box::default(),
            done: 0,
            failed: None,
            not_tried: 0,
            of_a_change: false,
            as_json: None,
        }
    }

    /// Wrong usage or input. Nothing was changed.
    pub(crate) fn usage(message: impl Into<Box<str>>) -> Self {
        Self::new(Exit::Usage, message).with_code(code::USAGE)
    }

    /// Wrong input, with the error that explains it.
    pub(crate) fn invalid(what: impl Display, error: &(dyn StdError + 'static)) -> Self {
        Self::usage(format!("{what}: {}", error_chain(error)))
    }

    /// Something went wrong with `what`.
    pub(crate) fn with_source(
        exit: Exit,
        what: impl Display,
        error: &(dyn StdError + 'static),
    ) -> Self {
        Self::new(exit, format!("{what}: {}", error_chain(error)))
    }

    /// A failed call.
    pub(crate) fn from_call(error: &certs_core::Error) -> Self {
        let exit = Exit::from(error);
        let code = match exit {
            Exit::RateLimited => Some(code::RATE_LIMITED.into()),
            Exit::Usage => Some(code::USAGE.into()),
            _ => error.code().map(|code| code.as_str().into()),
        };
        Self {
            code,
            status: error.status().map(|status| status.as_u16()),
            request_id: error.request_id().map(|id| id.as_str().into()),
            hint: crate::hint::for_error(error).map(Into::into),
            ..Self::new(exit, error_chain(error))
        }
    }

    /// Takes over the status and the request id of a failed call.
    pub(crate) fn with_call(self, call: Self) -> Self {
        Self { status: call.status, request_id: call.request_id, ..self }
    }

    /// The error of a reading: a refusal means an incomplete reading, not a refused change.
    pub(crate) fn into_reading(mut self) -> Self {
        if self.exit == Exit::Refused {
            self.exit = Exit::Unreachable;
        }
        self
    }

    /// A change was accepted, but nothing read since confirms it.
    pub(crate) fn unconfirmed(what: impl Display) -> Self {
        Self::new(Exit::Unknown, format!("accepted, but the response does not confirm {what}"))
    }

    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds what to do next: a sentence, or a command to paste.
    pub(crate) fn with_hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint if there is none yet and the outcome is unknown.
    pub(crate) fn with_hint_if_unknown(self, hint: &str) -> Self {
        if self.exit == Exit::Unknown { self.with_hint_if_none(hint) } else { self }
    }

    /// Adds a hint if there is none yet.
    pub(crate) fn with_hint_if_none(self, hint: &str) -> Self {
        if self.hint.is_some() { self } else { self.with_hint(hint) }
    }

    pub(crate) fn with_hazards(mut self, hazards: Vec<Value>) -> Self {
        self.hazards = hazards.into();
        self
    }

    pub(crate) fn with_changed(mut self, changed: Changed) -> Self {
        self.changed = changed;
        self
    }

    /// Adds how many steps of a job were done, which one failed, and how many were not tried.
    pub(crate) fn with_progress(
        mut self,
        done: usize,
        failed: Option<String>,
        not_tried: usize,
    ) -> Self {
        (self.done, self.failed, self.not_tried) = (done, failed.map(Into::into), not_tried);
        if done > 0 && self.changed == Changed::No {
            self.changed = Changed::Yes;
        }
        self
    }

    /// Puts what the command was doing before the message.
    pub(crate) fn while_doing(mut self, what: impl Display) -> Self {
        self.message = format!("{what}: {}", self.message).into();
        self
    }

    /// Puts the change that was already made before the message: the command must not be repeated without a look.
    pub(crate) fn after_change(mut self, change: impl Display) -> Self {
        self.message = format!("{change}, but {}", self.message).into();
        (self.exit, self.changed) = (Exit::Unknown, Changed::Yes);
        self
    }

    /// Replaces the message with that of a signal which stopped the command.
    pub(crate) fn stopped_by(mut self, exit: Exit, how: &str) -> Self {
        if self.exit == Exit::Unknown {
            self.message =
                format!("{how} while a change was in flight: it may have been made").into();
        } else {
            self.exit = exit;
            self.code = None;
            self.message = how.into();
            // A step that still waited for its request, or for the rate limit, was not tried.
            if matches!(self.status, None | Some(429)) {
                self.not_tried += usize::from(self.failed.take().is_some());
            }
        }
        self
    }

    /// Treats a 5xx as an unknown outcome, because the server may still make the change.
    pub(crate) fn with_5xx_as_unknown(mut self) -> Self {
        if self.status.is_some_and(|status| status >= 500) {
            (self.exit, self.changed) = (Exit::Unknown, Changed::Unknown);
        }
        self
    }

    /// Whether the server refuses because the certificate is still active somewhere.
    pub(crate) fn is_in_use(&self) -> bool {
        self.code.as_deref() == Some(ErrorCode::CERTIFICATE_IN_USE.as_str())
    }

    /// Prints the error in the format of the results.
    pub(crate) fn in_format(mut self, format: Format) -> Self {
        self.as_json = Some(format.is_json());
        self
    }

    /// Adds the likely cause of a 404: a base URL that does not end in the version of the API.
    pub(crate) fn with_base_url(self, base: &BaseUrl) -> Self {
        let base = base.to_string();
        if self.status != Some(404) || base.ends_with("/v1") {
            return self;
        }
        let before = base.split_once("/v1/").map_or(&*base, |(before, _)| before);
        self.with_hint(format!(
            "the base URL {base} does not end in /v1: give --base-url {before}/v1"
        ))
    }

    /// Marks the error as one of a command that makes a change: the text states whether it was made.
    pub(crate) fn of_a_change(mut self) -> Self {
        self.of_a_change = true;
        self
    }

    /// Sets the exit code to 3, as for a monitoring plugin, unless a signal ended the command.
    pub(crate) fn of_check(mut self) -> Self {
        if !self.exit.is_signal() {
            self.exit = Exit::CheckFailed;
        }
        self
    }

    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The API's code, or ours.
    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn changed(&self) -> Changed {
        self.changed
    }

    /// Writes the error to stderr and returns the exit code.
    pub(crate) fn report(self, as_json: bool) -> ExitCode {
        let as_json = self.as_json.unwrap_or(as_json);
        terminal::write_stderr(&if as_json { self.to_json() } else { self.to_text() });
        self.exit.into()
    }

    fn to_text(&self) -> String {
        const MAX_CHARS: usize = 4000;
        let message = terminal::truncate_chars(&self.message, MAX_CHARS);
        let mut text = format!("certs: {}\n", terminal::sanitize_line(&message));
        if self.done + usize::from(self.failed.is_some()) + self.not_tried > 1 {
            let failed = self.failed.as_deref().map_or("nothing".into(), terminal::sanitize_line);
            let (done, not_tried) = (self.done, self.not_tried);
            let _ = writeln!(text, "  done: {done}; failed: {failed}; not tried: {not_tried}");
        }
        let known = match self.changed {
            Changed::No => self.of_a_change.then_some("nothing was changed"),
            Changed::Yes => Some("something was changed before that"),
            Changed::Unknown => Some("the change may have been made"),
        };
        if let Some(known) = known {
            let _ = writeln!(text, "  {known}");
        }
        if let Some(id) = &self.request_id {
            let _ = writeln!(text, "  request id: {id}");
        }
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            let _ = writeln!(text, "  hint: {}", terminal::sanitize_line(line));
        }
        text
    }

    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            error: &'a Error,
        }
        json::line(&Line { error: self }).unwrap_or_default()
    }
}

impl From<certs_core::Error> for Error {
    fn from(error: certs_core::Error) -> Self {
        Self::from_call(&error)
    }
}

impl<T> From<IncompleteList<T>> for Error {
    fn from(incomplete: IncompleteList<T>) -> Self {
        let IncompleteList { read, error, .. } = incomplete;
        let error = Self::from(error);
        match read.len() {
            0 => error,
            count => error.while_doing(format!("the list could not be read beyond {count} items")),
        }
    }
}

/// An error and its causes in one sentence. Each of them is truncated, because a server's message can be long.
pub(crate) fn error_chain(error: &(dyn StdError + 'static)) -> String {
    const MAX_CHARS: usize = 2000;
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes
        .map(|error| terminal::truncate_chars(&error.to_string(), MAX_CHARS))
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_line_with_every_field() {
        let json = Error::usage("two\nlines").with_hint("a\nb").to_json();
        assert_eq!(json.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"error": {
                "exit": 2, "message": "two\nlines", "code": "usage", "status": null,
                "changed": "no", "request_id": null, "hint": "a\nb", "hazards": [],
                "done": 0, "failed": null, "not_tried": 0,
            }})
        );
    }

    #[test]
    fn a_step_that_waited_when_the_command_was_stopped_was_not_tried() {
        let stopped = |status| {
            let mut error =
                Error::new(Exit::Refused, "no").with_progress(2, Some("step 3".into()), 1);
            error.status = status;
            error.stopped_by(Exit::Interrupted, "stopped by Ctrl-C").to_text()
        };
        for status in [None, Some(429)] {
            assert!(stopped(status).contains("done: 2; failed: nothing; not tried: 2"));
        }
        assert!(stopped(Some(400)).contains("done: 2; failed: step 3; not tried: 1"));
    }

    #[test]
    fn completed_steps_count_as_a_change() {
        let error = Error::new(Exit::Refused, "no").with_progress(2, Some("step 3".into()), 1);
        assert_eq!(error.changed, Changed::Yes);
        let text = error.to_text();
        assert!(text.contains("done: 2; failed: step 3; not tried: 1"), "{text}");
    }
}
