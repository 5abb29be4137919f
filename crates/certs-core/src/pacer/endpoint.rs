//! The budget of one endpoint.

use std::time::Duration;

use super::recent::{Recent, WINDOW};
use super::signal::Signal;

/// How long a request waits that only another's response can let through, before it asks again.
const POLL: Duration = Duration::from_millis(20);

/// The most requests that are in flight at once while the rate is not fixed.
const MAX_IN_FLIGHT: u32 = 4;

/// Fewer accepted requests than this say nothing about the rate.
const FEWEST_LEARNED: u32 = 3;

/// The shortest wait after a refusal without a server delay; it doubles with each refusal that follows.
const SHORTEST_BACKOFF: Duration = Duration::from_secs(2);

/// The longest wait that a refusal without a server delay causes.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// The budget of one endpoint: what it allows a minute, and what of that is used.
#[derive(Debug)]
pub(super) struct EndpointPace {
    rate: Rate,
    recent: Recent,
    in_flight: u32,
    /// When the next request may start while requests are spread evenly.
    next_start: Duration,
    /// Requests are spread evenly until then, because the budget was used up.
    spread_until: Duration,
    blocked_until: Duration,
    /// Refusals since the last accepted request.
    refusals: u32,
}

/// What is known about the limit of an endpoint.
#[derive(Debug)]
enum Rate {
    /// The caller fixed it.
    Fixed(u32),
    /// Nothing was refused yet: at most `window` requests are in flight.
    Unknown { window: u32, accepted: u32 },
    /// So many were accepted in a minute when one more was refused.
    Learned(u32),
}

impl EndpointPace {
    pub(super) fn new(fixed: Option<u32>) -> Self {
        let rate = match fixed {
            Some(per_minute) => Rate::Fixed(per_minute.max(1)),
            None => Rate::Unknown { window: 1, accepted: 0 },
        };
        Self {
            rate,
            recent: Recent::default(),
            in_flight: 0,
            next_start: Duration::ZERO,
            spread_until: Duration::ZERO,
            blocked_until: Duration::ZERO,
            refusals: 0,
        }
    }

    pub(super) fn try_reserve(
        &mut self,
        blocked_until: Duration,
        now: Duration,
    ) -> Result<(), Duration> {
        let start = self.earliest_start(now).max(self.blocked_until).max(blocked_until);
        if start > now {
            return Err(start - now);
        }
        if self.in_flight >= self.max_in_flight() {
            return Err(POLL);
        }
        self.in_flight = self.in_flight.saturating_add(1);
        self.next_start = self.next_start.max(now).saturating_add(self.interval());
        Ok(())
    }

    pub(super) fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.next_start = self.next_start.saturating_sub(self.interval());
    }

    pub(super) fn finish(&mut self, signal: Signal, now: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match signal {
            Signal::Accepted { .. } => {
                self.recent.add(now, 1);
                self.refusals = 0;
                self.widen();
            }
            // It may have been counted by the server.
            Signal::Nothing => self.recent.add(now, 1),
            Signal::Refused { .. } => self.refused(now),
        }
    }

    /// Moves all that is remembered to an earlier time.
    pub(super) fn move_back(&mut self, by: Duration) {
        self.recent.move_back(by);
        for time in [&mut self.next_start, &mut self.spread_until, &mut self.blocked_until] {
            *time = time.saturating_sub(by);
        }
    }

    fn refused(&mut self, now: Duration) {
        match self.rate {
            // A fixed rate counts what is sent.
            Rate::Fixed(_) => self.recent.add(now, 1),
            Rate::Unknown { .. } => match self.recent.count(now) {
                // Others have used it up: nothing is known yet.
                0..FEWEST_LEARNED => self.rate = Rate::Unknown { window: 1, accepted: 0 },
                accepted => self.rate = Rate::Learned(accepted),
            },
            Rate::Learned(per_minute) if self.recent.count(now) < per_minute => {
                self.rate = Rate::Learned((per_minute / 2).max(1));
            }
            Rate::Learned(_) => {}
        }
        let backoff = 1u32.checked_shl(self.refusals).unwrap_or(u32::MAX);
        let interval = self.interval().max(SHORTEST_BACKOFF);
        let wait = interval.saturating_mul(backoff).min(MAX_BACKOFF);
        self.blocked_until = self.blocked_until.max(now.saturating_add(wait));
        self.refusals = self.refusals.saturating_add(1);
    }

    /// Doubles the requests in flight when as many were accepted.
    fn widen(&mut self) {
        if let Rate::Unknown { window, accepted } = &mut self.rate {
            *accepted += 1;
            if accepted >= window {
                (*window, *accepted) = (window.saturating_mul(2).min(MAX_IN_FLIGHT), 0);
            }
        }
    }

    /// When the budget allows the next request; spreads requests evenly from the moment it is used up.
    fn earliest_start(&mut self, now: Duration) -> Duration {
        let Some(per_minute) = self.per_minute() else { return now };
        let Some(others) = per_minute.checked_sub(self.in_flight.saturating_add(1)) else {
            return now.saturating_add(POLL);
        };
        let mut start = self.recent.below(others, now);
        if self.spread_until > now {
            start = start.max(self.next_start);
        }
        if start > now {
            self.spread_until = start.saturating_add(WINDOW);
            self.next_start = start;
        }
        start
    }

    fn per_minute(&self) -> Option<u32> {
        match self.rate {
            Rate::Fixed(per_minute) | Rate::Learned(per_minute) => Some(per_minute),
            Rate::Unknown { .. } => None,
        }
    }

    fn max_in_flight(&self) -> u32 {
        match self.rate {
            Rate::Fixed(_) => u32::MAX,
            Rate::Unknown { window, .. } => window,
            Rate::Learned(_) => MAX_IN_FLIGHT,
        }
    }

    /// The distance of two requests that are spread evenly.
    fn interval(&self) -> Duration {
        self.per_minute().map_or(Duration::ZERO, |per_minute| WINDOW / per_minute)
    }
}
