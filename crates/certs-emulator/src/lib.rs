//! The OpenAI *certificates* administration API as a function over a state, and a server in front
//! of it.
//!
//! It is for developers of tools around certificates, because a mistake in the real organization
//! locks people out. The emulator does not replay recorded responses, it implements the rules:
//! toggles are atomic and idempotent, an upload is parsed as X.509, and a certificate can be deleted
//! only while it is active nowhere.
//!
//! It never contacts the real API. The table in [`fidelity`] lists which behavior is documented,
//! observed or assumed.
//!
//! ```
//! use certs_emulator::{Emulator, Endpoint, Fault};
//! use http::Request;
//!
//! let emulator = Emulator::builder()
//!     .admin_key("sk-admin-test")
//!     .fault(Fault::on(Endpoint::ListProjects).nth(2).close_after_commit())
//!     .build();
//! let list = || {
//!     let request = Request::get("/v1/organization/projects");
//!     request.header("authorization", "Bearer sk-admin-test").body(Vec::new())
//! };
//! assert_eq!(emulator.handle(list()?).status(), 200);
//! // The second response is lost: what a client behind a proxy sees is 502.
//! assert_eq!(emulator.handle(list()?).status(), 502);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! | use it as | with |
//! |---|---|
//! | a function | [`Emulator::handle`]: takes a request, returns a response |
//! | a replacement for the network | [`Emulator::exchange`]: can also delay, truncate or prevent the response |
//! | a server | [`Emulator::bind`], [`serve`](Emulator::serve), [`serve_tls`](Emulator::serve_tls); dropping the [`Server`] stops it |
//!
//! Runs are reproducible: ids derive from a [seed](Builder::seed) and the time from a
//! [clock](Builder::clock), and both can be set. Failures can be configured: [`Fault`]s, a
//! [rate limit](Builder::admin_rate_limit), and changes that show only after a
//! [propagation delay](Propagation). The state can be inspected: [`Snapshot`]s, a
//! [journal](Emulator::journal) of requests, and a [management API](Emulator::manage) for tests in
//! other languages.
//!
//! Code in [other languages](other_languages) uses it through the command `certs emulator`.
//!
//! A certificate rotation can be practiced with it before it is done in the real organization:
//! [`rehearsal`] shows how, including the outages.
//!
//! | feature | |
//! |---|---|
//! | `server` (default) | the server; without it the emulator is a function |
//! | `pki`, part of `server` | certificates for tests |
//!
//! Keys and PEM texts never appear in the journal, or in the `Debug` output of an emulator or a
//! snapshot.

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
pub use emulator::Emulator;
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
