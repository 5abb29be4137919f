//! The emulator as a transport.

use std::time::Duration;

use certs_core::blocking;
use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_emulator::{Builder, Emulator, Ending};
use http::{Request, Response};

use crate::clock::TestClock;

/// Calls an [`Emulator`] in memory, with the time of a [`TestClock`].
///
/// The transport and its emulator share the clock, so a rate limit, a delayed response, a timeout and a
/// backoff agree about the time, and nothing waits: a test of retries or pacing ends immediately. Any executor
/// can run the futures; [`block_on`](crate::block_on) suffices.
///
/// ```
/// use certs_core::operations::{List, Scope};
/// use certs_core::{AdminKey, Api, BaseUrl, Client};
/// use certs_testing::certs_emulator::{Emulator, Fault};
/// use certs_testing::{EmulatorTransport, block_on};
///
/// let emulator = Emulator::builder()
///     .admin_key("sk-admin-test")
///     .fault(Fault::any().first(2).close_before_commit());
/// let transport = EmulatorTransport::new(emulator);
/// let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into())?);
/// let client = Client::new(api, transport.clone());
/// let reply = block_on(client.call(List::new(Scope::Organization)))?;
/// assert_eq!(reply.attempts, 3);
/// assert_eq!(transport.emulator().journal().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is also a [`blocking::Transport`](certs_core::blocking::Transport). No request leaves the process, so any base
/// URL will do. Clones share the emulator and the clock.
#[derive(Debug, Clone)]
pub struct EmulatorTransport {
    emulator: Emulator,
    clock: TestClock,
}

impl EmulatorTransport {
    /// Builds the emulator with a clock that starts at 2026-01-01T00:00:00Z.
    ///
    /// A clock that was set in the builder is replaced.
    #[must_use]
    pub fn new(emulator: Builder) -> Self {
        Self::with_clock(emulator, TestClock::default())
    }

    /// Builds the emulator with this clock, which replaces one that was set in the builder.
    #[must_use]
    pub fn with_clock(emulator: Builder, clock: TestClock) -> Self {
        let shared = clock.clone();
        Self { emulator: emulator.clock(move || shared.timestamp()).build(), clock }
    }

    /// The emulator, for adding faults and for inspecting its state and its journal.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The clock of the transport and the emulator.
    #[must_use]
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let outcome = self.emulator.exchange(request);
        if outcome.delay >= timeout {
            self.clock.advance(timeout);
            return Err(TransportError::new(TransportErrorKind::Timeout));
        }
        self.clock.advance(outcome.delay);
        let interrupted = TransportError::new(TransportErrorKind::Interrupted);
        match outcome.ending {
            Ending::Response(response) => Ok(response),
            Ending::Cut { response, .. } => Err(interrupted.with_response(&response)),
            _ => Err(interrupted),
        }
    }
}

impl Transport for EmulatorTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.exchange(request, attempt.timeout)
    }

    async fn sleep(&self, delay: Delay) {
        self.clock.advance(midpoint(delay));
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

impl blocking::Transport for EmulatorTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.exchange(request, attempt.timeout)
    }

    fn sleep(&self, delay: Delay) {
        self.clock.advance(midpoint(delay));
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// The middle of the range, which is the same in every run.
pub(crate) fn midpoint(delay: Delay) -> Duration {
    delay.sample(u64::MAX / 2)
}
