//! The OpenAI *certificates* administration API as a function over a state, and a server in front
//! of it.
//!
//! For developers of tools around certificates: a mistake in the real organization locks it out.
//! The emulator is no canned answer but the rules themselves: toggles are atomic and idempotent,
//! an upload is read as X.509, a delete waits until the certificate is active nowhere.
//!
//! It will never speak to the real API. What of it is documented, observed or guessed is told by the
//! table in [`fidelity`].
//!
//! ```
//! use certs_emulator::{Emulator, Endpoint, Fault};
//! use http::Request;
//!
//! let emulator = Emulator::builder()
//!     .admin_key("sk-admin-test")
//!     .fault(Fault::on(Endpoint::ListProjects).nth(2).close_after_commit())
//!     .build();
//! let ask = || {
//!     let request = Request::get("/v1/organization/projects");
//!     request.header("authorization", "Bearer sk-admin-test").body(Vec::new())
//! };
//! assert_eq!(emulator.handle(ask()?).status(), 200);
//! assert_eq!(emulator.handle(ask()?).status(), 502, "what a proxy makes of a closed connection");
//! # Ok::<(), http::Error>(())
//! ```
//!
//! | used as | |
//! |---|---|
//! | a function | [`Emulator::handle`]: a request in, a response out |
//! | a stand-in for the network | [`Emulator::exchange`]: may also wait, close or break off |
//! | a server | [`Emulator::bind`], [`serve`](Emulator::serve), [`serve_tls`](Emulator::serve_tls); the guard ends it when it is dropped |
//!
//! It repeats itself: ids come from a seed and the time from a [clock](Builder::clock) that can be
//! given. It misbehaves on demand: [`Fault`]s, a [rate limit](Builder::admin_rate_limit), changes
//! that take their time to [propagate](Propagation). And it can be looked behind: [`Snapshot`]s of
//! the state, a [journal](Emulator::journal) of requests, and all that for tests in other
//! languages as a [management](Emulator::manage) of its own.
//!
//! A rotation of the certificates can be rehearsed with it before it happens in the real
//! organization: the [`rehearsal`] shows how, the outages included.
//!
//! No key and no PEM ever reaches the journal, or the `Debug` of an emulator or a snapshot.

mod builder;
mod dice;
mod emulator;
pub mod fidelity;
mod guesses;
mod journal;
mod manage;
mod misbehaviour;
#[cfg(test)]
mod model;
mod mtls;
mod operations;
#[doc = include_str!("../REHEARSAL.md")]
pub mod rehearsal {}
mod server;
mod shared;
mod state;
#[cfg(test)]
mod testing;
mod wire;

pub use builder::Builder;
pub use emulator::Emulator;
pub use guesses::Guesses;
pub use journal::JournalEntry;
pub use misbehaviour::fault::{Ending, Fault, Outcome};
pub use misbehaviour::lag::Propagation;
pub use mtls::ClientCertificates;
pub use server::tls::{InvalidTls, Tls};
pub use server::{Limits, Server};
pub use state::snapshot::Snapshot;
pub use state::store::OpenError;
pub use wire::endpoint::Endpoint;
