//! The conformance suite for transports of [`certs_core`].
//!
//! For authors of a [`Transport`](certs_core::transport::Transport), or of its local or blocking form. The suite checks
//! what [`guide::transports`](certs_core::guide::transports) requires, over real sockets, against servers that
//! misbehave. One line makes each case a test:
//!
//! ```
//! use certs_conformance::{Requirements, Subject, block_on, conformance_suite};
//! use certs_testing::EmulatorTransport;
//!
//! struct Memory;
//!
//! impl Subject for Memory {
//!     type Transport = EmulatorTransport;
//!
//!     fn transport(&self, requirements: &Requirements) -> EmulatorTransport {
//!         requirements.emulator.clone()
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         block_on(future)
//!     }
//! }
//!
//! conformance_suite!(memory: Memory, [clock, emulator]);
//! ```
//!
//! # Groups
//!
//! | group | what its cases check |
//! |---|---|
//! | `clock` | a sleep stays in its range, and the clock is monotonic |
//! | `requests` | method, path, query, headers and body arrive unchanged, and nothing is added |
//! | `responses` | every response, of whatever status, is returned unchanged; redirects are not followed |
//! | `failures` | each failure has the correct kind, and one `send` is one request |
//! | `cancellation` | dropping a future stops sending and closes its connection |
//! | `tls` | nothing is sent to a server without a valid certificate for its name |
//! | `emulator` | a client that uses the transport works against the emulator, with and without faults |
//!
//! Leave out `tls` for a transport without TLS. For a transport without sockets use only `clock` and `emulator`. A
//! blocking transport is wrapped in [`AsLocal`](certs_core::blocking::AsLocal), and leaves out `cancellation`:
//!
//! ```
//! # use certs_conformance::{Requirements, Subject, block_on, conformance_suite};
//! # use certs_testing::EmulatorTransport;
//! use certs_core::blocking::AsLocal;
//!
//! struct Blocking;
//!
//! impl Subject for Blocking {
//!     type Transport = AsLocal<EmulatorTransport>;
//!
//!     fn transport(&self, requirements: &Requirements) -> Self::Transport {
//!         AsLocal(requirements.emulator.clone())
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         block_on(future)
//!     }
//! }
//!
//! conformance_suite!(blocking: Blocking, [clock, emulator]);
//! ```
//!
//! # Leaving out a case
//!
//! If an HTTP library cannot pass a case, leave it out by name. The rest of its group still runs, and an unknown
//! name does not compile:
//!
//! ```no_run
//! # use certs_conformance::{Requirements, Subject, block_on, conformance_suite};
//! # use certs_testing::EmulatorTransport;
//! # struct Memory;
//! # impl Subject for Memory {
//! #     type Transport = EmulatorTransport;
//! #     fn transport(&self, requirements: &Requirements) -> EmulatorTransport {
//! #         requirements.emulator.clone()
//! #     }
//! #     fn run<F: Future>(&self, future: F) -> F::Output { block_on(future) }
//! # }
//! conformance_suite!(memory: Memory, [clock, emulator], except [sleeps_within_the_delay]);
//! ```
//!
//! # Time limit
//!
//! A case that takes longer than [`CASE_TIME_LIMIT`] fails, so that a transport that hangs does not hang the tests.
//! With a transport that passes, the slowest case takes a few seconds.
//!
//! # New cases and versions
//!
//! A new case can fail a transport that passed before. Cases are therefore added, renamed and made
//! stricter only in a new minor version (0.1 to 0.2, later 1.1 to 1.2), never in a patch release. Use
//! `~` in the version requirement to choose when that happens: `certs-conformance = "~0.1"`.
//!
//! The crate is meant for tests only, and a case fails by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a case fails by panicking"
)]

mod cases;
mod emulator_server;
mod harness;
mod server;
mod subject;
mod time_limit;

pub use cases::{CASES, run_case};
pub use certs_testing::block_on;
pub use subject::{Requirements, Subject};
pub use time_limit::CASE_TIME_LIMIT;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
