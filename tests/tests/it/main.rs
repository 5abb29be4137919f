//! One test binary over all crates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

mod answers;
mod blocking;
mod calls;
mod conformance;
mod embedding;
mod faults;
mod fixtures;
mod http2;
mod lists;
mod requests;
mod rivals;
mod service;
mod support;
mod tls;
mod wire;
mod words;
