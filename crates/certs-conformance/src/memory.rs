//! The emulator as a transport, without a socket and without waiting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_emulator::{Emulator, Ending};
use http::{Request, Response};

/// Calls an [`Emulator`] as a function, in a time of its own.
///
/// Nothing waits: a pause, a delayed answer and a timeout only move the clock. So a test of retries
/// ends at once, any executor will do, and every run is the same.
///
/// ```
/// use certs_conformance::{InMemory, block_on};
/// use certs_core::{AdminKey, Api, BaseUrl, Client};
/// use certs_core::operations::{List, Scope};
/// use certs_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::builder()
///     .admin_key("sk-admin-test")
///     .fault(Fault::any().first(2).close_before_commit())
///     .build();
/// let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into())?);
/// let client = Client::new(api, InMemory::new(emulator));
/// let reply = block_on(client.call(List::new(Scope::Organization)))?;
/// assert_eq!(reply.attempts, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Clones share the clock and the emulator.
#[derive(Debug, Clone)]
pub struct InMemory {
    emulator: Emulator,
    clock: Arc<Mutex<Duration>>,
}

impl InMemory {
    /// A transport that reaches nothing but this emulator, whatever the base URL's host.
    #[must_use]
    pub fn new(emulator: Emulator) -> Self {
        Self { emulator, clock: Arc::default() }
    }

    fn pass(&self, time: Duration) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock = clock.saturating_add(time);
    }
}

impl Transport for InMemory {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let outcome = self.emulator.exchange(request);
        if outcome.delay >= attempt.timeout {
            self.pass(attempt.timeout);
            return Err(TransportError::new(TransportErrorKind::Timeout));
        }
        self.pass(outcome.delay);
        let interrupted = TransportError::new(TransportErrorKind::Interrupted);
        match outcome.ending {
            Ending::Response(response) => Ok(response),
            Ending::Cut { response, .. } => Err(interrupted.with_response(&response)),
            _ => Err(interrupted),
        }
    }

    async fn sleep(&self, delay: Delay) {
        self.pass(delay.sample(u64::MAX / 2));
    }

    fn now(&self) -> Duration {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
