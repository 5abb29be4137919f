//! Asking the person before something is changed.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, stderr, stdin};

use crate::arguments::Consent;
use crate::failure::Failure;
use crate::text;

impl Consent {
    /// Whether there is somebody to ask, and they did not say yes beforehand.
    ///
    /// They see stderr, and can answer on stdin, or on the terminal behind a pipe: `… | xargs certs
    /// deactivate` is typed by a person as well.
    pub(crate) fn must_ask(&self) -> bool {
        !self.yes && stderr().is_terminal() && (stdin().is_terminal() || terminal().is_some())
    }
}

/// The terminal that this process belongs to; a job of cron or of a service has none.
fn terminal() -> Option<File> {
    File::open("/dev/tty").ok()
}

/// Shows what is about to happen and waits for a yes.
pub(crate) fn ask(what: &str) -> Result<(), Failure> {
    text::show(&format!("{what}\nGo on? [y/N] "));
    let mut answer = String::new();
    let heard = match terminal().filter(|_| !stdin().is_terminal()) {
        Some(terminal) => BufReader::new(terminal).read_line(&mut answer),
        None => stdin().lock().read_line(&mut answer),
    };
    if !answer.ends_with('\n') {
        text::show("\n");
    }
    match heard.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        true => Ok(()),
        false => Err(Failure::usage("not confirmed: nothing was changed")),
    }
}
