//! A subject with its transport, and the requests that cases send.

use std::error::Error as StdError;
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::local::LocalTransport;
use certs_core::operation::Endpoint;
use certs_core::transport::{Attempt, TransportError, TransportErrorKind as Kind};
use http::{HeaderValue, Method, Request, Response};

use crate::server::{Server, http_response};
use crate::subject::{KEY, Requirements, Subject};

/// A timeout that no correct transport reaches.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) type Outcome = Result<Response<Bytes>, TransportError>;

/// A subject and the transport that it made for a case.
pub(crate) struct Harness<'a, S: Subject> {
    pub(crate) subject: &'a S,
    pub(crate) transport: S::Transport,
}

impl<'a, S: Subject> Harness<'a, S> {
    pub(crate) fn new(subject: &'a S) -> Self {
        Self::with_requirements(subject, &Requirements::default())
    }

    pub(crate) fn with_requirements(subject: &'a S, requirements: &Requirements) -> Self {
        Self { subject, transport: subject.transport(requirements) }
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Outcome {
        self.subject.run(self.transport.send(request, attempt(LONG_TIMEOUT)))
    }

    /// Sends with a short timeout, and repeats that with longer ones until the server has read the request.
    pub(crate) fn send_with_short_timeout(&self, server: &Server) -> Outcome {
        self.send_with_short_timeout_until(server, |_| !server.requests().is_empty())
    }

    /// Sends with a short timeout, and repeats that with longer ones until the outcome is the wanted one. A fast machine
    /// need not wait long, and a slow one does not fail the case.
    pub(crate) fn send_with_short_timeout_until(
        &self,
        server: &Server,
        wanted: impl Fn(&Outcome) -> bool,
    ) -> Outcome {
        let mut timeouts = [100, 1000, 5000].map(Duration::from_millis).into_iter();
        loop {
            let timeout = timeouts.next().expect("the outcome was not the wanted one within 5 s");
            let send = self.transport.send(get(server, "/v1/x"), attempt(timeout));
            let outcome = self.subject.run(send);
            if wanted(&outcome) {
                return outcome;
            }
        }
    }

    /// Sends a request to a server that responds with these bytes, and returns the response.
    pub(crate) fn receive(&self, raw: impl Into<Vec<u8>>) -> Response<Bytes> {
        let raw = raw.into();
        let shown = String::from_utf8_lossy(&raw[..raw.len().min(200)]).into_owned();
        let server = Server::responding(raw);
        let outcome = self.send(get(&server, "/v1/x"));
        outcome.unwrap_or_else(|error| panic!("{} after {shown}", error_chain(&error)))
    }
}

pub(crate) fn get(server: &Server, target: &str) -> Request<Bytes> {
    request(&server.authority(), Method::GET, target, Bytes::new())
}

pub(crate) fn post(server: &Server, target: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    request(&server.authority(), Method::POST, target, body)
}

pub(crate) fn request(
    authority: &str,
    method: Method,
    target: &str,
    body: impl Into<Bytes>,
) -> Request<Bytes> {
    let mut key = HeaderValue::try_from(format!("Bearer {KEY}")).unwrap();
    key.set_sensitive(true);
    Request::builder()
        .method(method)
        .uri(format!("http://{authority}{target}"))
        .header("authorization", key)
        .header("user-agent", "conformance/1")
        .header("accept", "application/json")
        .body(body.into())
        .unwrap()
}

/// The first attempt at a call, over any connection.
pub(crate) fn attempt(timeout: Duration) -> Attempt {
    static ENDPOINT: Endpoint = Endpoint::get("conformance", "/x");
    Attempt::new(&ENDPOINT, timeout)
}

/// A response with status 200 and the body `{}`.
pub(crate) fn ok_response() -> Vec<u8> {
    http_response("200 OK", "{}")
}

/// The value of a successful result; panics with the whole error otherwise.
#[track_caller]
pub(crate) fn unwrap<T, E: StdError + 'static>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error_chain(&error)))
}

/// Checks that a send failed with an error of this kind.
#[track_caller]
pub(crate) fn assert_kind(outcome: Outcome, kind: Kind, after: &str) -> TransportError {
    match outcome {
        Ok(response) => panic!(
            "{after}: expected {kind:?}, but got a response with status {}",
            response.status()
        ),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{after}: {}", error_chain(&error));
            error
        }
    }
}

/// An error with its sources, as `Display` and `Debug` show them.
pub(crate) fn error_chain(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| format!("{error} ({error:?})")).collect::<Vec<_>>().join(": ")
}
