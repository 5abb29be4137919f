//! A candidate with its transport, and what it is given to send.

use std::error::Error as StdError;
use std::time::Duration;

use certs_core::{
    AdminKey, Api, Call, Error, List, Retry, Scope, Step, Transport, TransportError,
    TransportErrorKind as Kind,
};
use http::{HeaderValue, Method, Request, Response};

use crate::script::{Server, answer};
use crate::{Candidate, Terms};

/// A key that is easy to find where it does not belong.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// More time than any sound exchange takes.
pub(crate) const AMPLE: Duration = Duration::from_secs(60);

pub(crate) type Outcome = Result<Response<Vec<u8>>, TransportError>;

pub(crate) struct Seat<'a, C: Candidate> {
    pub(crate) candidate: &'a C,
    pub(crate) transport: C::Transport,
}

impl<'a, C: Candidate> Seat<'a, C> {
    pub(crate) fn new(candidate: &'a C) -> Self {
        Self::on(candidate, &Terms::default())
    }

    pub(crate) fn on(candidate: &'a C, terms: &Terms) -> Self {
        Self { candidate, transport: candidate.transport(terms) }
    }

    pub(crate) fn send(&self, request: Request<Vec<u8>>) -> Outcome {
        self.candidate.run(self.transport.send(request, AMPLE))
    }

    /// Sends with too little time, and with more of it until the server got to read the request.
    pub(crate) fn send_in_haste(&self, server: &Server) -> Outcome {
        let times = [100, 1000, 5000].map(Duration::from_millis);
        let sent = times.into_iter().find_map(|timeout| {
            let outcome = self.candidate.run(self.transport.send(get(server, "/v1/x"), timeout));
            (!server.requests().is_empty()).then_some(outcome)
        });
        sent.expect("the server got no request")
    }

    /// Sends to a server that answers this, and gets an answer.
    pub(crate) fn answered(&self, raw: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
        let raw = raw.into();
        let shown = String::from_utf8_lossy(&raw[..raw.len().min(200)]).into_owned();
        let server = Server::answering(raw);
        let outcome = self.send(get(&server, "/v1/x"));
        outcome.unwrap_or_else(|error| panic!("{} after {shown}", in_full(&error)))
    }
}

pub(crate) fn get(server: &Server, target: &str) -> Request<Vec<u8>> {
    request(&server.authority(), Method::GET, target, Vec::new())
}

pub(crate) fn post(server: &Server, target: &str, body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    request(&server.authority(), Method::POST, target, body.into())
}

pub(crate) fn request(
    authority: &str,
    method: Method,
    target: &str,
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let mut key = HeaderValue::try_from(format!("Bearer {KEY}")).unwrap();
    key.set_sensitive(true);
    Request::builder()
        .method(method)
        .uri(format!("http://{authority}{target}"))
        .header("authorization", key)
        .header("user-agent", "exam/1")
        .header("accept", "application/json")
        .body(body)
        .unwrap()
}

/// An answer of 200.
pub(crate) fn fine() -> Vec<u8> {
    answer("200 OK", "{}")
}

#[track_caller]
pub(crate) fn assert_fails(outcome: Outcome, kind: Kind, after: &str) -> TransportError {
    match outcome {
        Ok(response) => panic!("{after}: {} where {kind:?} was due", response.status()),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{after}: {}", in_full(&error));
            error
        }
    }
}

/// The error as a call would give it.
pub(crate) fn as_of_a_call(error: TransportError) -> Error {
    let api = Api::new("http://127.0.0.1/v1".parse().unwrap(), AdminKey::new(KEY.into()).unwrap());
    let mut once = Retry::default();
    once.attempts = 1;
    let call = Call::new(&api, List::new(Scope::Organization), once).unwrap();
    match call.handle_response(Err::<Response<Vec<u8>>, _>(error), Duration::ZERO) {
        Step::Done(Err(error)) => error,
        Step::Done(Ok(_)) | Step::Retry(..) => unreachable!("an only attempt failed"),
    }
}

/// An error with all that caused it, as programs print it.
pub(crate) fn in_full(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| format!("{error} ({error:?})")).collect::<Vec<_>>().join(": ")
}
