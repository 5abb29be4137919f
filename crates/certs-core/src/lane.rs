//! The pacer that the clones of a client share, and the places they take.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Call, Endpoint, Operation, Pacer};

/// A pacer, if there is one, for whoever comes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lane(Option<Arc<Mutex<Pacer>>>);

impl Lane {
    pub(crate) fn of(pacer: Pacer) -> Self {
        Self(Some(Arc::new(Mutex::new(pacer))))
    }

    /// Takes the next place.
    pub(crate) fn reserve(&self, endpoint: &'static Endpoint, now: Duration) -> Place<'_> {
        let wait = self.pacer().map_or(Duration::ZERO, |mut pacer| pacer.reserve(endpoint, now));
        Place { lane: Some(self), endpoint, wait }
    }

    /// Takes the next place for a call that goes on, and lets the pacer know what the server said to it.
    pub(crate) fn reserve_again<O: Operation>(&self, call: &Call<O>, now: Duration) -> Place<'_> {
        if let Some(mut pacer) = self.pacer() {
            match call.server_delay() {
                Some(wait) => pacer.hold(wait, now),
                None if call.was_too_many() => pacer.drain(call.endpoint(), now),
                None => {}
            }
        }
        self.reserve(call.endpoint(), now)
    }

    /// How much longer the server wants nobody to come.
    pub(crate) fn held(&self, now: Duration) -> Duration {
        self.pacer().map_or(Duration::ZERO, |pacer| pacer.held(now))
    }

    fn pacer(&self) -> Option<MutexGuard<'_, Pacer>> {
        // A pacer is whole at every moment, whatever happened to the thread that held it.
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place and how long it is until then. Given back when it is dropped before it was taken: a call that
/// is no longer awaited must not keep others waiting.
pub(crate) struct Place<'a> {
    lane: Option<&'a Lane>,
    endpoint: &'static Endpoint,
    pub(crate) wait: Duration,
}

impl Place<'_> {
    pub(crate) fn take(mut self) {
        self.lane = None;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(mut pacer) = self.lane.and_then(Lane::pacer) {
            pacer.release(self.endpoint);
        }
    }
}
