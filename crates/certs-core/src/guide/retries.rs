//! Retries.
//!
//! Whether a request is sent again depends on the failure and on the [effect](crate::operation::Effect) of
//! the operation: a read and a change of state can be repeated, an upload cannot.
//!
//! | outcome | read, toggle, rename, delete | upload |
//! |---|---|---|
//! | nothing was sent, or the server did not process it; 429 | again | again |
//! | timeout, broken connection, 408, 409, 5xx | again | stop: it may have been done |
//! | a response that is too large | stop | stop |
//! | a quota that is used up; any other refusal | stop | stop |
//! | `x-should-retry: true` or `false` | as the server requires | as the server requires, but never where it may have been done |
//!
//! The bounds are numbers, in [`Retry`](crate::Retry): by default three requests, waits of half a second
//! that double up to eight, sixty seconds a request and five minutes in all. A wait is a range, of which a
//! random part is waited, so that callers who failed together do not retry together. When the server
//! requires a wait (`retry-after-ms`, `retry-after` in seconds or as a date), that is the wait; when it
//! requires more than two minutes, the call ends with that [`server_delay`](crate::Error::server_delay). A
//! date without a `Date` to measure it against counts as the longest of our own waits.
//!
//! ```
//! use std::time::Duration;
//! use certs_core::Retry;
//!
//! // For a person who waits in front of a screen.
//! let interactive = Retry::default().with_attempts(2).with_deadline(Duration::from_secs(20));
//!
//! // For a program with a retry loop of its own.
//! let once = Retry::default().with_attempts(1);
//! ```
//!
//! Give it to [`Client::with_retry`](crate::Client::with_retry) or to [`Call::new`](crate::call::Call::new).
//! Whatever the server requires, a call makes at most `attempts` requests and never waits beyond its
//! `deadline`.
//!
//! # The server's rate
//!
//! A client with a pacer waits for the server's rate: see [`pacing`](crate::guide::pacing). A 429 that means a
//! rate is then repeated until the deadline and is no attempt, since it was certainly not carried out; a quota that
//! is used up is a refusal like any other. Waiting is part of the deadline: where the rate limit allows no request
//! before it, the call ends with [`is_rate_limited`](crate::Error::is_rate_limited).
