//! The emulator as a transport, for programs that are killed.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use certs_emulator::Endpoint;
use certs_testing::EmulatorTransport;
use http::{Request, Response};

/// A transport whose program is killed at a chosen request.
#[derive(Clone)]
pub(super) struct Killable {
    emulator: EmulatorTransport,
    kill: Arc<Mutex<Kill>>,
}

#[derive(Default)]
struct Kill {
    at: Option<(Endpoint, usize)>,
    is_done: bool,
}

impl Killable {
    pub(super) fn new(emulator: EmulatorTransport) -> Self {
        Self { emulator, kill: Arc::default() }
    }

    pub(super) fn emulator(&self) -> &EmulatorTransport {
        &self.emulator
    }

    /// Kills the next program after the server has accepted the nth request to this endpoint, before the
    /// response arrives.
    pub(super) fn kill_at(&self, endpoint: Endpoint, nth: usize) {
        self.kill.lock().unwrap().at = Some((endpoint, nth));
    }

    /// Runs a program to its end; `None` if it is killed.
    pub(super) fn run<F: Future>(&self, program: F) -> Option<F::Output> {
        let mut program = pin!(program);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = program.as_mut().poll(&mut context) {
                return Some(output);
            }
            if self.is_killed() {
                *self.kill.lock().unwrap() = Kill::default();
                return None;
            }
        }
    }

    fn is_killed(&self) -> bool {
        let mut kill = self.kill.lock().unwrap();
        if let Some((endpoint, nth)) = kill.at {
            let journal = self.emulator.emulator().journal();
            let accepted = journal
                .iter()
                .filter(|entry| entry.endpoint == Some(endpoint) && entry.status != Some(429));
            kill.is_done = accepted.count() >= nth;
        }
        kill.is_done
    }
}

impl Transport for Killable {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        if self.is_killed() {
            pending::<()>().await;
        }
        let response = Transport::send(&self.emulator, request, attempt).await;
        if self.is_killed() {
            pending::<()>().await;
        }
        response
    }

    async fn sleep(&self, delay: Delay) {
        Transport::sleep(&self.emulator, delay).await;
    }

    fn now(&self) -> Duration {
        Transport::now(&self.emulator)
    }
}
