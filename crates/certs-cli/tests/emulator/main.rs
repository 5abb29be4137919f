//! `certs emulator` as a process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy recognizes tests by their attribute, and not their helpers"
)]

mod kills;
mod log;
mod process;
mod readme;
mod rehearsal;
mod server;
