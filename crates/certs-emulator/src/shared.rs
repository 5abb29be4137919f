//! What all clones of an emulator share, and how they take turns.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::builder::Settings;
use crate::journal::Journal;
use crate::misbehaviour::fault::{Fault, Faults};
use crate::misbehaviour::pace::Pace;
use crate::state::State;
use crate::state::store::Store;

/// What all clones of an emulator share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    /// What a reset returns to, as do the faults below.
    pub(crate) start: State,
    pub(crate) start_faults: Vec<Fault>,
    pub(crate) store: Option<Store>,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) pace: Option<Mutex<Pace>>,
    pub(crate) requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(
        settings: Settings,
        state: State,
        start: State,
        faults: Vec<Fault>,
        store: Option<Store>,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            start,
            start_faults: faults.clone(),
            store,
            journal: Mutex::new(Journal::new(settings.journal_limit)),
            faults: Mutex::new(Faults::new(faults, settings.seed)),
            pace: settings.rate_limit.map(|limit| Mutex::new(Pace::new(limit))),
            requests: AtomicU64::new(0),
            settings,
        }
    }

    /// The state, for one caller at a time.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes the state, for one caller at a time. A change that cannot be kept is not made.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.state();
        let Some(store) = &self.store else { return Ok(change(&mut state)) };
        let mut changed = state.clone();
        let value = change(&mut changed);
        if changed != *state {
            store.save(&changed)?;
            *state = changed;
        }
        Ok(value)
    }
}

/// Locks even what a panicking caller left: every change under a lock is whole or not begun.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
