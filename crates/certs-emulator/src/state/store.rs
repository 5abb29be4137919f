//! Keeps the state in a file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::state::State;
use crate::state::snapshot::Snapshot;

/// The file that contains the state. Every change replaces it as a whole.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// A separate file, locked as long as this exists, because the other one is replaced.
    _lock: File,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file exists but cannot be read.
    #[error("cannot read the state file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file contains no valid state, or one of another version.
    #[error("the state file {} is damaged or has another version", path.display())]
    Damaged {
        /// The file. It is left unchanged.
        path: PathBuf,
        /// What is invalid, and where.
        source: serde_json::Error,
    },
    /// Another emulator uses the file.
    #[error("the state file {} is in use by another emulator", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write the state file {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

impl Store {
    /// Locks the file for this process. Two emulators would overwrite each other's changes.
    pub(crate) fn new(path: PathBuf) -> Result<Self, OpenError> {
        let locked = File::create(beside(&path, ".lock")).map_err(TryLockError::Error);
        match locked.and_then(|lock| lock.try_lock().map(|()| lock)) {
            Ok(_lock) => Ok(Self { path, _lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(OpenError::Write { path, source }),
        }
    }

    /// Reads the state. `None` if there is no file yet.
    pub(crate) fn load(&self) -> Result<Option<State>, OpenError> {
        let path = || self.path.clone();
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::Read { path: path(), source }),
        };
        let snapshot: Snapshot = serde_json::from_slice(&text)
            .map_err(|source| OpenError::Damaged { path: path(), source })?;
        Ok(Some(snapshot.0))
    }

    /// Saves the initial state.
    pub(crate) fn create(&self, state: &State) -> Result<(), OpenError> {
        let failed = |source| OpenError::Write { path: self.path.clone(), source };
        self.save(state).map_err(failed)
    }

    /// Replaces the file. When this returns, the state survives a loss of power. Whenever the process
    /// is killed, the file contains this state or the previous one.
    pub(crate) fn save(&self, state: &State) -> io::Result<()> {
        let text = serde_json::to_vec(&Snapshot(state.clone()))?;
        let name = beside(&self.path, ".new");
        let mut new = File::create(&name)?;
        new.write_all(&text)?;
        new.sync_all()?;
        fs::rename(&name, &self.path)?;
        sync_folder(&self.path)
    }
}

/// Appends an extension to the path.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

/// Stores the renaming itself, on systems where a folder can be opened like a file.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use serde_json::json;

    use super::*;
    use crate::testing::{Calls, builder};

    /// A temporary folder, removed after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("emulator-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("state.json")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn state_survives_the_emulator() {
        let folder = Folder::new("survives");
        let emulator = builder().open(folder.file()).unwrap();
        let ids = emulator.uploads(2);
        emulator.toggle("", "activate", &ids);
        let left = emulator.snapshot();
        drop(emulator);
        let reopened = builder().project("proj_c".parse().unwrap()).open(folder.file()).unwrap();
        assert_eq!(reopened.get("/organization/projects/proj_c/certificates").0, 200);
        assert_eq!(reopened.get("/organization/certificates").1["data"][0]["active"], true);
        assert_ne!(reopened.snapshot(), left, "a project was added");
        reopened.restore(left.clone()).unwrap();
        drop(reopened);
        assert_eq!(builder().open(folder.file()).unwrap().snapshot(), left);
    }

    #[test]
    fn reports_a_damaged_file_and_leaves_it_unchanged() {
        let folder = Folder::new("damaged");
        builder().open(folder.file()).unwrap().upload();
        let whole = fs::read_to_string(folder.file()).unwrap();
        for (text, why) in [
            (String::new(), "EOF"),
            (whole[..whole.len() / 2].to_owned(), "EOF"),
            (whole.replacen("\"version\":1", "\"version\":7", 1), "version 7"),
            (whole.replacen("proj_a", "proj_b", 1), "is repeated"),
        ] {
            fs::write(folder.file(), &text).unwrap();
            let error = builder().open(folder.file()).unwrap_err();
            assert!(error.to_string().contains("state.json"), "{error}");
            assert!(error.source().unwrap().to_string().contains(why), "{error:?}");
            assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        }
    }

    #[test]
    fn only_one_emulator_uses_a_file() {
        let folder = Folder::new("two");
        let first = builder().open(folder.file()).unwrap();
        let error = builder().open(folder.file()).unwrap_err();
        assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
        let clone = first.clone();
        drop(first);
        assert!(builder().open(folder.file()).is_err(), "a clone keeps the lock");
        drop(clone);
        assert!(builder().open(folder.file()).is_ok());
    }

    #[test]
    fn does_not_make_a_change_that_cannot_be_stored() {
        let folder = Folder::new("not-stored");
        let emulator = builder().open(folder.file()).unwrap();
        let id = emulator.upload();
        let before = emulator.snapshot();
        fs::remove_dir_all(&folder.0).unwrap();
        let path = format!("/organization/certificates/{id}");
        let (status, body) = emulator.post(&path, json!({"name": "New"}));
        assert_eq!((status, &body["error"]["type"]), (500, &json!("server_error")));
        assert_eq!(emulator.snapshot(), before);
        assert!(emulator.reset().is_err());
        assert!(builder().open(folder.file()).is_err());
    }
}
