//! The slow lane of admin endpoints.

use std::collections::HashMap;

use certs_types::Timestamp;

use crate::wire::endpoint::Endpoint;

/// Lets so many requests a minute through to each endpoint.
#[derive(Debug)]
pub(crate) struct Pace {
    per_minute: u64,
    lanes: HashMap<Endpoint, Lane>,
}

/// What is left to an endpoint, in sixtieths of a request so that no second's refill is rounded.
#[derive(Debug)]
struct Lane {
    left: u64,
    at: Timestamp,
}

const REQUEST: u64 = 60;

impl Pace {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.into(), lanes: HashMap::new() }
    }

    pub(crate) fn refill(&mut self) {
        self.lanes.clear();
    }

    /// Whether a request may pass now.
    pub(crate) fn admits(&mut self, endpoint: Endpoint, now: Timestamp) -> bool {
        let full = self.per_minute * REQUEST;
        let lane = self.lanes.entry(endpoint).or_insert(Lane { left: full, at: now });
        let passed = u64::try_from(now.as_secs() - lane.at.as_secs()).unwrap_or_default();
        lane.left = full.min(lane.left.saturating_add(passed.saturating_mul(self.per_minute)));
        lane.at = now;
        match lane.left.checked_sub(REQUEST) {
            Some(left) => {
                lane.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use crate::testing::{Calls, builder, code, request};

    #[test]
    fn seven_a_minute_pass_and_the_rest_is_refused_without_a_hint() {
        let seconds = Arc::new(AtomicI64::new(1_717_200_000));
        let clock = Arc::clone(&seconds);
        let emulator = builder()
            .clock(move || clock.load(Ordering::Relaxed).try_into().unwrap())
            .admin_rate_limit(7)
            .build();
        let list = || emulator.get("/organization/certificates").0;
        let passed = |count| (0..count).filter(|_| list() == 200).count();
        assert_eq!(passed(10), 7);
        let answer = emulator.handle(request("GET", "/organization/certificates", None));
        assert_eq!(answer.status(), 429);
        assert!(!answer.headers().contains_key("retry-after"));
        assert_eq!(code(&crate::testing::json(&answer)), "rate_limit_exceeded");
        assert_eq!(emulator.get("/organization/projects").0, 200, "another endpoint, another lane");

        seconds.fetch_add(9, Ordering::Relaxed);
        assert_eq!(passed(3), 1, "one returns after 60/7 seconds");
        seconds.fetch_add(-100, Ordering::Relaxed);
        assert_eq!(passed(1), 0, "a clock put back gives nothing");
        seconds.fetch_add(1_000_000, Ordering::Relaxed);
        assert_eq!(passed(10), 7, "no more than a minute's worth is saved up");
    }
}
