//! The laws of certs-core, over transports that need no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy recognizes a test by its attribute and would refuse the helpers of one"
)]

mod calls;
mod confirmation;
mod debug;
mod events;
mod lists;
mod lost_uploads;
mod pacing;
mod printing;
mod request_ids;
mod requests;
mod responses;
mod support;
mod transports;
