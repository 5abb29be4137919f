//! The API as a function.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::{fmt, io};

use certs_types::Timestamp;
use http::{Request, Response, StatusCode};

use crate::builder::{Builder, Settings};
use crate::journal::JournalEntry;
use crate::misbehaviour::fault::{Act, Ending, Fault, Faults, Outcome};
use crate::mtls::{self, ClientCertificates};
use crate::operations::Call;
use crate::shared::{Shared, lock};
use crate::state::State;
use crate::state::snapshot::Snapshot;
use crate::state::store::Store;
use crate::wire::answer::{Answer, Stamp};
use crate::wire::endpoint::{Endpoint, Route};
use crate::wire::refusal::Refusal;

/// The certificates administration API over a state of its own.
///
/// Cheap to clone: all clones share the state. Calls may come from many threads at once, and each is
/// atomic.
#[derive(Clone)]
pub struct Emulator {
    shared: Arc<Shared>,
}

impl Emulator {
    /// Sets up an emulator.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        settings: Settings,
        state: State,
        start: State,
        faults: Vec<Fault>,
        store: Option<Store>,
    ) -> Self {
        Self { shared: Arc::new(Shared::new(settings, state, start, faults, store)) }
    }

    /// Answers a request, as the server does.
    ///
    /// Every request has an answer: what is wrong with it is told by status and error body. The
    /// path begins with `/v1`; scheme and authority are not looked at.
    ///
    /// ```
    /// use certs_emulator::Emulator;
    /// use http::Request;
    ///
    /// let emulator = Emulator::builder().admin_key("sk-admin-test").build();
    /// let request = Request::get("https://api.openai.com/v1/organization/certificates")
    ///     .header("authorization", "Bearer sk-admin-test")
    ///     .body(Vec::new())?;
    /// let answer = emulator.handle(request);
    /// assert_eq!(answer.status(), 200);
    /// assert!(answer.body().starts_with(br#"{"object":"list","data":[]"#));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        match self.exchange(request).ending {
            Ending::Answer(response) | Ending::Cut { response, .. } => response,
            Ending::Close => {
                let mut response = Response::new(Vec::new());
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    /// Takes a request to its end, which under a [`Fault`] need not be an answer.
    ///
    /// For whoever stands in for the network. [`handle`](Self::handle) has no way to wait or to
    /// close: it does not wait, and gives the empty 502 of a proxy for a closed connection.
    ///
    /// ```
    /// use certs_emulator::{Emulator, Ending, Endpoint, Fault};
    /// use http::{Request, Response};
    ///
    /// /// What the transport of a client does instead of opening a connection.
    /// async fn send(
    ///     emulator: &Emulator,
    ///     request: Request<Vec<u8>>,
    /// ) -> Result<Response<Vec<u8>>, &'static str> {
    ///     let outcome = emulator.exchange(request);
    ///     if !outcome.delay.is_zero() {
    ///         tokio::time::sleep(outcome.delay).await;
    ///     }
    ///     match outcome.ending {
    ///         Ending::Answer(response) => Ok(response),
    ///         Ending::Cut { .. } => Err("the body broke off"),
    ///         _ => Err("the connection was closed"),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), http::Error> {
    /// let lost = Fault::on(Endpoint::ListModels).nth(1).close_after_commit();
    /// let emulator = Emulator::builder().fault(lost).build();
    /// let request = || Request::get("/v1/models").body(Vec::new());
    /// assert!(send(&emulator, request()?).await.is_err());
    /// assert_eq!(send(&emulator, request()?).await.unwrap().status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn exchange(&self, request: Request<Vec<u8>>) -> Outcome {
        let stamp = self.stamp();
        let route = Route::find(request.method(), request.uri().path());
        let endpoint = route.as_ref().ok().map(|route| route.endpoint);
        let entry = self.entry(&request, request.body(), endpoint);
        let fault = lock(&self.shared.faults).strike(endpoint).unwrap_or_default();
        let carry_out =
            || stamp.respond(route.and_then(|route| self.answer(&request, &route, stamp.now)));
        let ending = match fault.act() {
            Act::None => Ending::Answer(carry_out()),
            Act::Answer(canned) => Ending::Answer(canned.replace(stamp.respond(Ok(Vec::new())))),
            Act::CutBody(bytes) => {
                let mut response = carry_out();
                let announced = response.body().len();
                response.body_mut().truncate(*bytes);
                Ending::Cut { response, announced }
            }
            Act::CloseBeforeCommit => Ending::Close,
            Act::CloseAfterCommit => {
                carry_out();
                Ending::Close
            }
        };
        self.record(stamp, entry, ending.response());
        Outcome { delay: fault.delay_of(), ending }
    }

    /// The rules that make requests go wrong.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        lock(&self.shared.faults).rules()
    }

    /// Replaces the rules that make requests go wrong, and counts anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        *lock(&self.shared.faults) = Faults::new(faults, self.shared.settings.seed);
    }

    /// Adds a rule behind the others.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// The latest requests, the oldest first: what was asked and how it was answered.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        lock(&self.shared.journal).entries()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        lock(&self.shared.journal).clear();
    }

    /// The whole state as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut state = self.shared.state().clone();
        state.settle((self.shared.settings.clock)());
        Snapshot(state)
    }

    /// Replaces the whole state.
    ///
    /// # Errors
    ///
    /// The state is kept in a file, and that cannot be written: then nothing changes.
    pub fn restore(&self, snapshot: Snapshot) -> io::Result<()> {
        self.shared.change(|state| *state = snapshot.0)
    }

    /// Returns to the beginning: the state, the journal, the faults and the rate limit.
    ///
    /// # Errors
    ///
    /// As [`restore`](Self::restore).
    pub fn reset(&self) -> io::Result<()> {
        self.restore(Snapshot(self.shared.start.clone()))?;
        self.set_faults(self.shared.start_faults.clone());
        self.clear_journal();
        if let Some(pace) = &self.shared.pace {
            lock(pace).refill();
        }
        Ok(())
    }

    /// Refuses a request that could not be read to its end.
    pub(crate) fn refuse_unread(
        &self,
        request: &Request<()>,
        refusal: Refusal,
    ) -> Response<Vec<u8>> {
        let stamp = self.stamp();
        let route = Route::find(request.method(), request.uri().path());
        let entry = self.entry(request, &[], route.ok().map(|route| route.endpoint));
        let response = stamp.respond(Err(refusal));
        self.record(stamp, entry, Some(&response));
        response
    }

    pub(crate) fn refuse(&self, refusal: Refusal) -> Response<Vec<u8>> {
        self.stamp().respond(Err(refusal))
    }

    /// Whether a request may wait for the disk.
    pub(crate) fn may_block(&self) -> bool {
        self.shared.store.is_some()
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.shared.settings.body_limit
    }

    fn answer(&self, request: &Request<Vec<u8>>, route: &Route, now: Timestamp) -> Answer {
        let settings = &self.shared.settings;
        let missing_scopes = settings.guesses.missing_scopes;
        let scope = settings.keys.check(request.headers(), route.endpoint, missing_scopes)?;
        if settings.enforce_mtls {
            let anchors = self.shared.state().anchors(&scope, now);
            let shown = request.extensions().get::<ClientCertificates>();
            mtls::check(&anchors, shown, now, settings.guesses.client_certificate)?;
        }
        if let Some(pace) = &self.shared.pace
            && !lock(pace).admits(route.endpoint, now)
        {
            return Err(Refusal::too_many_requests());
        }
        if request.body().len() > settings.body_limit {
            return Err(Refusal::body_too_large(settings.body_limit));
        }
        Call { shared: &self.shared, request, route, now }.answer()
    }

    fn entry<T>(
        &self,
        request: &Request<T>,
        body: &[u8],
        endpoint: Option<Endpoint>,
    ) -> Option<JournalEntry> {
        let settings = &self.shared.settings;
        let wanted = settings.journal_limit > 0 || settings.observer.is_some();
        wanted.then(|| JournalEntry::of(request, body, endpoint, &settings.keys))
    }

    fn record(
        &self,
        stamp: Stamp,
        entry: Option<JournalEntry>,
        response: Option<&Response<Vec<u8>>>,
    ) {
        let Some(entry) = entry else { return };
        let entry = entry.answered(stamp, response);
        if let Some(observe) = &self.shared.settings.observer {
            observe(&entry);
        }
        lock(&self.shared.journal).push(entry);
    }

    fn stamp(&self) -> Stamp {
        let settings = &self.shared.settings;
        let number = self.shared.requests.fetch_add(1, Ordering::Relaxed);
        Stamp { seed: settings.seed, number, now: (settings.clock)() }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::testing::{Calls, builder, json, request};

    #[test]
    fn every_answer_has_the_headers_of_the_api() {
        let emulator = builder().build();
        for path in ["/organization/certificates", "/organization/certificates/x", "/nowhere"] {
            let answer = emulator.handle(request("GET", path, None));
            let header = |name| answer.headers()[name].to_str().unwrap();
            assert_eq!(header("content-type"), "application/json");
            assert_eq!(header("date"), "Sat, 01 Jun 2024 00:00:00 GMT");
            assert_eq!(header("openai-version"), "2020-10-01");
            assert!(header("x-request-id").starts_with("req_"));
            assert!(header("openai-processing-ms").parse::<u32>().is_ok());
        }
    }

    #[test]
    fn request_ids_are_different_and_a_seed_repeats_them() {
        let ids = |seed| -> Vec<_> {
            let emulator = builder().seed(seed).build();
            let answers = (0..50).map(|_| emulator.handle(request("GET", "/x", None)));
            answers.map(|answer| answer.headers()["x-request-id"].clone()).collect()
        };
        assert_eq!(ids(1).iter().collect::<HashSet<_>>().len(), 50);
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn a_seed_repeats_the_ids_of_certificates() {
        let ids = |seed| builder().seed(seed).build().uploads(3);
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn every_refusal_has_all_four_fields() {
        let emulator = builder().build();
        for (method, path) in [("GET", "/x"), ("PUT", "/organization/projects")] {
            let error = &emulator.call(method, path, None).1["error"];
            let fields: HashSet<_> =
                error.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, HashSet::from(["type", "message", "param", "code"]));
        }
    }

    #[test]
    fn a_key_is_asked_for_wherever_there_is_an_endpoint() {
        let emulator = builder().build();
        let answer = |path| {
            let request = Request::get(path).body(Vec::new()).unwrap();
            emulator.handle(request).status().as_u16()
        };
        assert_eq!(answer("/v1/organization/certificates"), 401);
        assert_eq!(answer("/v1/organization/nothing"), 404);
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let answer =
            builder().build().handle(request("PATCH", "/organization/certificates/x", None));
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "GET, POST, DELETE");
        assert_eq!(json(&answer)["error"]["code"], "method_not_supported");
    }

    #[test]
    fn an_oversized_body_is_refused() {
        let emulator = builder().body_limit(100).build();
        let body = serde_json::json!({"certificate": "x".repeat(100)});
        assert_eq!(emulator.post("/organization/certificates", body).0, 413);
    }

    #[test]
    fn a_lock_that_was_poisoned_is_still_served() {
        let emulator = builder().build();
        let id = emulator.upload();
        let clone = emulator.clone();
        let panicked = std::thread::spawn(move || {
            let _guard = clone.shared.state();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(panicked.join().is_err());
        assert_eq!(emulator.get(&format!("/organization/certificates/{id}")).0, 200);
    }

    #[test]
    fn debug_shows_no_key_and_no_certificate() {
        let emulator = builder().build();
        emulator.upload();
        let text = format!("{emulator:?} {:?} {:?}", builder(), emulator.snapshot());
        assert!(!text.contains(crate::testing::KEY) && !text.contains("BEGIN"), "{text}");
    }
}
