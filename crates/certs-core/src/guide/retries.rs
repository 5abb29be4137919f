//! Retries, and how to keep below a rate.
//!
//! What is sent again depends on what went wrong and on what the operation
//! [does](crate::operation::Effect): reading and setting a state can be repeated, an upload cannot.
//!
//! | met | read, toggle, rename, delete | upload |
//! |---|---|---|
//! | nothing was sent; 429 | again | again |
//! | timeout, broken connection, 408, 409, 5xx | again | stop: it may have been done |
//! | an answer that is too large | stop | stop |
//! | a quota that is used up; any other refusal | stop | stop |
//! | `x-should-retry: true` or `false` | as the server says | as the server says, but never where it may have been done |
//!
//! The bounds are numbers, in [`Retry`](crate::Retry): by default three requests, waits of half a second
//! that double up to eight, sixty seconds a request and five minutes in all. A wait is a range, its
//! upper quarter, so that callers who failed together do not come back together. When the server
//! names a time (`retry-after-ms`, `retry-after` in seconds or as a date) that is the wait; asks it for
//! more than two minutes, the call ends and [`server_delay`](crate::Error::server_delay) tells.
//!
//! ```
//! use std::time::Duration;
//! use certs_core::Retry;
//!
//! // For a person who waits in front of a screen.
//! let mut impatient = Retry::default();
//! impatient.attempts = 2;
//! impatient.deadline = Duration::from_secs(20);
//!
//! // For whoever has a retry loop already.
//! let mut once = Retry::default();
//! once.attempts = 1;
//! ```
//!
//! Give it to [`Client::with_retry`](crate::Client::with_retry) or to [`Call::new`](crate::call::Call::new).
//! Whatever the server says, a call makes no more than `attempts` requests and asks for no wait beyond
//! its `deadline`.
//!
//! # The server's rate
//!
//! A client with a pacer waits for the server's rate: see [`pacing`](crate::guide::pacing). A 429 that means a
//! rate is then repeated until the deadline and is no attempt, since it was certainly not carried out; a quota that
//! is used up is a refusal like any other. Waiting is part of the deadline: where the rate limit allows no request
//! before it, the call ends with [`is_rate_limited`](crate::Error::is_rate_limited).
