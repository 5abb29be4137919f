//! The laws of certs-types.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy recognizes a test by its attribute and would refuse the helpers of one"
)]

mod fixtures;
mod messages;
mod round_trips;
