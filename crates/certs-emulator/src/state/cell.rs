//! The current state, shared by threads and optionally stored in a file.

use std::io;
use std::sync::{Mutex, MutexGuard};

use crate::lock::lock;
use crate::state::State;
use crate::state::store::Store;

/// The current state.
pub(crate) struct StateCell {
    state: Mutex<State>,
    store: Option<Store>,
}

impl StateCell {
    pub(crate) fn new(state: State, store: Option<Store>) -> Self {
        Self { state: Mutex::new(state), store }
    }

    /// Locks the state.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes the state. A change that cannot be stored is not made.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.lock();
        let Some(store) = &self.store else { return Ok(change(&mut state)) };
        let mut changed = state.clone();
        let value = change(&mut changed);
        if changed != *state {
            store.save(&changed)?;
            *state = changed;
        }
        Ok(value)
    }

    /// Whether a change waits for the disk.
    pub(crate) fn is_stored(&self) -> bool {
        self.store.is_some()
    }
}
