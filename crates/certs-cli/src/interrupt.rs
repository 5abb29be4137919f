//! A change that is interrupted: the person is told what is known.

use std::io;

use certs_core::Client;
use tokio::select;

use crate::failure::{Exit, Failure};
use crate::wire::Wire;

/// Carries out a change; when it is interrupted, says whether anything may have been changed.
pub(crate) async fn guard<T>(
    client: &Client<Wire>,
    change: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut signals = Signals::new().map_err(|error| {
        Failure::with_source(Exit::Unreachable, "signals cannot be heard", &error)
    })?;
    select! {
        outcome = change => outcome,
        () = signals.next() => Err(match client.transport().may_have_acted() {
            true => Failure::new(Exit::Unknown, "interrupted while the server was asked"),
            false => Failure::usage("interrupted: nothing was changed"),
        }),
    }
}

/// The signals that ask a process to end.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Hears signals from now on.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    pub(crate) async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
