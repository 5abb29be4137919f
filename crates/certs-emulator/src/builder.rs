//! Setting up an emulator.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use certs_types::{ProjectId, Timestamp};

use crate::Emulator;
use crate::guesses::Guesses;
use crate::journal::JournalEntry;
use crate::misbehaviour::fault::Fault;
use crate::misbehaviour::lag::Propagation;
use crate::state::State;
use crate::state::snapshot::Snapshot;
use crate::state::store::{OpenError, Store};
use crate::wire::keys::{Grant, Keys};

/// Everything about an emulator that does not change while it runs.
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
    pub(crate) loose: bool,
    pub(crate) legacy: bool,
    pub(crate) enforce_mtls: bool,
    pub(crate) guesses: Guesses,
}

type Observer = dyn Fn(&JournalEntry) + Send + Sync;

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("keys", &self.keys)
            .field("seed", &self.seed)
            .field("certificate_limit", &self.certificate_limit)
            .field("body_limit", &self.body_limit)
            .field("guesses", &self.guesses)
            .finish_non_exhaustive()
    }
}

/// Sets up an [`Emulator`]: see [`Emulator::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    settings: Settings,
    projects: Vec<(ProjectId, bool)>,
    state: Option<Snapshot>,
    faults: Vec<Fault>,
}

impl Default for Builder {
    fn default() -> Self {
        let settings = Settings {
            keys: Keys::default(),
            clock: Arc::new(system_time),
            seed: 0,
            certificate_limit: 50,
            body_limit: 64 * 1024,
            journal_limit: 1000,
            observer: None,
            rate_limit: None,
            propagation: None,
            loose: false,
            legacy: false,
            enforce_mtls: false,
            guesses: Guesses::default(),
        };
        Self { settings, projects: Vec::new(), state: None, faults: Vec::new() }
    }
}

impl Builder {
    /// Adds an admin key. Without one, every request is answered 401.
    #[must_use]
    pub fn admin_key(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.insert(key.into(), Grant::Admin);
        self
    }

    /// Adds the key of a project's workload, which may do nothing but `GET /v1/models`.
    #[must_use]
    pub fn project_key(mut self, key: impl Into<String>, project: ProjectId) -> Self {
        self.settings.keys.insert(key.into(), Grant::Project(project));
        self
    }

    /// Adds a key that is right but may do nothing: "Missing scopes".
    #[must_use]
    pub fn key_without_scopes(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.insert(key.into(), Grant::Nothing);
        self
    }

    /// Adds a project. They are listed in the order they are added.
    #[must_use]
    pub fn project(mut self, id: ProjectId) -> Self {
        self.projects.push((id, false));
        self
    }

    /// Adds a project that is archived.
    #[must_use]
    pub fn archived_project(mut self, id: ProjectId) -> Self {
        self.projects.push((id, true));
        self
    }

    /// Tells the time, by default the system's.
    ///
    /// A certificate's `created_at`, its expiry and the `date` of answers are taken from it.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Decides the ids that are made, by default 0: the same seed and calls give the same ids.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// How many certificates the organization may have, by default the documented 50.
    #[must_use]
    pub fn certificate_limit(mut self, limit: usize) -> Self {
        self.settings.certificate_limit = limit;
        self
    }

    /// How many bytes the body of a request may have, by default 64 KiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// How many requests the journal keeps, by default the latest 1000.
    #[must_use]
    pub fn journal_limit(mut self, entries: usize) -> Self {
        self.settings.journal_limit = entries;
        self
    }

    /// Shows every request to this function, once it is answered: for a log. It is called by the
    /// thread that answers, so it should be quick.
    #[must_use]
    pub fn observer(mut self, observe: impl Fn(&JournalEntry) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observe));
        self
    }

    /// Replaces what is guessed.
    #[must_use]
    pub fn guesses(mut self, guesses: Guesses) -> Self {
        self.settings.guesses = guesses;
        self
    }

    /// Lets only so many requests a minute through to each endpoint, by default all of them.
    ///
    /// Observed are about 7, refilled steadily, refused with 429 and no `Retry-After`.
    #[must_use]
    pub fn admin_rate_limit(mut self, requests_per_minute: u32) -> Self {
        self.settings.rate_limit = Some(requests_per_minute);
        self
    }

    /// Lets toggles take their time to show, by default none.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.settings.propagation = Some(propagation);
        self
    }

    /// Also takes uploads as older documents show them: `content` instead of `certificate`, and
    /// line breaks written as the two characters `\n`.
    #[must_use]
    pub fn loose(mut self) -> Self {
        self.settings.loose = true;
        self
    }

    /// Answers toggles as older documents show it: with a list.
    #[must_use]
    pub fn legacy(mut self) -> Self {
        self.settings.legacy = true;
        self
    }

    /// Enforces mTLS as the real server does, by default not.
    ///
    /// While a certificate is active in the scope of a key, or in the organization, requests with
    /// that key need a client certificate that one of them issued: admin keys as well. None active,
    /// nothing checked. See [`Emulator::serve_tls`] and [`ClientCertificates`](crate::ClientCertificates).
    #[must_use]
    pub fn enforce_mtls(mut self) -> Self {
        self.settings.enforce_mtls = true;
        self
    }

    /// Adds a rule that makes requests go wrong.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts from this state, to which projects are added that are not in it.
    #[must_use]
    pub fn state(mut self, state: Snapshot) -> Self {
        self.state = Some(state);
        self
    }

    /// The emulator, in its starting state and kept in memory.
    #[must_use]
    pub fn build(self) -> Emulator {
        let (settings, faults) = (self.settings.clone(), self.faults.clone());
        let start = self.start(None);
        Emulator::new(settings, start.clone(), start, faults, None)
    }

    /// The emulator, kept in a file: no change is acknowledged before it lasts.
    ///
    /// Goes on where the file ends, and makes it when there is none. One emulator a file: a lock beside
    /// it, which ends with the process, keeps others out. A change waits for the disk, and writes the
    /// whole state: at most the certificates, the latest 1000 events, and the projects.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, is in use, damaged, or of another version. It is then left
    /// as it is.
    pub fn open(self, path: impl Into<PathBuf>) -> Result<Emulator, OpenError> {
        let store = Store::new(path.into())?;
        let (settings, faults) = (self.settings.clone(), self.faults.clone());
        let state = self.start(store.load()?);
        store.create(&state)?;
        Ok(Emulator::new(settings, state, self.start(None), faults, Some(store)))
    }

    fn start(&self, kept: Option<State>) -> State {
        let given = || self.state.clone().map(|snapshot| snapshot.0);
        let mut state = kept.or_else(given).unwrap_or_default();
        let now = (self.settings.clock)();
        for (id, archived) in &self.projects {
            state.add_project(id.clone(), now, *archived);
        }
        state
    }
}

fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Timestamp::try_from(seconds).unwrap_or(Timestamp::MAX)
}
