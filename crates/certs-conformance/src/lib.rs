//! The exam that every transport of [`certs_core`] sits, and a transport that calls the emulator in
//! memory.
//!
//! For everyone who writes a [`Transport`]: what the trait asks for in words, the exam asks for in
//! deeds, over real sockets, against servers that misbehave. One line makes each of its cases a test
//! of its own:
//!
//! ```
//! use certs_conformance::{Candidate, InMemory, Terms};
//!
//! struct Memory;
//!
//! impl Candidate for Memory {
//!     type Transport = InMemory;
//!
//!     fn transport(&self, terms: &Terms) -> InMemory {
//!         InMemory::new(terms.emulator.clone())
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         certs_conformance::block_on(future)
//!     }
//! }
//!
//! certs_conformance::exam!(memory: Memory, [clock, emulator]);
//! ```
//!
//! | group | what it asks |
//! |---|---|
//! | `clock` | pauses keep to their range, and the clock never runs backwards |
//! | `requests` | method, path, query, headers and body arrive byte for byte, and nothing is added |
//! | `answers` | every answer, of whatever status, comes back byte for byte; redirects are not followed |
//! | `failures` | each failure is told by its true kind, and one `send` is one request |
//! | `cancellation` | a dropped future sends nothing more and leaves no connection behind |
//! | `tls` | a server that cannot prove who it is gets to read nothing |
//! | `emulator` | the client over the transport against the emulator, sound and under faults |
//!
//! A transport that blocks leaves `cancellation` out, one without a socket sits `clock` and
//! `emulator`. The crate is for tests: it will never be part of a client, and it fails by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "an exam is failed by panicking"
)]

mod block_on;
mod cases;
mod host;
mod memory;
mod script;
mod seat;

use certs_core::Transport;
use certs_emulator::Emulator;

pub use block_on::block_on;
pub use cases::{CASES, sit};
pub use memory::InMemory;

/// What sits the exam: how its transport is made, and how futures are run for it.
pub trait Candidate: Sync {
    /// The transport that is examined.
    type Transport: Transport + Send + Sync;

    /// Makes a transport that keeps to these terms.
    fn transport(&self, terms: &Terms) -> Self::Transport;

    /// Runs a future to its end, also when other threads do so at the same time.
    ///
    /// A transport of an async runtime runs it there. For any other, [`block_on`] will do.
    fn run<F: Future>(&self, future: F) -> F::Output;
}

/// What a case asks of the transport that it examines.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Terms {
    /// The largest body of an answer that it takes, in bytes; may be `usize::MAX`.
    pub max_response_size: usize,
    /// The only authority that it trusts, in PEM; `None` where nobody speaks TLS.
    pub authority: Option<String>,
    /// What answers in the cases of the group `emulator`. It is there behind a socket as well, so only
    /// a transport without a socket looks at this.
    pub emulator: Emulator,
}

impl Default for Terms {
    fn default() -> Self {
        let emulator = Emulator::builder().admin_key(seat::KEY).build();
        Self { max_response_size: 8 * 1024 * 1024, authority: None, emulator }
    }
}
