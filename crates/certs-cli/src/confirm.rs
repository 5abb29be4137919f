//! Asking the person before something is changed.

use std::io::{BufRead, IsTerminal, stderr, stdin};

use crate::arguments::Consent;
use crate::failure::Failure;
use crate::text;

impl Consent {
    /// Whether there is somebody to ask, and they did not say yes beforehand.
    pub(crate) fn must_ask(&self) -> bool {
        !self.yes && stdin().is_terminal() && stderr().is_terminal()
    }
}

/// Shows what is about to happen and waits for a yes.
pub(crate) fn ask(what: &str) -> Result<(), Failure> {
    text::show(&format!("{what}\nGo on? [y/N] "));
    let mut answer = String::new();
    let heard = stdin().lock().read_line(&mut answer).is_ok();
    if !answer.ends_with('\n') {
        text::show("\n");
    }
    match heard && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        true => Ok(()),
        false => Err(Failure::usage("not confirmed: nothing was changed")),
    }
}
