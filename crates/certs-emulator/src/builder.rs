//! Configures an emulator.

use std::path::PathBuf;
use std::sync::Arc;

use certs_types::{ProjectId, Timestamp};

use crate::assumptions::Assumptions;
use crate::emulator::Emulator;
use crate::journal::JournalEntry;
use crate::misbehavior::fault::Fault;
use crate::settings::Settings;
use crate::state::State;
use crate::state::cell::StateCell;
use crate::state::file::{OpenError, StateFile};
use crate::state::propagation::Propagation;
use crate::state::snapshot::Snapshot;
use crate::wire::keys::Grant;

/// Configures an [`Emulator`]; see [`Emulator::builder`].
#[derive(Debug, Clone, Default)]
pub struct Builder {
    settings: Settings,
    projects: Vec<(ProjectId, bool)>,
    state: Option<Snapshot>,
    faults: Vec<Fault>,
}

impl Emulator {
    /// Returns a builder to configure an emulator.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Adds an admin key.
    ///
    /// Without any, every request gets a 401.
    #[must_use]
    pub fn admin_key(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.insert(key.into(), Grant::Admin);
        self
    }

    /// Adds the key of a project's workload, with which only `GET /v1/models` is allowed.
    #[must_use]
    pub fn project_key(mut self, key: impl Into<String>, project: ProjectId) -> Self {
        self.settings.keys.insert(key.into(), Grant::Project(project));
        self
    }

    /// Adds a valid key without any scopes: every endpoint refuses it with "Missing scopes".
    #[must_use]
    pub fn key_without_scopes(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.insert(key.into(), Grant::Nothing);
        self
    }

    /// Adds a project.
    ///
    /// Projects are listed in the order in which they were added.
    #[must_use]
    pub fn project(mut self, id: ProjectId) -> Self {
        self.projects.push((id, false));
        self
    }

    /// Adds an archived project.
    #[must_use]
    pub fn archived_project(mut self, id: ProjectId) -> Self {
        self.projects.push((id, true));
        self
    }

    /// Sets the clock; the default is the system's.
    ///
    /// It sets the `created_at` of a certificate and the `date` of a response. Expiry, the rate limit
    /// and propagation are measured by it.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Sets the seed of all generated ids; the default is 0.
    ///
    /// The same seed and the same requests, in the same order, give the same ids.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets how many certificates the organization can have; the default is the documented 50.
    #[must_use]
    pub fn certificate_limit(mut self, limit: usize) -> Self {
        self.settings.certificate_limit = limit;
        self
    }

    /// Sets the maximum size of a request body in bytes; the default is 64 KiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Sets how many requests the journal keeps; the default is the latest 1000.
    #[must_use]
    pub fn journal_limit(mut self, entries: usize) -> Self {
        self.settings.journal_limit = entries;
        self
    }

    /// Calls this function with the journal entry of each request, for example to write a log.
    ///
    /// It is called after the request is carried out and before the response is returned, on the
    /// thread that handles the request, so it should be quick.
    #[must_use]
    pub fn observer(mut self, observe: impl Fn(&JournalEntry) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observe));
        self
    }

    /// Replaces the assumptions about undocumented behavior.
    #[must_use]
    pub fn assumptions(mut self, assumptions: Assumptions) -> Self {
        self.settings.assumptions = assumptions;
        self
    }

    /// Limits each endpoint to this many requests a minute; by default there is no limit.
    ///
    /// Further requests get a 429 without a `Retry-After`. What was used becomes available again
    /// gradually, within a minute. Limits of about 7 were observed at the real admin endpoints.
    #[must_use]
    pub fn admin_rate_limit(mut self, requests_per_minute: u32) -> Self {
        self.settings.rate_limit = Some(requests_per_minute);
        self
    }

    /// Delays when a toggle becomes visible; the default is no delay.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.settings.propagation = Some(propagation);
        self
    }

    /// Delays when an upload appears in lists; the default is no delay.
    ///
    /// All other requests can use its id at once.
    #[must_use]
    pub fn upload_propagation(mut self, propagation: Propagation) -> Self {
        self.settings.upload_propagation = Some(propagation);
        self
    }

    /// Also accepts uploads as older documents show them: `content` instead of `certificate`, and
    /// line breaks written as the two characters `\n`.
    #[must_use]
    pub fn loose(mut self) -> Self {
        self.settings.loose = true;
        self
    }

    /// Responds to toggles with a list, as older documents show.
    #[must_use]
    pub fn legacy(mut self) -> Self {
        self.settings.legacy = true;
        self
    }

    /// Enforces mTLS as documented; by default client certificates are not checked.
    ///
    /// A project's key needs a client certificate while a certificate is active in its project or in
    /// the organization. An admin key needs one while a certificate is active in the organization. An
    /// active certificate must have issued it, directly or through intermediates. While none is
    /// active, nothing is checked.
    ///
    /// A client presents its certificate in the TLS handshake with [`Emulator::serve_tls`]; without a
    /// server, a request has it as an extension: [`ClientCertificates`](crate::ClientCertificates).
    #[must_use]
    pub fn enforce_mtls(mut self) -> Self {
        self.settings.enforce_mtls = true;
        self
    }

    /// Adds a host name under which the [management API](Emulator::manage) is reached.
    ///
    /// Addresses and `localhost` are always allowed. Other names are refused unless they are added
    /// here, so that no web page reaches the API by DNS rebinding.
    #[must_use]
    pub fn management_host(mut self, name: impl Into<String>) -> Self {
        self.settings.management_hosts.push(name.into());
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets the initial state; the projects given to this builder are added to it.
    #[must_use]
    pub fn state(mut self, state: Snapshot) -> Self {
        self.state = Some(state);
        self
    }

    /// Returns the emulator, which keeps its state in memory.
    #[must_use]
    pub fn build(self) -> Emulator {
        let state = self.initial_state(None);
        Emulator::new(self.settings, StateCell::new(state.clone(), None), state, self.faults)
    }

    /// Returns an emulator that keeps its state in a file, and stores each change before it is
    /// acknowledged.
    ///
    /// The emulator continues with the state in an existing file, and writes the initial state to a
    /// new one. The file is locked until the emulator and its clones are dropped, so only one emulator
    /// can use it.
    ///
    /// Each change is appended to the file and synced to the disk, while requests that only read
    /// continue. A change that cannot be stored is not made, and its response is a 500 with the
    /// reason.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or written, is not a regular file, is in use, is damaged, or
    /// has another version. A damaged file is left unchanged.
    pub fn open(self, path: impl Into<PathBuf>) -> Result<Emulator, OpenError> {
        let (file, state) = StateFile::open(path.into(), |stored| self.initial_state(stored))?;
        let initial_state = self.initial_state(None);
        let state = StateCell::new(state, Some(file));
        Ok(Emulator::new(self.settings, state, initial_state, self.faults))
    }

    fn initial_state(&self, stored: Option<State>) -> State {
        let given = || self.state.clone().map(|snapshot| snapshot.0);
        let mut state = stored.or_else(given).unwrap_or_default();
        let now = (self.settings.clock)();
        for (id, archived) in &self.projects {
            state.add_project(id.clone(), now, *archived);
        }
        state
    }
}
