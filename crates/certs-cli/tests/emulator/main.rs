//! `certs emulator` as its users start it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

mod kills;
mod process;
mod rehearsal;
mod server;
