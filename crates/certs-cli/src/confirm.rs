//! Asking the person before something is changed.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, stderr, stdin};

use crate::arguments::Consent;
use crate::failure::Failure;
use crate::text;

impl Consent {
    /// Whether there is somebody to ask, and they did not say yes beforehand.
    pub(crate) fn must_ask(&self) -> bool {
        !self.yes && stderr().is_terminal() && terminal().is_some()
    }
}

/// Shows what is about to happen and waits for a yes.
pub(crate) fn ask(what: &str) -> Result<(), Failure> {
    text::show(&format!("{what}\nGo on? [y/N] "));
    let mut answer = String::new();
    let heard = terminal().is_some_and(|mut terminal| terminal.read_line(&mut answer).is_ok());
    if !answer.ends_with('\n') {
        text::show("\n");
    }
    match heard && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        true => Ok(()),
        false => Err(Failure::usage("not confirmed: nothing was changed")),
    }
}

/// Where a person can answer: stdin, or the terminal behind a pipe, for `… | xargs certs deactivate` is
/// typed by a person as well. A job of cron or of a service has neither.
fn terminal() -> Option<Box<dyn BufRead>> {
    if stdin().is_terminal() {
        return Some(Box::new(stdin().lock()));
    }
    let behind = File::open("/dev/tty").ok()?;
    Some(Box::new(BufReader::new(behind)))
}
