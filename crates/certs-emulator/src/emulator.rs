//! The emulator as a function from requests to responses.

mod projects;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use bytes::Bytes;
use certs_types::Timestamp;
use http::{Method, Request, Response, StatusCode};

use crate::journal::{Journal, JournalEntry};
use crate::lock::lock;
use crate::misbehavior::fault::{Ending, Fault, FaultAction, Faults, Outcome};
use crate::misbehavior::rate_limit::RateLimiter;
use crate::mtls::{self, ClientCertificates};
use crate::operations::Call;
use crate::settings::Settings;
use crate::state::State;
use crate::state::cell::StateCell;
use crate::state::snapshot::Snapshot;
use crate::wire::endpoint::{Endpoint, Route};
use crate::wire::refusal::Refusal;
use crate::wire::response::{OperationResult, Responder};

/// An emulated organization with its certificates administration API.
///
/// Clones are cheap and share the state. It can be called from many threads at once; each call is
/// atomic.
#[derive(Clone)]
pub struct Emulator {
    inner: Arc<Inner>,
}

/// What all clones of an emulator share.
struct Inner {
    settings: Settings,
    state: StateCell,
    /// The initial state and faults, for a reset.
    initial: (State, Vec<Fault>),
    journal: Mutex<Journal>,
    faults: Mutex<Faults>,
    rate_limiter: Option<Mutex<RateLimiter>>,
    request_count: AtomicU64,
}

impl Emulator {
    pub(crate) fn new(
        settings: Settings,
        state: StateCell,
        initial_state: State,
        faults: Vec<Fault>,
    ) -> Self {
        let inner = Inner {
            state,
            journal: Mutex::new(Journal::new(settings.journal_limit)),
            faults: Mutex::new(Faults::new(faults.clone(), settings.seed)),
            rate_limiter: settings.rate_limit.map(|limit| Mutex::new(RateLimiter::new(limit))),
            request_count: AtomicU64::new(0),
            initial: (initial_state, faults),
            settings,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Handles a request and returns the response that the server would send.
    ///
    /// An invalid request gets a response with an error. The path starts with `/v1`; scheme and
    /// authority are ignored. The body of the request is anything that becomes
    /// [`Bytes`](crate::bytes::Bytes), such as a `Vec<u8>` or a `String`.
    ///
    /// Of a [`Fault`], the delay is ignored. A closed or reset connection is returned as an empty 502,
    /// like a proxy does.
    ///
    /// ```
    /// use certs_emulator::Emulator;
    /// use certs_emulator::http::{self, Request};
    ///
    /// let emulator = Emulator::builder().admin_key("sk-admin-test").build();
    /// let request = Request::get("https://api.openai.com/v1/organization/certificates")
    ///     .header("authorization", "Bearer sk-admin-test")
    ///     .body("")?;
    /// let response = emulator.handle(request);
    /// assert_eq!(response.status(), 200);
    /// assert!(response.body().starts_with(br#"{"object":"list","data":[]"#));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self, request: Request<impl Into<Bytes>>) -> Response<Bytes> {
        match self.exchange(request).ending {
            Ending::Response(response) | Ending::Cut { response, .. } => response,
            Ending::Close | Ending::Reset => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    /// Handles a request like [`handle`](Self::handle), and also returns how a [`Fault`] delays,
    /// truncates or prevents the response.
    ///
    /// This is for code that replaces the network.
    ///
    /// ```
    /// use certs_emulator::bytes::Bytes;
    /// use certs_emulator::http::{self, Request, Response};
    /// use certs_emulator::{Emulator, Ending, Endpoint, Fault};
    ///
    /// /// Sends a request to the emulator instead of to a server.
    /// async fn send(
    ///     emulator: &Emulator,
    ///     request: Request<Bytes>,
    /// ) -> Result<Response<Bytes>, &'static str> {
    ///     let outcome = emulator.exchange(request);
    ///     if !outcome.delay.is_zero() {
    ///         tokio::time::sleep(outcome.delay).await;
    ///     }
    ///     match outcome.ending {
    ///         Ending::Response(response) => Ok(response),
    ///         Ending::Cut { .. } => Err("the body was truncated"),
    ///         _ => Err("the connection was closed"),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), http::Error> {
    /// let lost = Fault::on(Endpoint::ListModels).nth(1).close_after_commit();
    /// let emulator = Emulator::builder().fault(lost).build();
    /// let request = || Request::get("/v1/models").body(Bytes::new());
    /// assert!(send(&emulator, request()?).await.is_err());
    /// assert_eq!(send(&emulator, request()?).await.unwrap().status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn exchange(&self, request: Request<impl Into<Bytes>>) -> Outcome {
        let request = request.map(Into::into);
        let responder = self.responder();
        let route = Route::find(request.method(), request.uri().path());
        let endpoint = route.as_ref().ok().map(|route| route.endpoint);
        let id = route.as_ref().map_or("", |route| &route.id);
        let entry = self.entry(&request, request.body(), endpoint);
        let fault = lock(&self.inner.faults).select(endpoint, id).unwrap_or_default();
        let carry_out = || {
            responder
                .respond(route.and_then(|route| self.carry_out(&request, &route, responder.now)))
        };
        let ending = match fault.action() {
            FaultAction::None => Ending::Response(carry_out()),
            FaultAction::Respond(fixed) => {
                Ending::Response(fixed.apply_to(responder.respond(Ok(Vec::new()))))
            }
            FaultAction::CutBody(bytes) => {
                let mut response = carry_out();
                let announced = response.body().len();
                response.body_mut().truncate(*bytes);
                Ending::Cut { response, announced }
            }
            FaultAction::RespondAfterCommit(fixed) => Ending::Response(fixed.apply_to(carry_out())),
            FaultAction::CloseBeforeCommit => Ending::Close,
            FaultAction::ResetBeforeCommit => Ending::Reset,
            FaultAction::ResetAfterCommit => {
                carry_out();
                Ending::Reset
            }
            FaultAction::CloseAfterCommit => {
                carry_out();
                Ending::Close
            }
        };
        self.record(responder, entry, ending.response());
        Outcome { delay: fault.response_delay(), ending }
    }

    /// The current faults.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        lock(&self.inner.faults).rules()
    }

    /// Replaces the faults; counting starts again.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        *lock(&self.inner.faults) = Faults::new(faults, self.inner.settings.seed);
    }

