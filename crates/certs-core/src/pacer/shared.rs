//! The pacer that clones of a client share, and its reservations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Response;

use super::Pacer;
use super::signal::Signal;
use super::state::PaceStore;
use crate::endpoint::Endpoint;
use crate::error::TransportError;

/// Spreads requests over time so that the server's rate limit refuses as few as possible.
///
/// Clones share one budget. Give a clone of the same pacer to all clients that use the same key:
/// [`Client::with_pacer`](crate::Client::with_pacer).
///
/// Without a [`Client`](crate::Client), the caller passes the time, as a duration since some fixed moment, like
/// [`Transport::now`](crate::transport::Transport::now):
///
/// ```
/// use std::time::Duration;
/// use certs_core::http::Response;
/// use certs_core::operation::Endpoint;
/// use certs_core::pacer::SharedPacer;
///
/// static LIST: Endpoint = Endpoint::get("list-projects", "/organization/projects");
/// let pacer = SharedPacer::fixed(2);
/// let mut now = Duration::ZERO;
/// for _ in 0..2 {
///     let reservation = pacer.try_reserve(&LIST, now).map_err(|_| "the budget is not used up")?;
///     let in_flight = reservation.start();
///     // Send the request here.
///     in_flight.finish(&Ok(Response::new("")), now);
/// }
///
/// let Err(wait) = pacer.try_reserve(&LIST, now) else { panic!("two a minute, and no third") };
/// now += wait;
/// assert!(pacer.try_reserve(&LIST, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SharedPacer(Arc<Mutex<Pacer>>);

impl SharedPacer {
    /// Finds out how many requests a minute the server allows to each endpoint.
    ///
    /// [`guide::pacing`](crate::guide::pacing) describes how.
    #[must_use]
    pub fn auto() -> Self {
        Self::of(Pacer::new(None))
    }

    /// Sends at most `per_minute` requests in any minute to each endpoint; 0 counts as 1.
    ///
    /// After an idle minute, `per_minute` requests may be sent at once. The next ones are spread evenly.
    #[must_use]
    pub fn fixed(per_minute: u32) -> Self {
        Self::of(Pacer::new(Some(per_minute)))
    }

    /// Shares the budget with other processes and later runs that use the same key and the same store.
    ///
    /// `name` must be different for each pacer that uses the store. The store is read and written when a request is
    /// reserved and when its outcome is known. All clones use it.
    #[must_use]
    pub fn with_store(self, store: impl PaceStore + 'static, name: impl Into<String>) -> Self {
        self.pacer().store = Some((Arc::new(store), name.into()));
        self
    }

    /// Reserves a request to this endpoint that may be sent now.
    ///
    /// # Errors
    ///
    /// The minimum time to wait before trying again, never zero. Nothing is reserved meanwhile, so a caller that waits
    /// may be overtaken.
    pub fn try_reserve(
        &self,
        endpoint: &'static Endpoint,
        now: Duration,
    ) -> Result<Reservation, Duration> {
        self.pacer().try_reserve(endpoint, now)?;
        Ok(Reservation { unused: Some(self.clone()), endpoint, at: now })
    }

    fn of(pacer: Pacer) -> Self {
        Self(Arc::new(Mutex::new(pacer)))
    }

    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        // Nothing in the pacer panics, so its state is consistent even if a thread panicked with the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to send one request now, from [`SharedPacer::try_reserve`].
///
/// If it is dropped before [`start`](Self::start), the reservation is released.
#[derive(Debug)]
#[must_use = "the reserved request is released when this is dropped"]
pub struct Reservation {
    /// `None` when the request was sent.
    unused: Option<SharedPacer>,
    endpoint: &'static Endpoint,
    at: Duration,
}

impl Reservation {
    /// Uses the reservation. Call this immediately before the request is sent.
    pub fn start(mut self) -> InFlight {
        InFlight { unfinished: self.unused.take(), endpoint: self.endpoint, started: self.at }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(pacer) = self.unused.take() {
            pacer.pacer().release(self.endpoint);
        }
    }
}

/// A request in flight, whose outcome the pacer does not know yet.
///
/// If it is dropped before [`finish`](Self::finish), the request counts as sent.
#[derive(Debug)]
#[must_use = "the pacer learns from the outcome"]
pub struct InFlight {
    /// `None` when the outcome was reported.
    unfinished: Option<SharedPacer>,
    endpoint: &'static Endpoint,
    started: Duration,
}

impl InFlight {
    /// Reports the outcome of the request, which was known at the time `now`.
    pub fn finish<B: AsRef<[u8]>>(
        mut self,
        outcome: &Result<Response<B>, TransportError>,
        now: Duration,
    ) {
        if let Some(pacer) = self.unfinished.take() {
            pacer.pacer().finish(self.endpoint, Signal::of(outcome), self.started, now);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(pacer) = self.unfinished.take() {
            pacer.pacer().abandon(self.endpoint);
        }
    }
}
