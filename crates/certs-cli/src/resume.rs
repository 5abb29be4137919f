//! The file from which an interrupted reading resumes.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use certs_plan::Inventory;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::Error;
use crate::files;
use crate::terminal::print_status;

/// What was read so far, saved after each list. It belongs to one origin and one key: another organization
/// has other certificates.
pub(crate) struct ResumeFile {
    path: PathBuf,
    account: Account,
    /// When the last save ended, and how long it took.
    last_save: Option<(Instant, Duration)>,
    has_failed: bool,
}

impl ResumeFile {
    /// Opens the file and returns what was saved in it, nothing for a new file.
    ///
    /// # Errors
    ///
    /// A usage error with the name of the file when it belongs to another origin, key or version, is corrupt, or
    /// cannot be written. The file is left as it is.
    pub(crate) fn open(path: &Path, account: &Account) -> Result<(Self, Inventory), Error> {
        let inventory = match std::fs::read(path) {
            Ok(saved) => read(&saved, account).map_err(|why| {
                let message = format!("--resume {}: {why}", path.display());
                Error::usage(message).with_hint("the file was not changed: give another one")
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Inventory::new(),
            Err(error) => return Err(unusable(path, &error)),
        };
        let mut file = Self {
            path: path.into(),
            account: account.clone(),
            last_save: None,
            has_failed: false,
        };
        file.write(&inventory).map_err(|error| unusable(path, &error))?;
        Ok((file, inventory))
    }

    /// Saves what was read, unless saving would take more time than reading, so that a large file is not
    /// written again for every list of a fast server.
    pub(crate) fn save_if_due(&mut self, inventory: &Inventory) {
        let is_due = self.last_save.is_none_or(|(ended, took)| ended.elapsed() >= took);
        if is_due {
            self.save(inventory);
        }
    }

    /// Saves what was read. A file that can no longer be written does not end the reading.
    pub(crate) fn save(&mut self, inventory: &Inventory) {
        match self.write(inventory) {
            Ok(()) => self.has_failed = false,
            Err(_) if self.has_failed => {}
            Err(error) => {
                self.has_failed = true;
                let path = self.path.display();
                print_status(&format!("warning: {path} cannot be written: {error}"));
            }
        }
    }

    fn write(&mut self, inventory: &Inventory) -> io::Result<()> {
        let started = Instant::now();
        let Account { origin, key } = &self.account;
        let document = Saved { version: VERSION, origin, key, inventory };
        files::replace(&self.path, &serde_json::to_vec(&document)?)?;
        let ended = Instant::now();
        self.last_save = Some((ended, ended - started));
        Ok(())
    }
}

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Saved<'a> {
    #[serde(rename = "certs_resume")]
    version: u32,
    origin: &'a str,
    key: &'a str,
    inventory: &'a Inventory,
}

/// The version and account of a file, which every version can read.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "certs_resume")]
    version: u32,
    #[serde(default)]
    origin: String,
    #[serde(default)]
    key: String,
}

#[derive(Deserialize)]
struct Body {
    inventory: Inventory,
}

fn read(saved: &[u8], account: &Account) -> Result<Inventory, String> {
    let broken = |error: serde_json::Error| format!("is not a resume file, or is corrupt: {error}");
    let head: Head = serde_json::from_slice(saved).map_err(broken)?;
    if head.version != VERSION {
        return Err(format!("has version {}, and this program reads {VERSION}", head.version));
    }
    if head.origin != account.origin {
        return Err(format!("belongs to {}, not to {}", head.origin, account.origin));
    }
    if head.key != account.key {
        return Err("belongs to another admin key, and so perhaps to another organization".into());
    }
    let body: Body = serde_json::from_slice(saved).map_err(broken)?;
    Ok(body.inventory)
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::invalid(format!("--resume {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(key: &str) -> Account {
        Account { origin: "https://api.openai.com/v1".into(), key: key.into() }
    }

    fn saved() -> serde_json::Value {
        let (inventory, account) = (&Inventory::new(), account("k"));
        let Account { origin, key } = &account;
        serde_json::to_value(Saved { version: VERSION, origin, key, inventory }).unwrap()
    }

    fn refusal(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = saved();
        change(&mut value);
        read(value.to_string().as_bytes(), &account("k")).unwrap_err()
    }

    #[test]
    fn reads_a_file_of_the_same_account() {
        assert!(read(saved().to_string().as_bytes(), &account("k")).is_ok());
    }

    #[test]
    fn refuses_a_file_of_another_origin_key_or_version_or_a_corrupt_one() {
        assert!(
            refusal(|file| file["origin"] = "https://x.example/v1".into()).contains("x.example")
        );
        assert!(refusal(|file| file["key"] = "other".into()).contains("another admin key"));
        assert!(refusal(|file| file["certs_resume"] = 9.into()).contains("version 9"));
        assert!(refusal(|file| file["inventory"]["version"] = 9.into()).contains("version 9"));
        assert!(refusal(|file| *file = "garbage".into()).contains("corrupt"));
        assert!(read(b"", &account("k")).is_err());
        let cut = saved().to_string();
        assert!(read(&cut.as_bytes()[..cut.len() - 1], &account("k")).is_err());
    }
}
