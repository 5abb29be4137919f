//! Signals and the deadline stop the command: a change in flight is awaited, and nothing new is started.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::{Changed, Error};
use crate::exit::Exit;

/// How long a change in flight is awaited after a signal.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Whether and why the command is to stop. Clones share the state.
#[derive(Clone)]
pub(crate) struct Stop(Arc<watch::Sender<Option<Reason>>>);

impl Stop {
    /// Listens for signals from now on, on the current runtime.
    ///
    /// # Errors
    ///
    /// When the signal handlers cannot be installed.
    pub(crate) fn on_signals() -> Result<Self, Error> {
        let mut signals = Signals::new().map_err(|error| {
            Error::with_source(Exit::Unreachable, "signals cannot be received", &error)
        })?;
        let stop = Self::never();
        let sender = stop.0.clone();
        tokio::spawn(async move {
            let signal = signals.next().await;
            sender.send_replace(Some(Reason::Signal(signal)));
        });
        Ok(stop)
    }

    /// Also stops the command after this time.
    pub(crate) fn after(&self, time: Duration) {
        let sender = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            sender.send_if_modified(|reason| {
                let is_first = reason.is_none();
                reason.get_or_insert(Reason::Deadline);
                is_first
            });
        });
    }

    /// Never stops the command: signals have their default effect.
    pub(crate) fn never() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Why to stop, if there is a reason.
    pub(crate) fn reason(&self) -> Option<Reason> {
        *self.0.borrow()
    }

    /// Waits for a reason to stop.
    pub(crate) async fn requested(&self) {
        // `self` keeps the sender alive, so the channel is never closed.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

/// Why the command is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Signal(Signal),
    /// The time of `--timeout` is over.
    Deadline,
}

/// A signal that requests the end of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    HangUp,
    Interrupt,
    Quit,
    Terminate,
}

impl Signal {
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::HangUp => Exit::HungUp,
            Self::Interrupt => Exit::Interrupted,
            Self::Quit => Exit::Quit,
            Self::Terminate => Exit::Terminated,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "Ctrl-C",
            Self::Quit => "SIGQUIT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// The outcome of the command, replaced by the signal that stopped it unless the outcome of a change is unknown.
///
/// `has_changed` is whether the server accepted a change from this command.
pub(crate) fn resolve<T>(
    outcome: Result<T, Error>,
    stop: &Stop,
    has_changed: bool,
) -> Result<T, Error> {
    let outcome = outcome.map_err(|error| {
        if has_changed && error.changed() == Changed::No {
            error.with_changed(Changed::Yes)
        } else {
            error
        }
    });
    let Some(Reason::Signal(signal)) = stop.reason() else { return outcome };
    let how = format!("stopped by {}", signal.name());
    Err(match outcome {
        Err(error) => error.stopped_by(signal.exit(), &how),
        Ok(_) if has_changed => {
            Error::new(signal.exit(), format!("{how}: the change was already made"))
                .with_changed(Changed::Yes)
        }
        Ok(_) => Error::new(signal.exit(), how),
    })
}

/// The signals as they arrive.
pub(crate) struct Signals {
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    quit: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens for signals from now on.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.quit.recv() => Signal::Quit,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
