//! Retries: which requests are repeated, and when.
//!
//! Whether a request is repeated depends on the failure and on the [effect](crate::operation::Effect) of the
//! operation: a read and an idempotent change can be repeated, an upload cannot.
//!
//! | outcome | read, toggle, rename, delete | upload |
//! |---|---|---|
//! | nothing was sent, or the server did not process it; 429 | retry | retry |
//! | timeout, broken connection, 408, 409, 5xx | retry | stop: it may have been made |
//! | a response that is too large | stop | stop |
//! | an exhausted quota; any other refusal | stop | stop |
//! | `x-should-retry: true` or `false` | as the server requires | as the server requires, but not if it may have been made |
//!
//! The number of attempts and the time limits are in [`Retry`](crate::Retry). By default a call makes at most three
//! requests, waits for up to 0.5 s before the second and twice as long before each further one, up to 8 s, and takes
//! at most 60 s for one request and 300 s in total. Each wait is a random time from three quarters of its maximum on,
//! so that clients that failed together do not retry together. A delay that the server requires (`retry-after-ms`, or
//! `retry-after` in seconds or as a date) replaces this wait. If it is longer than 120 s, the call ends, and the
//! error contains it as [`server_delay`](crate::Error::server_delay). A date in a response without a `Date` header
//! counts as 8 s.
//!
//! ```
//! use std::time::Duration;
//! use certs_core::Retry;
//!
//! // For interactive use.
//! let interactive = Retry::default().with_attempts(2).with_deadline(Duration::from_secs(20));
//!
//! // For a program with a retry loop of its own.
//! let once = Retry::default().with_attempts(1);
//! ```
//!
//! Pass it to [`Client::with_retry`](crate::Client::with_retry) or to [`Call::new`](crate::call::Call::new).
//! Whatever the server requires, a call makes at most `attempts` requests and never waits beyond its `deadline`.
//!
//! # The server's rate limit
//!
//! A client with a pacer waits for the server's rate limit: see [`pacing`](crate::guide::pacing). A request that the
//! rate limit refuses is then repeated until the deadline and does not count as an attempt, because it was certainly
//! not carried out. An exhausted quota is a refusal like any other. If the rate limit allows no request before the
//! deadline, the call fails, and [`is_rate_limited`](crate::Error::is_rate_limited) is true.
