//! Keeps the state in a file.

#[cfg(test)]
mod tests;

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::Error;

use crate::state::State;
use crate::state::change::Change;
use crate::state::snapshot::Snapshot;

/// A file that contains a state: a [`Snapshot`], followed by a [`Change`] on each further line.
///
/// The file is never replaced, so links, its owner and its mode stay, and it can be a mounted one.
/// Whenever the process is killed, the file contains the state before or after the last change:
///
/// - A line without an end was not stored completely and is ignored.
/// - Of several snapshots the last complete one counts. To compact the file, a new snapshot is
///   appended, then copied to the beginning, and then the rest is cut off.
/// - The first byte of a new file is written last.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// Locked as long as this exists.
    file: File,
    /// The length of the valid content.
    len: u64,
    /// The length above which the file is compacted.
    compact_at: u64,
    /// Whether a failed write may have left bytes after the valid content.
    has_trailing_bytes: bool,
    /// The state in the file.
    stored: Arc<State>,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path leads to something else than a regular file, such as a folder or a device.
    #[error("the state file {} is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
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

impl StateFile {
    /// Opens or creates a state file and locks it.
    ///
    /// `initial` receives the stored state, if there is one, and returns the state to start with.
    pub(crate) fn open(
        path: PathBuf,
        initial: impl FnOnce(Option<State>) -> State,
    ) -> Result<(Self, State), OpenError> {
        // Opening a pipe would wait for another process to open it.
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(OpenError::NotAFile { path });
        }
        let write_error = |source| OpenError::Write { path: path.clone(), source };
        let is_new = !path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(write_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(write_error(source)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(|source| OpenError::Read { path: path.clone(), source })?;
        let (stored, len) =
            parse(&text).map_err(|source| OpenError::Damaged { path: path.clone(), source })?;
        let state = initial(stored.clone());
        let is_stored = stored.as_ref() == Some(&state);
        let stored = Arc::new(state.clone());
        let mut opened = Self { path, file, len, compact_at: 0, has_trailing_bytes: true, stored };
        let started = match opened.write_snapshot(&text, is_new) {
            // The file contains the state. It only could not be compacted, perhaps because the disk is full.
            Err(_) if is_stored => Ok(()),
            started => started,
        };
        started.map_err(|source| OpenError::Write { path: opened.path.clone(), source })?;
        Ok((opened, state))
    }

    /// Stores a state. When this returns, the state survives a loss of power.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written. It then contains the previous state.
    pub(crate) fn store(&mut self, state: &Arc<State>) -> io::Result<()> {
        if *state == self.stored {
            return Ok(());
        }
        self.check_file()?;
        match Change::between(&self.stored, state) {
            Some(change) => self.append(&line(&change)?)?,
            None => self.append(&line(&Snapshot(State::clone(state)))?)?,
        }
        self.stored = Arc::clone(state);
        if self.len > self.compact_at {
            // The state is already stored. The next change tries to compact again.
            let _ = self.compact();
        }
        Ok(())
    }

    /// Writes the initial state, unless the file contains exactly this snapshot.
    fn write_snapshot(&mut self, current: &[u8], is_new: bool) -> io::Result<()> {
        let snapshot = line(&Snapshot(State::clone(&self.stored)))?;
        self.compact_at = compaction_threshold(&snapshot);
        if self.len > 0 {
            if snapshot == current {
                self.has_trailing_bytes = false;
                return Ok(());
            }
            return self.compact();
        }
        self.file.set_len(0)?;
        let unfinished: Vec<u8> = [b" ", &snapshot[1..]].concat();
        self.write_at(0, &unfinished)?;
        self.write_at(0, &snapshot[..1])?;
        self.len = snapshot.len() as u64;
        self.has_trailing_bytes = false;
        if is_new { sync_folder(&self.path) } else { Ok(()) }
    }

    /// Replaces the content by a snapshot.
    fn compact(&mut self) -> io::Result<()> {
        let snapshot = line(&Snapshot(State::clone(&self.stored)))?;
        self.compact_at = compaction_threshold(&snapshot).max(self.len * 2);
        let end = self.len;
        // A snapshot that another program wrote may not end with a line break.
        self.append(&[b"\n", &*snapshot].concat())?;
        let size = snapshot.len() as u64;
        if size > end {
            return Ok(());
        }
        // Until the rest is cut off, the appended snapshot counts.
        self.write_at(0, &snapshot)?;
        self.file.set_len(size)?;
        self.len = size;
        self.compact_at = compaction_threshold(&snapshot);
        self.file.sync_all()
    }

    /// Appends a line, or leaves the content unchanged if that fails.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.has_trailing_bytes {
            self.file.set_len(self.len)?;
            self.has_trailing_bytes = false;
        }
        if let Err(error) = self.write_at(self.len, line) {
            self.has_trailing_bytes = self.file.set_len(self.len).is_err();
            return Err(error);
        }
        self.len += line.len() as u64;
        Ok(())
    }

    fn write_at(&mut self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(position))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    /// Checks that the path still leads to this file, and that no other process has written to it.
    fn check_file(&self) -> io::Result<()> {
        let (opened, at_path) = (self.file.metadata()?, fs::metadata(&self.path)?);
        if !is_same_file(&opened, &at_path) {
            return Err(io::Error::other("the state file was replaced"));
        }
        if opened.len() != self.len && !self.has_trailing_bytes {
            return Err(io::Error::other("the state file was changed by another program"));
        }
        Ok(())
    }
}

