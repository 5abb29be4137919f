//! One test binary over all crates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

mod blocking;
mod concurrency;
mod conformance;
mod embedding;
mod faults;
mod http2;
mod printing;
mod service;
mod support;
mod tls;
mod walkthrough;
