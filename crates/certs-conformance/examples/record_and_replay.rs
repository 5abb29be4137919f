//! A middleware: records what a transport answers, and replays it without one.
//!
//! A middleware is a transport around a transport. Requests hold the admin key, so of them only method
//! and target are kept.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use http::{Request, Response};

/// An exchange that was recorded: what was asked, and what came of it.
struct Recorded {
    asked: String,
    outcome: Result<Response<Vec<u8>>, TransportErrorKind>,
}

/// Passes everything on and keeps what came of it.
struct Recorder<T> {
    inner: T,
    tape: Mutex<Vec<Recorded>>,
}

impl<T: Transport + Sync> Transport for Recorder<T> {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let asked = asked(&request);
        let outcome = self.inner.send(request, attempt).await;
        let kept = outcome.as_ref().cloned().map_err(TransportError::kind);
        lock(&self.tape).push(Recorded { asked, outcome: kept });
        outcome
    }

    async fn sleep(&self, delay: Delay) {
        self.inner.sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.inner.now()
    }
}

/// Answers from a tape, in its order, and waits for nothing.
struct Player {
    tape: Mutex<std::vec::IntoIter<Recorded>>,
}

impl Transport for Player {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let next = lock(&self.tape).next();
        match next {
            Some(recorded) if recorded.asked == asked(&request) => {
                recorded.outcome.map_err(TransportError::new)
            }
            _ => {
                Err(TransportError::new(TransportErrorKind::Connect).with_source("not on the tape"))
            }
        }
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

fn asked(request: &Request<Vec<u8>>) -> String {
    format!("{} {}", request.method(), request.uri())
}

fn lock<T>(tape: &Mutex<T>) -> MutexGuard<'_, T> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> Result<(), Box<dyn Error>> {
    use certs_conformance::{InMemory, block_on};
    use certs_core::operations::{List, Scope};
    use certs_core::{AdminKey, Api, BaseUrl, Client};
    use certs_emulator::{Emulator, Fault};

    let emulator = Emulator::builder()
        .admin_key("sk-admin-x")
        .fault(Fault::any().first(1).close_before_commit())
        .build();
    let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-x".into())?);
    let recorder = Recorder { inner: InMemory::new(emulator), tape: Mutex::default() };
    let recording = Client::new(api.clone(), recorder);
    let live = block_on(recording.call(List::new(Scope::Organization)))?;

    let tape = std::mem::take(&mut *lock(&recording.transport().tape));
    assert_eq!(tape.len(), 2, "a lost answer and a list");
    let replaying = Client::new(api, Player { tape: Mutex::new(tape.into_iter()) });
    let replayed = block_on(replaying.call(List::new(Scope::Organization)))?;
    assert_eq!(replayed, live);

    let beyond = block_on(replaying.call(List::new(Scope::Organization)));
    assert!(matches!(beyond, Err(certs_core::Error::Transport { .. })), "the tape has ended");
    println!("replayed {} attempts without a server", replayed.attempts);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_recorded_is_replayed() {
        super::main().unwrap();
    }
}
