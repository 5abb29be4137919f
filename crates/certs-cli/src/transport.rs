//! The transport of the command, which stops at a signal and records the organization's id.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_hyper::HyperTransport;
use http::header::{AUTHORIZATION, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, Response};

use crate::interrupt::{GRACE, Reason, Stop};
use crate::terminal::print_status;

/// Sends through hyper until a signal arrives. Then reads are dropped, a change in flight is awaited for
/// [`GRACE`], and nothing new is sent.
pub(crate) struct CommandTransport {
    inner: HyperTransport,
    stop: Stop,
    /// Whether headers are logged.
    logs_headers: bool,
    waiting: AtomicUsize,
    hours_since_stop: AtomicU64,
    organization: Mutex<Option<String>>,
}

/// Increments a counter while it lives.
#[must_use]
pub(crate) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl CommandTransport {
    pub(crate) fn new(inner: HyperTransport, stop: Stop, logs_headers: bool) -> Self {
        let (waiting, hours_since_stop) = (AtomicUsize::new(0), AtomicU64::new(0));
        let organization = Mutex::default();
        Self { inner, stop, logs_headers, waiting, hours_since_stop, organization }
    }

    /// Whether a request is waiting to be sent, because of the rate limit or after a failure.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The organization's id in the last response.
    pub(crate) fn organization(&self) -> Option<String> {
        self.organization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a server requested a client certificate.
    pub(crate) fn certificate_was_requested(&self) -> bool {
        self.inner.certificate_was_requested()
    }

    /// Sends, unless a signal arrived before.
    async fn send_unless_stopped(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let stopped = |kind| {
            let why = match self.stop.reason() {
                Some(Reason::Deadline) => "the time for the command is over (--timeout)",
                _ => "stopped by a signal",
            };
            Err(TransportError::new(kind).with_source(why))
        };
        if self.stop.reason().is_some() {
            return stopped(TransportErrorKind::Connect);
        }
        let is_change = request.method() != Method::GET;
        let grace = async {
            self.stop.requested().await;
            if is_change {
                tokio::time::sleep(GRACE).await;
            }
        };
        tokio::select! {
            outcome = self.inner.send(request, attempt) => outcome,
            () = grace => stopped(TransportErrorKind::Interrupted),
        }
    }

    fn on_response(&self, response: &Response<Bytes>) {
        let organization = response.headers().get("openai-organization");
        let id = organization.and_then(|id| id.to_str().ok());
        // A server may echo the key in any header.
        let Some(id) = id.filter(|id| id.len() <= 256 && !shows_key(id)) else { return };
        *self.organization.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }
}

impl Transport for CommandTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        if self.logs_headers {
            log_headers(">", request.headers());
        }
        let outcome = self.send_unless_stopped(request, attempt).await;
        if let Ok(response) = &outcome {
            self.on_response(response);
            if self.logs_headers {
                log_headers("<", response.headers());
            }
        }
        outcome
    }

    async fn sleep(&self, delay: Delay) {
        let _waiting = Counted::new(&self.waiting);
        tokio::select! {
            () = self.inner.sleep(delay) => {}
            _ = self.stop.requested() => {}
        }
    }

    /// Once the command stops, the clock advances by an hour with each reading, so that every deadline has passed,
    /// also those of new calls: nothing waits and nothing is retried.
    fn now(&self) -> Duration {
        const HOUR: u64 = 3600;
        let hours = match self.stop.reason() {
            None => self.hours_since_stop.load(Ordering::Relaxed),
            Some(_) => self.hours_since_stop.fetch_add(1, Ordering::Relaxed) + 1,
        };
        self.inner.now().saturating_add(Duration::from_secs(hours.saturating_mul(HOUR)))
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        self.inner.client_request_id()
    }
}

/// Logs headers without the values that are secret. A server may echo the key in any other header.
fn log_headers(direction: &str, headers: &HeaderMap) {
    const SECRET: [HeaderName; 3] = [AUTHORIZATION, PROXY_AUTHORIZATION, SET_COOKIE];
    for (name, value) in headers {
        let value = match value.to_str() {
            Ok(value) if !SECRET.contains(name) && !shows_key(value) => value,
            _ => "…",
        };
        print_status(&format!("{direction} {name}: {value}"));
    }
}

/// Whether a header's value may contain a key.
fn shows_key(value: &str) -> bool {
    value.contains("sk-")
}
