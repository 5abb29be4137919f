//! The OpenAI *certificates* administration API as a function over a state, and a server in front
//! of it.
//!
//! It is for developers of tools around certificates, because a mistake in the real organization
//! locks people out. The emulator does not replay recorded responses. It implements the rules:
//! toggles are atomic and idempotent, an upload is parsed as X.509, and a certificate can be deleted
//! only while it is active nowhere.
//!
//! It never contacts the real API. The table in [`fidelity`] lists which behavior is documented,
//! observed or assumed.
//!
//! ```
//! use certs_emulator::http::{self, Request};
//! use certs_emulator::{Emulator, Endpoint, Fault};
//!
//! let emulator = Emulator::builder()
//!     .admin_key("sk-admin-test")
//!     .fault(Fault::on(Endpoint::ListProjects).nth(2).close_after_commit())
//!     .build();
//! let list = || {
//!     let request = Request::get("/v1/organization/projects");
//!     request.header("authorization", "Bearer sk-admin-test").body("")
//! };
//! assert_eq!(emulator.handle(list()?).status(), 200);
//! // The second response is lost, which `handle` returns as 502, like a proxy.
//! assert_eq!(emulator.handle(list()?).status(), 502);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! | use it as | with |
//! |---|---|
//! | a function | [`Emulator::handle`]: takes a request, returns a response |
//! | a replacement for the network | [`Emulator::exchange`]: can also delay, truncate or prevent the response |
//! | a server | [`Emulator::bind`], [`serve`](Emulator::serve), [`serve_tls`](Emulator::serve_tls); dropping the [`Server`] stops it |
//! | a server for tests in [other languages](other_languages) | the command `certs emulator` and its [management API](Emulator::manage) |
//! | a place to practice a rotation | the [`rehearsal`], which includes the outages |
//!
//! - **Reproducible**: ids derive from a [seed](Builder::seed), and the time comes from a
//!   [clock](Builder::clock) that you can set.
//! - **Misbehavior**: [`Fault`]s, a [rate limit](Builder::admin_rate_limit), and changes that become
//!   visible only after a [delay](Propagation).
//! - **Inspection**: a [`Snapshot`] of the state, and a [journal](Emulator::journal) of requests.
//!
//! | feature | |
//! |---|---|
//! | `server` (default) | the server; without it the emulator is a function |
//! | `pki` (part of `server`) | the module `pki`: certificates for tests |
//!
//! Keys and PEM texts do not appear in the journal, or in the `Debug` output of an emulator or a
//! snapshot.
#![cfg_attr(
    not(feature = "server"),
    allow(dead_code, reason = "some internals serve only the server")
)]

mod assumptions;
mod builder;
mod emulator;
pub mod fidelity;
mod journal;
mod lock;
mod management;
mod misbehavior;
#[cfg(test)]
mod model;
mod mtls;
mod operations;
#[cfg(feature = "pki")]
pub mod pki;
#[doc = include_str!("../TESTING.md")]
pub mod other_languages {}
#[doc = include_str!("../REHEARSAL.md")]
pub mod rehearsal {}
mod rng;
#[cfg(feature = "server")]
mod server;
mod settings;
mod state;
#[cfg(test)]
mod testing;
mod wire;

pub use assumptions::{Assumptions, CertificateRules};
pub use builder::Builder;
/// Re-exported for the bodies of requests and responses.
pub use bytes;
/// Re-exported for ids and times.
pub use certs_types as types;
pub use emulator::Emulator;
/// Re-exported for requests and responses.
pub use http;
pub use journal::JournalEntry;
pub use misbehavior::fault::{Ending, Fault, Outcome};
pub use mtls::ClientCertificates;
#[cfg(feature = "server")]
pub use server::tls::{InvalidTls, Tls};
#[cfg(feature = "server")]
pub use server::{Limits, Server};
pub use state::file::OpenError;
pub use state::propagation::Propagation;
pub use state::snapshot::Snapshot;
pub use wire::endpoint::Endpoint;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
