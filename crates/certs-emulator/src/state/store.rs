//! A state that is kept in a file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::state::State;
use crate::state::snapshot::Snapshot;

/// The file that holds the state, replaced as a whole at every change.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// Locked as long as this lives. A file of its own, for the other one is replaced.
    _lock: File,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is there but cannot be read.
    #[error("cannot read the state file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file holds no state, a state that cannot be, or one of another version.
    #[error("the state file {} is damaged or of another version", path.display())]
    Damaged {
        /// The file. It is left as it is.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// Another emulator keeps its state there.
    #[error("the state file {} is in use by another emulator", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file, or another beside it, cannot be written.
    #[error("cannot write the state file {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

impl Store {
    /// Takes the file for this process alone: of two emulators on it, each would undo what the other
    /// acknowledged.
    pub(crate) fn new(path: PathBuf) -> Result<Self, OpenError> {
        let locked = File::create(beside(&path, ".lock")).map_err(TryLockError::Error);
        match locked.and_then(|lock| lock.try_lock().map(|()| lock)) {
            Ok(_lock) => Ok(Self { path, _lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(OpenError::Write { path, source }),
        }
    }

    /// Reads the state; `None` when there is no file yet.
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

    /// As [`save`](Self::save), at the start.
    pub(crate) fn create(&self, state: &State) -> Result<(), OpenError> {
        let failed = |source| OpenError::Write { path: self.path.clone(), source };
        self.save(state).map_err(failed)
    }

    /// Replaces the file. When this returns, the state survives even a loss of power; whenever it
    /// is killed, the file holds this state or the one before.
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

/// The path with this behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

/// Makes the renaming itself last, where a folder can be opened like a file.
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

    /// A folder of its own that is gone with the test.
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
    fn a_state_survives_its_emulator() {
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
    fn a_damaged_file_is_told_of_and_left_alone() {
        let folder = Folder::new("damaged");
        builder().open(folder.file()).unwrap().upload();
        let whole = fs::read_to_string(folder.file()).unwrap();
        for (text, why) in [
            (String::new(), "EOF"),
            (whole[..whole.len() / 2].to_owned(), "EOF"),
            (whole.replacen("\"version\":1", "\"version\":7", 1), "version 7"),
            (whole.replacen("proj_a", "proj_b", 1), "there twice"),
        ] {
            fs::write(folder.file(), &text).unwrap();
            let error = builder().open(folder.file()).unwrap_err();
            assert!(error.to_string().contains("state.json"), "{error}");
            assert!(error.source().unwrap().to_string().contains(why), "{error:?}");
            assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        }
    }

    #[test]
    fn a_file_is_kept_by_one_emulator_at_a_time() {
        let folder = Folder::new("two");
        let first = builder().open(folder.file()).unwrap();
        let error = builder().open(folder.file()).unwrap_err();
        assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
        let clone = first.clone();
        drop(first);
        assert!(builder().open(folder.file()).is_err(), "a clone keeps it as well");
        drop(clone);
        assert!(builder().open(folder.file()).is_ok());
    }

    #[test]
    fn a_change_that_cannot_be_kept_is_not_made() {
        let folder = Folder::new("unkept");
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
