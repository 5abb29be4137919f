//! The transport with a person beside it: requests are logged, long waits are announced.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_core::types::ErrorCode;
use certs_hyper::HyperTransport;
use http::header::{AUTHORIZATION, DATE};
use http::{Method, Request, Response, StatusCode};
use jiff::fmt::rfc2822::DateTimeParser;

use crate::text::{harmless, say};

/// Waits up to this long go without saying.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Wire {
    inner: HyperTransport,
    verbose: bool,
    seen: Mutex<Seen>,
}

/// What went over the wire so far.
#[derive(Default)]
struct Seen {
    /// A change is on its way, and nothing is known of it yet.
    in_flight: bool,
    /// An earlier attempt at a change may have been carried out.
    may_have_acted: bool,
    /// The server's time in Unix seconds, and the moment at which it was told.
    server_time: Option<(i64, Duration)>,
}

impl Wire {
    pub(crate) fn new(inner: HyperTransport, verbose: bool) -> Self {
        Self { inner, verbose, seen: Mutex::default() }
    }

    /// Whether something may have been changed by what was sent so far.
    pub(crate) fn may_have_acted(&self) -> bool {
        let seen = self.seen();
        seen.in_flight || seen.may_have_acted
    }

    /// What the server's clock showed at a moment of [`Transport::now`], in Unix seconds.
    pub(crate) fn server_time_at(&self, moment: Duration) -> Option<i64> {
        let (time, told) = self.seen().server_time?;
        let ago = i64::try_from(told.saturating_sub(moment).as_secs()).ok()?;
        time.checked_sub(ago)
    }

    /// Notes a request and returns its name.
    fn leave(&self, request: &Request<Vec<u8>>) -> String {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        self.seen().in_flight = request.method() != Method::GET;
        format!("{} {target}", request.method())
    }

    fn arrive(&self, outcome: &Result<Response<Vec<u8>>, TransportError>) {
        let mut seen = self.seen();
        seen.may_have_acted |= seen.in_flight && !changed_nothing(outcome);
        seen.in_flight = false;
        let Ok(response) = outcome else { return };
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        seen.server_time = date.map(|date| (date.as_second(), self.inner.now()));
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Wire {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let name = self.leave(&request);
        let key = request.headers().get(AUTHORIZATION).cloned();
        if self.verbose {
            say(&format!("> {name}, attempt {}", attempt.number));
        }
        let started = self.inner.now();
        let outcome = self.inner.send(request, attempt).await;
        self.arrive(&outcome);
        if self.verbose {
            let took = self.inner.now().saturating_sub(started).as_millis();
            let key = key.as_ref().map_or(&[][..], |key| key.as_bytes());
            say(&format!("< {name}, {}, {took} ms", result(&outcome, key)));
        }
        outcome
    }

    async fn sleep(&self, delay: Delay) {
        if self.verbose || delay.max > PATIENCE && stderr().is_terminal() {
            say(&format!("waiting {:.1} s before the next request", delay.max.as_secs_f64()));
        }
        self.inner.sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.inner.now()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        self.inner.client_request_id()
    }
}

/// Whether an attempt is certain to have changed nothing: it was not sent, or clearly refused.
fn changed_nothing(outcome: &Result<Response<Vec<u8>>, TransportError>) -> bool {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return error.kind() == TransportErrorKind::Connect,
    };
    match response.status() {
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT => false,
        status if status.is_client_error() || status.is_redirection() => {
            // Once observed on a change that had been made.
            !String::from_utf8_lossy(response.body()).contains(ErrorCode::PROJECT_ARCHIVED.as_str())
        }
        _ => false,
    }
}

/// The outcome in a few words. A request id is the server's to choose, and may echo the key.
fn result(outcome: &Result<Response<Vec<u8>>, TransportError>, key: &[u8]) -> String {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return crate::failure::chain(error),
    };
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    match id {
        None => response.status().to_string(),
        Some(id) if id.len() <= 256 && !shares(id.as_bytes(), key) => {
            format!("{}, request {}", response.status(), harmless(id))
        }
        Some(_) => format!("{}, request [redacted]", response.status()),
    }
}

/// Whether a text has six bytes in a row in common with a secret.
fn shares(text: &[u8], secret: &[u8]) -> bool {
    text.windows(6).any(|part| secret.windows(6).any(|own| own == part))
}