    /// Adds a fault, which applies only where no earlier one does.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.inner.faults).add(fault);
    }

    /// The latest requests, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        lock(&self.inner.journal).entries()
    }

    /// Clears the journal.
    pub fn clear_journal(&self) {
        lock(&self.inner.journal).clear();
    }

    /// A copy of the whole state.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut state = State::clone(&self.inner.state.read());
        state.drop_visible_changes(self.now());
        Snapshot(state)
    }

    /// Replaces the whole state.
    ///
    /// # Errors
    ///
    /// Fails if the state is kept in a file that cannot be written. Nothing changes then.
    pub fn restore(&self, snapshot: Snapshot) -> io::Result<()> {
        self.inner.state.change(|state| *state = snapshot.0)
    }

    /// Restores the initial state and faults, and clears the journal and the rate limit.
    ///
    /// The ids of certificates start again, while the numbers and ids of requests continue.
    ///
    /// # Errors
    ///
    /// Fails like [`restore`](Self::restore).
    pub fn reset(&self) -> io::Result<()> {
        let (state, faults) = self.inner.initial.clone();
        self.restore(Snapshot(state))?;
        self.set_faults(faults);
        self.clear_journal();
        if let Some(rate_limiter) = &self.inner.rate_limiter {
            lock(rate_limiter).reset();
        }
        Ok(())
    }

    /// Refuses a request whose body could not be read.
    pub(crate) fn refuse_incomplete(
        &self,
        request: &Request<()>,
        refusal: Refusal,
    ) -> Response<Bytes> {
        let responder = self.responder();
        let route = Route::find(request.method(), request.uri().path());
        let entry = self.entry(request, &[], route.ok().map(|route| route.endpoint));
        let response = responder.respond(Err(refusal));
        self.record(responder, entry, Some(&response));
        response
    }

    pub(crate) fn refuse(&self, refusal: Refusal) -> Response<Bytes> {
        self.responder().respond(Err(refusal))
    }

    /// Whether handling a request can wait for the disk.
    pub(crate) fn may_block(&self, method: &Method) -> bool {
        let changes = *method != Method::GET || self.inner.settings.lists_change_state();
        changes && self.inner.state.is_stored()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.inner.settings.body_limit
    }

    fn carry_out(
        &self,
        request: &Request<Bytes>,
        route: &Route,
        now: Timestamp,
    ) -> OperationResult {
        let settings = &self.inner.settings;
        let missing_scopes = settings.assumptions.missing_scopes;
        let scope = settings.keys.check(request.headers(), route.endpoint, missing_scopes)?;
        if settings.enforce_mtls {
            let anchors = self.inner.state.read().anchors(&scope, now);
            let presented = request.extensions().get::<ClientCertificates>();
            mtls::check(&anchors, presented, now, &settings.assumptions)?;
        }
        if let Some(rate_limiter) = &self.inner.rate_limiter
            && !lock(rate_limiter).try_acquire(route.endpoint, now)
        {
            return Err(Refusal::too_many_requests());
        }
        if request.body().len() > settings.body_limit {
            return Err(Refusal::body_too_large(settings.body_limit));
        }
        Call { settings, state: &self.inner.state, request, route, now }.run()
    }

    fn entry<T>(
        &self,
        request: &Request<T>,
        body: &[u8],
        endpoint: Option<Endpoint>,
    ) -> Option<JournalEntry> {
        let settings = &self.inner.settings;
        let is_needed = settings.journal_limit > 0 || settings.observer.is_some();
        is_needed.then(|| JournalEntry::for_request(request, body, endpoint, &settings.keys))
    }

    fn record(
        &self,
        responder: Responder,
        entry: Option<JournalEntry>,
        response: Option<&Response<Bytes>>,
    ) {
        let Some(entry) = entry else { return };
        let entry = entry.with_response(responder, response);
        if let Some(observe) = &self.inner.settings.observer {
            observe(&entry);
        }
        lock(&self.inner.journal).push(entry);
    }

    fn now(&self) -> Timestamp {
        (self.inner.settings.clock)()
    }

    fn responder(&self) -> Responder {
        let settings = &self.inner.settings;
        let number = self.inner.request_count.fetch_add(1, Ordering::Relaxed);
        Responder { seed: settings.seed, number, now: (settings.clock)() }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}
