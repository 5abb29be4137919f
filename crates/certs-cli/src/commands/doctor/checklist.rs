//! The lines of `certs doctor`.

use serde::Serialize;

use crate::error::Error;
use crate::exit::Outcome;
use crate::output::{Cell, Table};
use crate::terminal::style;

/// What was checked, in order.
#[derive(Default, Serialize)]
pub(super) struct Checklist {
    checks: Vec<Item>,
}

/// One thing that was checked.
#[derive(Serialize)]
pub(super) struct Item {
    check: &'static str,
    state: State,
    message: String,
    #[serde(skip)]
    error: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    Warning,
    Failed,
}

impl Item {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, state: State::Ok, message: message.into(), error: None }
    }

    pub(super) fn warning(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, state: State::Warning, message: message.into(), error: None }
    }

    pub(super) fn failed(check: &'static str, error: Error) -> Self {
        let message = error.message().to_owned();
        Self { check, state: State::Failed, message, error: Some(error) }
    }
}

impl Checklist {
    pub(super) fn add(&mut self, item: Item) {
        self.checks.push(item);
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(["", "", ""]).with_details_column(2);
        for item in &self.checks {
            table.row([
                match item.state {
                    State::Ok => "ok".into(),
                    State::Warning => Cell::styled("warning", style::EXPIRES_SOON),
                    State::Failed => Cell::styled("FAILED", style::EXPIRED),
                },
                item.check.into(),
                item.message.as_str().into(),
            ]);
        }
        table
    }

    /// The first failure, if there is one.
    pub(super) fn outcome(self) -> Result<Outcome, Error> {
        match self.checks.into_iter().find_map(|item| item.error) {
            Some(error) => Err(error),
            None => Ok(Outcome::Done),
        }
    }
}
