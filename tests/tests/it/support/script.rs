//! A transport that plays a script, in a time of its own.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

/// What comes of one request.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    Failure(TransportErrorKind),
}

impl Outcome {
    pub(crate) fn answer(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    pub(crate) fn play(&self) -> Result<Response<Vec<u8>>, TransportError> {
        match self {
            Self::Failure(kind) => Err(TransportError::new(*kind)),
            Self::Answer { status, headers, body } => {
                let mut response = Response::new(body.clone());
                *response.status_mut() = StatusCode::from_u16(*status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().append(
                        name.parse::<HeaderName>().unwrap(),
                        value.parse::<HeaderValue>().unwrap(),
                    );
                }
                Ok(response)
            }
        }
    }
}

/// Answers requests in the order of the script; fails to connect when it is used up.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<Stage>);

#[derive(Debug, Default)]
struct Stage {
    outcomes: VecDeque<Outcome>,
    sent: Vec<Request<Vec<u8>>>,
    now: Duration,
}

impl Script {
    pub(crate) fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let outcomes = outcomes.into_iter().collect();
        Self(Mutex::new(Stage { outcomes, ..Stage::default() }))
    }

    /// The requests that were sent.
    pub(crate) fn sent(&self) -> Vec<Request<Vec<u8>>> {
        self.0.lock().unwrap().sent.clone()
    }
}

impl Transport for Script {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let mut stage = self.0.lock().unwrap();
        stage.sent.push(request);
        let outcome = stage.outcomes.pop_front();
        outcome.unwrap_or(Outcome::Failure(TransportErrorKind::Connect)).play()
    }

    async fn sleep(&self, delay: Delay) {
        self.0.lock().unwrap().now += delay.max;
    }

    fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }
}
