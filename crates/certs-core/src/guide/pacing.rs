//! The server's rate limits, and how a pacer finds and keeps them.
//!
//! The admin endpoints allow about 7 to 10 requests a minute each, as far as was observed, and often refuse more
//! with a 429 that does not say how long to wait. A [`SharedPacer`](crate::pacer::SharedPacer) finds out what is allowed:
//!
//! - It starts with one request in flight, and doubles that with each accepted round up to four.
//! - The first 429 stops all senders. What was accepted in the minute before it is the limit from then on: no
//!   minute has more requests, and they are spread evenly once the limit is used up.
//! - After that first 429, one request is sent early: after the server's own delay, or the time of one request. If it is
//!   accepted, the server refills its budget gradually, and there is no need to wait until the last minute is over.
//! - When the limit was used up for a minute and 40 requests were accepted, an eighth more is tried. If that is
//!   accepted for a whole minute too, half as much again follows, until the next refusal.
//! - A refusal at what was allowed before means that somebody else uses the key: the limit is halved, and then raised
//!   again by half each minute.
//! - A limit that the server states in `x-ratelimit-limit-requests` is kept to instead, unless a refusal refutes it.
//! - A delay that the server asks for (`retry-after-ms`, `retry-after`) blocks all endpoints until then.
//!
//! A 429 that means a quota (`insufficient_quota`, or `x-should-retry: false`) is an error and says nothing about the rate.
//!
//! ```
//! use certs_core::pacer::SharedPacer;
//! use certs_core::transport::Transport;
//! use certs_core::{Api, Client};
//!
//! fn paced<T: Transport>(api: Api, transport: T) -> Client<T> {
//!     Client::new(api, transport).with_pacer(SharedPacer::auto())
//! }
//! ```
//!
//! # Several processes
//!
//! Pacers in several processes that use the same key share their budget through a [`PaceStore`](crate::pacer::PaceStore), for
//! example a file: the limits that they learned and the requests of the last minute. A later run begins with
//! what earlier ones learned, for up to ten minutes.
//!
//! # What to expect
//!
//! These figures come from a simulation against three kinds of limiters; a test keeps them current.
//!
#![doc = include_str!("pacing.md")]
