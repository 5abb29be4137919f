//! Keeping below the server's rate limits, as a state machine without a clock.
//!
//! The admin endpoints allow about 7 to 10 requests a minute each, and refuse more with a 429 that often
//! does not say how long to wait. So a rate belongs to an endpoint, while a delay that the server asks for
//! blocks all of them.
//!
//! # Why not the rate limiter of the AWS SDK
//!
//! `aws-smithy-runtime` has a client rate limiter too. It is off until the first throttling error, measures how
//! fast requests were *sent* in half-second buckets, cuts that by 30 % at each refusal and grows it again as
//! a cubic function of the time since. It is made for thousands of requests a second, where a refusal costs
//! little and the rate is a continuous quantity; its rate never goes below 30 requests a minute. Here a minute has
//! seven requests: one refusal in it is already 14 %, no measurement over half a second means anything, and whether
//! the eighth is allowed depends on all of the last minute. So this pacer counts what was *accepted* in the
//! last minute, treats that as the limit, and never sends more in any minute until a single additional request shows
//! that more is allowed.

mod endpoint;
mod recent;
mod shared;
mod signal;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::endpoint::Endpoint;

use endpoint::EndpointPace;
use signal::Signal;

pub use shared::{InFlight, Reservation, SharedPacer};

/// The budgets of all endpoints of one key.
#[derive(Debug)]
struct Pacer {
    /// The rate that the caller fixed, in requests a minute.
    fixed: Option<u32>,
    endpoints: BTreeMap<&'static str, EndpointPace>,
    blocked_until: Duration,
    /// The latest time that was given.
    latest: Duration,
}

/// Threads that read the clock one after the other may take the lock in another order. A clock that is further
/// behind than this was set back.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

impl Pacer {
    fn new(fixed: Option<u32>) -> Self {
        Self {
            fixed,
            endpoints: BTreeMap::new(),
            blocked_until: Duration::ZERO,
            latest: Duration::ZERO,
        }
    }

    /// Reserves a request that may be sent now, or returns how long to wait before asking again.
    fn try_reserve(&mut self, endpoint: &'static Endpoint, now: Duration) -> Result<(), Duration> {
        let now = self.advance(now);
        let blocked_until = self.blocked_until;
        self.pace(endpoint).try_reserve(blocked_until, now)
    }

    /// Takes back a reservation whose request was not sent.
    fn release(&mut self, endpoint: &'static Endpoint) {
        self.pace(endpoint).release();
    }

    /// Records what became of a request that was sent.
    fn finish(&mut self, endpoint: &'static Endpoint, signal: Signal, now: Duration) {
        let now = self.advance(now);
        if let Some(delay) = signal.server_delay() {
            self.blocked_until = self.blocked_until.max(now.saturating_add(delay));
        }
        self.pace(endpoint).finish(signal, now);
    }

    /// Records that the outcome of a request that was sent will never be known.
    fn abandon(&mut self, endpoint: &'static Endpoint) {
        let now = self.latest;
        self.pace(endpoint).finish(Signal::Nothing, now);
    }

    fn pace(&mut self, endpoint: &'static Endpoint) -> &mut EndpointPace {
        let fixed = self.fixed;
        self.endpoints.entry(endpoint.operation_id).or_insert_with(|| EndpointPace::new(fixed))
    }

    /// The time to calculate with. When the clock was set back, all that is remembered moves back with it, so that nobody
    /// waits for the clock to catch up.
    fn advance(&mut self, now: Duration) -> Duration {
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
