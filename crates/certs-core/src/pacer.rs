//! Pacing: spreads requests over time, so that the server's rate limits refuse few.
//!
//! The admin endpoints allow about 7 to 10 requests a minute each, and refuse more with a 429 that often
//! contains no delay. So each endpoint has a rate of its own, while a delay that the server requires blocks all
//! endpoints.
//!
//! # Why not the rate limiter of the AWS SDK
//!
//! `aws-smithy-runtime` has a client rate limiter too. It is off until the first throttling error, measures how
//! fast requests were *sent* in half-second buckets, cuts that by 30 % at each refusal and grows it again as
//! a cubic function of time. It is made for thousands of requests a second, where a refusal costs
//! little and the rate is a continuous quantity; its rate never goes below 30 requests a minute. Here a minute has
//! seven requests: one refusal is 14 % of them, a measurement over half a second means nothing, and whether the
//! eighth is allowed depends on the whole last minute. So this pacer counts what was *accepted* in the last minute,
//! treats that as the limit, and tries more only after the limit was used up without a refusal.

mod endpoint;
mod limit;
mod recent;
mod shared;
mod signal;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::Endpoint;

use endpoint::EndpointPace;
use limit::Limit;
use signal::Signal;
use state::Clocks;

pub use shared::{InFlight, Reservation, SharedPacer};
pub use state::{PaceState, PaceStore};

/// Threads may take the lock in another order than they read the clock. A clock that is further behind than this
/// was set back.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

/// The first time, which leaves room for what other processes did before this one started.
const START: Duration = Duration::from_secs(60 * 60);

/// The budgets of all endpoints of one key.
#[derive(Debug)]
struct Pacer {
    /// The fixed rate, in requests a minute.
    fixed: Option<u32>,
    endpoints: BTreeMap<&'static str, EndpointPace>,
    blocked_until: Duration,
    /// The latest time so far.
    latest: Duration,
    /// The store that is shared with other processes, and the name of this pacer in it.
    store: Option<(Arc<dyn PaceStore>, String)>,
}

impl Pacer {
    fn new(fixed: Option<u32>) -> Self {
        Self {
            fixed,
            endpoints: BTreeMap::new(),
            blocked_until: Duration::ZERO,
            latest: START,
            store: None,
        }
    }

    /// Reserves a request that may be sent now, or returns how long to wait before trying again.
    fn try_reserve(&mut self, endpoint: &'static Endpoint, now: Duration) -> Result<(), Duration> {
        let now = self.advance(now);
        // The store is read only if this pacer itself allows the request.
        self.reserve_alone(endpoint, now)?;
        if self.store.is_none() {
            return Ok(());
        }
        self.release(endpoint);
        self.share(now, |pacer| pacer.reserve_alone(endpoint, now))
    }

    /// Takes back a reservation whose request was not sent.
    fn release(&mut self, endpoint: &'static Endpoint) {
        self.pace(endpoint).release();
    }

    /// Records the outcome of a request that was sent.
    fn finish(
        &mut self,
        endpoint: &'static Endpoint,
        signal: Signal,
        started: Duration,
        now: Duration,
    ) {
        let now = self.advance(now);
        let started = started.saturating_add(START);
        self.share(now, |pacer| {
            if let Some(delay) = signal.server_delay {
                pacer.blocked_until = pacer.blocked_until.max(now.saturating_add(delay));
            }
            pacer.pace(endpoint).finish(signal, started, now);
        });
    }

    /// Records that the outcome of a request that was sent will never be known.
    fn abandon(&mut self, endpoint: &'static Endpoint) {
        let now = self.latest;
        self.pace(endpoint).finish(Signal::UNKNOWN, now, now);
    }

    fn reserve_alone(
        &mut self,
        endpoint: &'static Endpoint,
        now: Duration,
    ) -> Result<(), Duration> {
        let blocked_until = self.blocked_until;
        self.pace(endpoint).try_reserve(blocked_until, now)
    }

    /// Makes a change after reading the shared state, and writes the new state.
    fn share<R>(&mut self, now: Duration, mut change: impl FnMut(&mut Self) -> R) -> R {
        let Some((store, own)) = self.store.clone() else { return change(self) };
        let mut result = None;
        store.update(&mut |mut state, unix| {
            let clocks = Clocks { now, unix };
            self.import(&state, &own, clocks);
            if result.is_none() {
                result = Some(change(self));
            }
            self.export(&mut state, &own, clocks);
            state
        });
        result.unwrap_or_else(|| change(self))
    }

    fn import(&mut self, state: &PaceState, own: &str, clocks: Clocks) {
        self.blocked_until = self.blocked_until.max(state.blocked_until(clocks));
        for (name, pace) in &mut self.endpoints {
            if let Some(endpoint) = state.endpoints.get(*name) {
                pace.import(endpoint, own, clocks);
            }
        }
    }

    fn export(&self, state: &mut PaceState, own: &str, clocks: Clocks) {
        state.block_until(self.blocked_until, clocks);
        for (name, pace) in &self.endpoints {
            let endpoint = state.endpoints.entry((*name).to_owned()).or_default();
            endpoint.contribute(own, pace.contribution(clocks.now), clocks);
        }
        state.forget_expired(clocks);
    }

    fn pace(&mut self, endpoint: &'static Endpoint) -> &mut EndpointPace {
        let limit = || self.fixed.map_or_else(Limit::unknown, Limit::fixed);
        let pace = self.endpoints.entry(endpoint.operation_id);
        pace.or_insert_with(|| EndpointPace::new(limit()))
    }

    /// The time for calculations. If the clock was set back, all recorded times move back with it, so that no call
    /// waits for the clock to catch up.
    fn advance(&mut self, now: Duration) -> Duration {
        let now = now.saturating_add(START);
        let behind = self.latest.saturating_sub(now);
        if behind <= CLOCK_TOLERANCE {
            self.latest = self.latest.max(now);
        } else {
            self.latest = now;
            self.blocked_until = self.blocked_until.saturating_sub(behind);
            self.endpoints.values_mut().for_each(|pace| pace.move_back(behind));
        }
        self.latest
    }
}
