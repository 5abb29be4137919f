//! Results on stdout.

use std::io::{ErrorKind, Write, stdout};

use certs_core::types::{Certificate, DeleteResponse, Project};
use serde::Serialize;

use crate::arguments::Format;
use crate::failure::{Exit, Failure};
use crate::{table, text};

impl Format {
    pub(crate) fn certificates(self, certificates: &[Certificate]) -> Result<(), Failure> {
        self.several(certificates, "no certificates", table::certificates)
    }

    pub(crate) fn projects(self, projects: &[Project]) -> Result<(), Failure> {
        self.several(projects, "no projects", table::projects)
    }

    pub(crate) fn certificate(self, certificate: &Certificate) -> Result<(), Failure> {
        match self {
            Self::Json => json(certificate),
            Self::Table => print(&table::certificate(certificate)),
        }
    }

    pub(crate) fn deleted(self, deleted: &DeleteResponse) -> Result<(), Failure> {
        match self {
            Self::Json => json(deleted),
            Self::Table => print(&format!("{} deleted\n", text::harmless(deleted.id.as_str()))),
        }
    }

    fn several<T: Serialize>(
        self,
        items: &[T],
        none: &str,
        table: fn(&[T], Option<u16>) -> String,
    ) -> Result<(), Failure> {
        match self {
            Self::Json => json(&Several { data: items }),
            Self::Table if items.is_empty() => {
                text::say(none);
                Ok(())
            }
            Self::Table => print(&table(items, table::width())),
        }
    }
}

/// Prints to stdout. A reader that has read enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let what = "the result cannot be printed";
            Err(Failure::with_source(Exit::Unreachable, what, &error))
        }
        _ => Ok(()),
    }
}

#[derive(Serialize)]
struct Several<'a, T> {
    data: &'a [T],
}

fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::with_source(Exit::Unreachable, "the result is not JSON", &error)
    })?;
    print(&format!("{text}\n"))
}
