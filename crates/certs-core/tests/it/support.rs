//! What several tests share.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_core::{AdminKey, Api};
use http::{Request, Response};

/// A key that is easy to find where it does not belong.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// An empty list.
pub(crate) const EMPTY_LIST: &str = r#"{"object":"list","data":[],"has_more":false}"#;

/// The API at an address that no test connects to.
pub(crate) fn api() -> Api {
    let key = AdminKey::new(KEY.into()).unwrap();
    Api::new("https://api.example/v1".parse().unwrap(), key)
}

type Outcome = Result<Response<Vec<u8>>, TransportErrorKind>;

/// Gives responses from a list, and keeps what was sent.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    outcomes: Mutex<VecDeque<Outcome>>,
    sent: Mutex<Vec<(Request<Vec<u8>>, Attempt)>>,
}

impl Scripted {
    pub(crate) fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        Self { outcomes: Mutex::new(outcomes.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn sent(&self) -> Vec<(Request<Vec<u8>>, Attempt)> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn exchange(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        self.sent.lock().unwrap().push((request, attempt));
        let outcome = self.outcomes.lock().unwrap().pop_front();
        outcome.unwrap_or(Err(TransportErrorKind::Connect)).map_err(TransportError::new)
    }
}

impl Transport for Scripted {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        self.exchange(request, attempt)
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// A response with this status and body.
pub(crate) fn response(status: u16, body: &str) -> Outcome {
    Ok(Response::builder().status(status).body(body.into()).unwrap())
}
