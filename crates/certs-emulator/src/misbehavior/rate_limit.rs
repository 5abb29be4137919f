//! The rate limit of admin endpoints.

use std::collections::HashMap;

use certs_types::Timestamp;

use crate::wire::endpoint::Endpoint;

/// Limits the requests to each endpoint in a minute.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    per_minute: u64,
    buckets: HashMap<Endpoint, Bucket>,
}

/// The token bucket of an endpoint.
#[derive(Debug)]
struct Bucket {
    /// In sixtieths of a request, so that the refill of a second is a whole number.
    available: u64,
    refilled_at: Timestamp,
}

/// The cost of a request in a bucket.
const REQUEST: u64 = 60;

impl RateLimiter {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.into(), buckets: HashMap::new() }
    }

    /// Fills all buckets.
    pub(crate) fn reset(&mut self) {
        self.buckets.clear();
    }

    /// Takes a request from the bucket of the endpoint, or returns false if it has none left.
    pub(crate) fn try_acquire(&mut self, endpoint: Endpoint, now: Timestamp) -> bool {
        let capacity = self.per_minute * REQUEST;
        let full = Bucket { available: capacity, refilled_at: now };
        let bucket = self.buckets.entry(endpoint).or_insert(full);
        let elapsed = now.as_secs() - bucket.refilled_at.as_secs();
        let refill = u64::try_from(elapsed).unwrap_or_default().saturating_mul(self.per_minute);
        bucket.available = capacity.min(bucket.available.saturating_add(refill));
        bucket.refilled_at = now;
        let rest = bucket.available.checked_sub(REQUEST);
        bucket.available = rest.unwrap_or(bucket.available);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use crate::testing::{Calls, builder, code, request};

    #[test]
    fn limits_each_endpoint_and_sends_no_retry_after() {
        let seconds = Arc::new(AtomicI64::new(1_717_200_000));
        let clock = Arc::clone(&seconds);
        let emulator = builder()
            .clock(move || clock.load(Ordering::Relaxed).try_into().unwrap())
            .admin_rate_limit(7)
            .build();
        let list = || emulator.get("/organization/certificates").0;
        let accepted = |count| (0..count).filter(|_| list() == 200).count();
        assert_eq!(accepted(10), 7);
        let response = emulator.handle(request("GET", "/organization/certificates", None));
        assert_eq!(response.status(), 429);
        assert!(!response.headers().contains_key("retry-after"));
        assert_eq!(code(&crate::testing::json(&response)), "rate_limit_exceeded");
        assert_eq!(
            emulator.get("/organization/projects").0,
            200,
            "each endpoint has its own bucket"
        );

        seconds.fetch_add(9, Ordering::Relaxed);
        assert_eq!(accepted(3), 1, "one is refilled after 60/7 seconds");
        seconds.fetch_add(-100, Ordering::Relaxed);
        assert_eq!(accepted(1), 0, "a clock that goes back refills nothing");
        seconds.fetch_add(1_000_000, Ordering::Relaxed);
        assert_eq!(accepted(10), 7, "the bucket contains at most a minute's worth");
    }
}
