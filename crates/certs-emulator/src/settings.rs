//! The settings of an emulator.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use certs_types::Timestamp;

use crate::assumptions::Assumptions;
use crate::journal::JournalEntry;
use crate::state::propagation::Propagation;
use crate::wire::keys::Keys;

/// The settings of an emulator; they do not change while it runs.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) seed: u64,
    pub(crate) certificate_limit: usize,
    pub(crate) body_limit: usize,
    pub(crate) journal_limit: usize,
    pub(crate) observer: Option<Arc<Observer>>,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) propagation: Option<Propagation>,
    pub(crate) upload_propagation: Option<Propagation>,
    pub(crate) loose: bool,
    pub(crate) legacy: bool,
    pub(crate) enforce_mtls: bool,
    pub(crate) management_hosts: Vec<String>,
    pub(crate) assumptions: Assumptions,
}

type Observer = dyn Fn(&JournalEntry) + Send + Sync;

impl Settings {
    /// Whether a list can change the state, because pending changes count it.
    pub(crate) fn lists_change_state(&self) -> bool {
        self.propagation.is_some() || self.upload_propagation.is_some()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: Keys::default(),
            clock: Arc::new(system_time),
            seed: 0,
            certificate_limit: 50,
            body_limit: 64 * 1024,
            journal_limit: 1000,
            observer: None,
            rate_limit: None,
            propagation: None,
            upload_propagation: None,
            loose: false,
            legacy: false,
            enforce_mtls: false,
            management_hosts: Vec::new(),
            assumptions: Assumptions::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("keys", &self.keys)
            .field("seed", &self.seed)
            .field("certificate_limit", &self.certificate_limit)
            .field("body_limit", &self.body_limit)
            .field("assumptions", &self.assumptions)
            .finish_non_exhaustive()
    }
}

fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Timestamp::try_from(seconds).unwrap_or(Timestamp::MAX)
}
