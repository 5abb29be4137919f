//! The current state, shared by threads and optionally stored in a file.

use std::io;
use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::state::State;
use crate::state::file::StateFile;

/// The current state.
///
/// Readers never wait for the disk: while a change is being stored they get the state before it.
pub(crate) struct StateCell {
    current: Mutex<Arc<State>>,
    /// Locked during a change.
    writer: Mutex<Option<StateFile>>,
    is_stored: bool,
}

impl StateCell {
    pub(crate) fn new(state: State, file: Option<StateFile>) -> Self {
        let is_stored = file.is_some();
        Self { current: Mutex::new(Arc::new(state)), writer: Mutex::new(file), is_stored }
    }

    /// The state at this moment.
    pub(crate) fn read(&self) -> Arc<State> {
        Arc::clone(&lock(&self.current))
    }

    /// Changes the state. A change that cannot be stored is not made.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut writer = lock(&self.writer);
        let Some(file) = &mut *writer else {
            return Ok(change(Arc::make_mut(&mut lock(&self.current))));
        };
        let mut changed = State::clone(&self.read());
        let value = change(&mut changed);
        let changed = Arc::new(changed);
        file.store(&changed)?;
        *lock(&self.current) = changed;
        Ok(value)
    }

    /// Changes the state in memory only. The next change stores this one too.
    pub(crate) fn change_unstored<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let _writer = lock(&self.writer);
        change(Arc::make_mut(&mut lock(&self.current)))
    }

    /// Whether changes wait for the disk.
    pub(crate) fn is_stored(&self) -> bool {
        self.is_stored
    }
}
