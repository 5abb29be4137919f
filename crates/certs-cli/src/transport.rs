//! The transport of the command: it stops at a signal, and notes what responses say of the server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_hyper::HyperTransport;
use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, Method, Request, Response};
use jiff::fmt::rfc2822::DateTimeParser;

use crate::interrupt::{GRACE, Reason, Stop};
use crate::terminal::{print_status, sanitize};

/// Waits up to this long are not announced.
const UNANNOUNCED: Duration = Duration::from_secs(2);

/// Sends through hyper until a signal comes. Then reads are given up, a change in flight is awaited for
/// [`GRACE`], and nothing new is sent.
pub(crate) struct CommandTransport {
    inner: HyperTransport,
    stop: Stop,
    verbose: bool,
    waiting: AtomicUsize,
    quiet: AtomicUsize,
    notes: Mutex<Notes>,
}

/// Counts one more while it lives.
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

/// What was noted of the requests and responses so far.
#[derive(Default)]
struct Notes {
    /// A change was accepted.
    changed: bool,
    organization: Option<String>,
    /// The server's time in Unix seconds, and the moment at which it was told.
    server_time: Option<(i64, Duration)>,
}

impl CommandTransport {
    pub(crate) fn new(inner: HyperTransport, stop: Stop, verbose: bool) -> Self {
        let (waiting, quiet) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { inner, stop, verbose, waiting, quiet, notes: Mutex::default() }
    }

    /// Waits are not announced while this value lives, because something else shows how far the command is.
    pub(crate) fn without_announcements(&self) -> Counted<'_> {
        Counted::new(&self.quiet)
    }

    /// Whether a request is waiting to be sent, for the server's rate or after a failure.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Whether the server accepted a change.
    pub(crate) fn has_changed_something(&self) -> bool {
        self.notes().changed
    }

    /// The organization's id, as the last response named it.
    pub(crate) fn organization(&self) -> Option<String> {
        self.notes().organization.clone()
    }

    /// Whether a server requested a client certificate.
    pub(crate) fn certificate_was_requested(&self) -> bool {
        self.inner.certificate_was_requested()
    }

    /// What the server's clock showed at a moment of [`Transport::now`], in Unix seconds.
    pub(crate) fn server_time_at(&self, moment: Duration) -> Option<i64> {
        let (time, told) = self.notes().server_time?;
        let ago = i64::try_from(told.saturating_sub(moment).as_secs()).ok()?;
        time.checked_sub(ago)
    }

    /// What the server's clock shows now, in Unix seconds.
    pub(crate) fn server_time(&self) -> Option<i64> {
        let (time, told) = self.notes().server_time?;
        let since = i64::try_from(self.inner.now().saturating_sub(told).as_secs()).ok()?;
        time.checked_add(since)
    }

    /// Sends, unless a signal came before.
    async fn send_unless_stopped(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
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

    fn on_response(&self, is_change: bool, response: &Response<Vec<u8>>) {
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let date = text(response.headers(), DATE.as_str());
        let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let mut notes = self.notes();
        notes.server_time = date.map(|date| (date.as_second(), self.inner.now()));
        if let Some(organization) = text(response.headers(), "openai-organization") {
            notes.organization = Some(organization).filter(|id| id.len() <= 256);
        }
        if response.status().is_success() {
            notes.changed |= is_change;
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for CommandTransport {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let name = format!("{} {target}", request.method());
        let key = request.headers().get(AUTHORIZATION).cloned();
        let is_change = request.method() != Method::GET;
        let number = attempt.number;
        if self.verbose {
            print_status(&format!("> {name}, attempt {number}"));
        }
        let started = self.inner.now();
        let outcome = self.send_unless_stopped(request, attempt).await;
        if let Ok(response) = &outcome {
            self.on_response(is_change, response);
        }
        if self.verbose {
            let took = self.inner.now().saturating_sub(started).as_millis();
            let key = key.as_ref().map_or(&[][..], |key| key.as_bytes());
            print_status(&format!("< {name}, {}, {took} ms", summary(&outcome, key)));
        }
        outcome
    }

    async fn sleep(&self, delay: Delay) {
        let _waiting = Counted::new(&self.waiting);
        let is_announced = delay.max > UNANNOUNCED && self.quiet.load(Ordering::Relaxed) == 0;
        if self.verbose || is_announced {
            print_status(&format!(
                "waiting {:.1} s before the next request",
                delay.max.as_secs_f64()
            ));
        }
        tokio::select! {
            () = self.inner.sleep(delay) => {}
            _ = self.stop.requested() => {}
        }
    }

    /// Once the command stops, every deadline has passed, so that nothing is waited for and nothing tried again.
    fn now(&self) -> Duration {
        const BEYOND_DEADLINES: Duration = Duration::from_secs(365 * 86_400);
        match self.stop.reason() {
            None => self.inner.now(),
            Some(_) => self.inner.now().saturating_add(BEYOND_DEADLINES),
        }
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        self.inner.client_request_id()
    }
}

/// The outcome in a few words. A request id is the server's to choose, and may echo the key.
fn summary(outcome: &Result<Response<Vec<u8>>, TransportError>, key: &[u8]) -> String {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return crate::error::error_chain(error),
    };
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    match id {
        None => response.status().to_string(),
        Some(id) if id.len() <= 256 && !shares(id.as_bytes(), key) => {
            format!("{}, request {}", response.status(), sanitize(id))
        }
        Some(_) => format!("{}, request [redacted]", response.status()),
    }
}

/// Whether a text has six bytes in a row in common with a secret.
fn shares(text: &[u8], secret: &[u8]) -> bool {
    text.windows(6).any(|part| secret.windows(6).any(|own| own == part))
}
