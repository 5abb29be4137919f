//! Pacing: how the server's rate limits are learned and respected.
//!
//! According to observations, the admin endpoints allow about 7 to 10 requests a minute each, and often refuse more
//! with a 429 that contains no delay. A [`SharedPacer`](crate::pacer::SharedPacer) finds out what is allowed:
//!
//! - It starts with one request in flight, and doubles that with each accepted round up to four.
//! - The first 429 stops all senders. The number of requests that were accepted in the minute before is the limit
//!   from then on: no minute has more requests, and they are spread evenly once the limit is used up.
//! - After that first 429, one request is sent early: after the server's own delay, or the time of one request. If it
//!   is accepted, the server refills its budget gradually, and there is no need to wait until the last minute is
//!   over.
//! - When the limit was used up for a minute and 40 requests were accepted, the limit is raised by an eighth. If
//!   that is accepted for a whole minute too, it is raised by half, and so on until the next refusal.
//! - A refusal at a rate that was allowed before means that another program uses the key: the limit is halved, and
//!   then raised by half each minute.
//! - A limit that the server states in `x-ratelimit-limit-requests` is used instead, unless a refusal shows that it
//!   is wrong.
//! - A delay that the server requires (`retry-after-ms`, `retry-after`) blocks all endpoints until then.
//!
//! A 429 that means an exhausted quota (`insufficient_quota`, or `x-should-retry: false`) is an error and does not
//! count as a refusal.
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
//! Pacers in several processes that use the same key share their budget through a
//! [`PaceStore`](crate::pacer::PaceStore), for example a file: the learned limits and the requests of the last
//! minute. A run starts with the limits that earlier runs learned in the last ten minutes.
//!
//! # What to expect
//!
//! These figures come from a simulation with three kinds of limiters. A test checks that they are current.
//!
#![doc = include_str!("pacing.md")]
