//! A plan saved in a file, to be carried out later.

use std::fs;
use std::path::Path;

use certs_plan::Plan;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::Error;
use crate::files;
use crate::session::Session;

/// A plan with its account.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedPlan {
    #[serde(rename = "certs_plan")]
    version: u32,
    origin: String,
    key: String,
    pub(crate) plan: Plan,
}

const VERSION: u32 = 1;

impl SavedPlan {
    pub(crate) fn new(plan: &Plan, session: &Session) -> Self {
        let Account { origin, key } = session.account().clone();
        Self { version: VERSION, origin, key, plan: plan.clone() }
    }

    /// Writes the file atomically.
    ///
    /// # Errors
    ///
    /// A usage error when it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let invalid =
            |error: &(dyn std::error::Error + 'static)| Error::invalid(path.display(), error);
        let json = serde_json::to_vec_pretty(self).map_err(|error| invalid(&error))?;
        files::replace(path, &json).map_err(|error| invalid(&error))
    }

    /// Reads a plan of the same account.
    ///
    /// # Errors
    ///
    /// A usage error with the name of the file when it belongs to another account or version, or is corrupt.
    pub(crate) fn read(path: &Path, session: &Session) -> Result<Self, Error> {
        let name = path.display();
        let json = fs::read(path).map_err(|error| Error::invalid(&name, &error))?;
        let saved: Self = serde_json::from_slice(&json)
            .map_err(|error| Error::invalid(format!("{name} is not a saved plan"), &error))?;
        let account = session.account();
        if saved.version != VERSION {
            let version = saved.version;
            return Err(Error::usage(format!(
                "{name} has version {version}, and this program reads {VERSION}"
            )));
        }
        if saved.origin != account.origin {
            return Err(Error::usage(format!(
                "{name} belongs to {}, not to {}",
                saved.origin, account.origin
            )));
        }
        if saved.key != account.key {
            return Err(Error::usage(format!(
                "{name} belongs to another admin key, and so perhaps to another organization"
            )));
        }
        Ok(saved)
    }
}
