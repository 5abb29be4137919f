//! A transport with prepared responses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certs_core::blocking;
use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use crate::clock::TestClock;
use crate::emulator::midpoint;

/// Returns one prepared response for each request, and records the requests.
///
/// For responses that a server does not normally send, and for tests of a single decision. When no response is left,
/// a request fails with [`TransportErrorKind::Connect`]. Nothing waits: a sleep advances the clock.
///
/// ```
/// use certs_core::operations::ListProjects;
/// use certs_core::{AdminKey, Api, BaseUrl, Client};
/// use certs_testing::{Scripted, ScriptedResponse, block_on};
/// use certs_core::http::StatusCode;
///
/// let transport = Scripted::new([
///     ScriptedResponse::new(StatusCode::BAD_GATEWAY, "<html>"),
///     ScriptedResponse::ok(r#"{"object":"list","data":[],"has_more":false}"#),
/// ]);
/// let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into())?);
/// let client = Client::new(api, transport.clone());
/// let reply = block_on(client.call(ListProjects::new()))?;
/// assert_eq!(reply.attempts, 2);
/// assert_eq!(transport.requests()[1].uri().path(), "/v1/organization/projects");
/// assert_eq!(transport.sleeps().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is also a [`blocking::Transport`](certs_core::blocking::Transport). Clones share the responses, the records
/// and the clock.
#[derive(Debug, Clone, Default)]
pub struct Scripted {
    script: Arc<Mutex<Script>>,
    clock: TestClock,
}

#[derive(Debug, Default)]
struct Script {
    responses: VecDeque<ScriptedResponse>,
    requests: Vec<Request<Bytes>>,
    attempts: Vec<Attempt>,
    sleeps: Vec<Delay>,
}

impl Scripted {
    /// A transport that returns these responses in order.
    #[must_use]
    pub fn new(responses: impl IntoIterator<Item = ScriptedResponse>) -> Self {
        let transport = Self::default();
        transport.script().responses.extend(responses);
        transport
    }

    /// Adds a response after the others.
    pub fn push(&self, response: ScriptedResponse) {
        self.script().responses.push_back(response);
    }

    /// The requests so far. They contain the admin key, which `Debug` does not show.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.script().requests.clone()
    }

    /// The attempts so far, one for each request.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.script().attempts.clone()
    }

    /// The sleeps so far. Each advanced the clock by the middle of its range.
    #[must_use]
    pub fn sleeps(&self) -> Vec<Delay> {
        self.script().sleeps.clone()
    }

    /// The number of responses that are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.script().responses.len()
    }

    /// The clock of the transport, which starts at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    fn exchange(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let timeout = attempt.timeout;
        let next = {
            let mut script = self.script();
            script.requests.push(request);
            script.attempts.push(attempt);
            script.responses.pop_front()
        };
        let Some(ScriptedResponse { result, delay }) = next else {
            let error = TransportError::new(TransportErrorKind::Connect);
            return Err(error.with_source("the script has no response left"));
        };
        if delay >= timeout {
            self.clock.advance(timeout);
            return Err(TransportError::new(TransportErrorKind::Timeout));
        }
        self.clock.advance(delay);
        result.map_err(TransportError::new)
    }

    fn record_sleep(&self, delay: Delay) {
        self.script().sleeps.push(delay);
        self.clock.advance(midpoint(delay));
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The outcome of one request: a response, or a failure of the transport.
#[derive(Debug, Clone)]
pub struct ScriptedResponse {
    result: Result<Response<Bytes>, TransportErrorKind>,
    delay: Duration,
}

impl ScriptedResponse {
    /// A response with this status and body.
    #[must_use]
    pub fn new(status: StatusCode, body: impl Into<Vec<u8>>) -> Self {
        let mut response = Response::new(Bytes::from(body.into()));
        *response.status_mut() = status;
        response.into()
    }

    /// A response with status 200 and this body.
    #[must_use]
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// No response: the transport fails with an error of this kind.
    #[must_use]
    pub fn failure(kind: TransportErrorKind) -> Self {
        Self { result: Err(kind), delay: Duration::ZERO }
    }

    /// Adds a header to the response. A failure has none.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Ok(response) = &mut self.result {
            response.headers_mut().append(name, value);
        }
        self
    }

    /// Sets how long the response takes. The request times out if this is not shorter than the attempt's timeout.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl From<Response<Bytes>> for ScriptedResponse {
    fn from(response: Response<Bytes>) -> Self {
        Self { result: Ok(response), delay: Duration::ZERO }
    }
}

impl Transport for Scripted {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.exchange(request, attempt)
    }

    async fn sleep(&self, delay: Delay) {
        self.record_sleep(delay);
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

impl blocking::Transport for Scripted {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.exchange(request, attempt)
    }

    fn sleep(&self, delay: Delay) {
        self.record_sleep(delay);
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}
