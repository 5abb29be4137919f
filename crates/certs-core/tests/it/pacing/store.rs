//! A store in memory, with a clock of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use certs_core::pacer::{PaceState, PaceStore};
use certs_testing::TestClock;

/// Clones share the state.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryStore(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    state: PaceState,
    unix: Duration,
    is_away: bool,
    clock: Option<TestClock>,
}

impl MemoryStore {
    pub(super) fn at(unix: u64) -> Self {
        let store = Self::default();
        store.set_unix(Duration::from_secs(unix));
        store
    }

    /// A store whose time is that of a clock.
    pub(super) fn following(clock: &TestClock) -> Self {
        let store = Self::default();
        store.0.lock().unwrap().clock = Some(clock.clone());
        store
    }

    pub(super) fn set_unix(&self, unix: Duration) {
        self.0.lock().unwrap().unix = unix;
    }

    pub(super) fn set_unavailable(&self) {
        self.0.lock().unwrap().is_away = true;
    }

    pub(super) fn set_json(&self, json: &str) {
        self.0.lock().unwrap().state = serde_json::from_str(json).unwrap();
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(&self.0.lock().unwrap().state).unwrap()
    }
}

impl PaceStore for MemoryStore {
    fn update(&self, change: &mut dyn FnMut(PaceState, Duration) -> PaceState) {
        let mut inner = self.0.lock().unwrap();
        if !inner.is_away {
            let of_clock = |clock: &TestClock| Duration::from_secs(1_800_000_000) + clock.elapsed();
            let unix = inner.clock.as_ref().map_or(inner.unix, of_clock);
            inner.state = change(inner.state.clone(), unix);
        }
    }
}
