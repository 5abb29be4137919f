//! A transport that wraps another: it records the responses, and replays them without the other.
//!
//! Requests contain the admin key, so only their method and URI are recorded.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use http::{Request, Response};

/// A recorded request and its result.
struct Recorded {
    request_line: String,
    outcome: Result<Response<Bytes>, TransportErrorKind>,
}

/// Passes each request on and records its result.
struct Recorder<T> {
    inner: T,
    recording: Mutex<Vec<Recorded>>,
}

impl<T: Transport + Sync> Transport for Recorder<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let request_line = request_line(&request);
        let outcome = self.inner.send(request, attempt).await;
        let kept = outcome.as_ref().cloned().map_err(TransportError::kind);
        lock(&self.recording).push(Recorded { request_line, outcome: kept });
        outcome
    }

    async fn sleep(&self, delay: Delay) {
        self.inner.sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.inner.now()
    }
}

/// Replays the results in their order, and never waits.
struct Player {
    recording: Mutex<std::vec::IntoIter<Recorded>>,
}

impl Transport for Player {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let next = lock(&self.recording).next();
        match next {
            Some(recorded) if recorded.request_line == request_line(&request) => {
                recorded.outcome.map_err(TransportError::new)
            }
            _ => Err(TransportError::new(TransportErrorKind::Connect)
                .with_source("the request was not recorded")),
        }
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

fn request_line(request: &Request<Bytes>) -> String {
    format!("{} {}", request.method(), request.uri())
}

fn lock<T>(recording: &Mutex<T>) -> MutexGuard<'_, T> {
    recording.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> Result<(), Box<dyn Error>> {
    use certs_core::operations::{List, Scope};
    use certs_core::{AdminKey, Api, BaseUrl, Client};
    use certs_emulator::{Emulator, Fault};
    use certs_testing::{EmulatorTransport, block_on};

    let emulator = Emulator::builder()
        .admin_key("sk-admin-x")
        .fault(Fault::any().first(1).close_before_commit());
    let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-x".into())?);
    let recorder =
        Recorder { inner: EmulatorTransport::new(emulator), recording: Mutex::default() };
    let live_client = Client::new(api.clone(), recorder);
    let live = block_on(live_client.call(List::new(Scope::Organization)))?;

    let recording = std::mem::take(&mut *lock(&live_client.transport().recording));
    assert_eq!(recording.len(), 2, "a lost response and a list");
    let replaying = Client::new(api, Player { recording: Mutex::new(recording.into_iter()) });
    let replayed = block_on(replaying.call(List::new(Scope::Organization)))?;
    assert_eq!(replayed, live);

    let beyond = block_on(replaying.call(List::new(Scope::Organization)));
    assert!(
        matches!(beyond, Err(certs_core::Error::Transport { .. })),
        "nothing else was recorded"
    );
    println!("replayed {} attempts without a server", replayed.attempts);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn replays_what_was_recorded() {
        super::main().unwrap();
    }
}