impl Snapshot {
    /// Reads a snapshot from JSON, or from the content of a state file.
    ///
    /// # Errors
    ///
    /// Fails if the text is damaged, is empty, or has another version.
    pub fn from_slice(text: &[u8]) -> Result<Self, serde_json::Error> {
        let (state, _) = parse(text)?;
        state.map(Self).ok_or_else(|| serde_json::Error::custom("there is no state in it"))
    }
}

/// Reads the state, and the length of the valid content. In a new file there is no state, and the
/// length is 0.
fn parse(text: &[u8]) -> Result<(Option<State>, u64), serde_json::Error> {
    if text.is_empty() || text.starts_with(UNFINISHED) {
        return Ok((None, 0));
    }
    let start = last_snapshot(text);
    let mut snapshots = serde_json::Deserializer::from_slice(&text[start..]).into_iter();
    let Some(snapshot) = snapshots.next() else { return Ok((None, 0)) };
    let Snapshot(mut state) = snapshot?;
    let end = start + snapshots.byte_offset();
    let complete = text[end..].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    for change in serde_json::Deserializer::from_slice(&text[end..end + complete]).into_iter() {
        let change: Change = change?;
        change.apply(&mut state).map_err(serde_json::Error::custom)?;
    }
    // The conversion checks that the state is consistent.
    let Snapshot(state) = serde_json::from_value(serde_json::to_value(Snapshot(state))?)?;
    Ok((Some(state), (end + complete) as u64))
}

/// The beginning of a file whose first byte is not written yet.
const UNFINISHED: &[u8] = b" \"version\":";

/// Returns the position of the last snapshot that is a complete line, or else 0.
fn last_snapshot(text: &[u8]) -> usize {
    const START: &[u8] = b"{\"version\":";
    let Some(last_line_end) = text.iter().rposition(|&byte| byte == b'\n') else { return 0 };
    let mut line_starts = (1..last_line_end)
        .rev()
        .filter(|&at| text[at - 1] == b'\n' && text[at..].starts_with(START));
    line_starts.next().unwrap_or(0)
}

/// The length above which the changes take much more space than the snapshot.
fn compaction_threshold(snapshot: &[u8]) -> u64 {
    const MIN: u64 = 64 * 1024;
    (snapshot.len() as u64 * 4).max(MIN)
}

fn line(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// An open file cannot be replaced on other systems.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Stores the name of a new file, on systems where a folder can be opened like a file.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let path = fs::canonicalize(path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}
