//! The OpenAI *certificates* administration API as a function over a state, and a server in front
//! of it.
//!
//! For developers of tools around certificates: a mistake in the real organization locks it out.
//! The emulator is no canned answer but the rules themselves: toggles are atomic and idempotent,
//! an upload is read as X.509, a delete waits until the certificate is active nowhere.
//!
//! What is documented, observed or guessed is told by the table in [`fidelity`].
//!
//! [`Emulator::handle`] is the whole API as a function; [`Emulator::serve`] puts HTTP in front of it.

mod answer;
mod audit;
mod authority;
mod body;
mod builder;
mod dice;
mod emulator;
mod endpoint;
mod fault;
pub mod fidelity;
mod guesses;
mod journal;
mod keys;
mod lag;
mod manage;
mod mtls;
mod operations;
mod pace;
mod query;
mod refusal;
mod server;
mod shared;
mod shelf;
mod snapshot;
mod state;
mod store;
#[cfg(test)]
mod testing;
mod tls;

pub use builder::Builder;
pub use emulator::Emulator;
pub use endpoint::Endpoint;
pub use fault::{Ending, Fault, Outcome};
pub use guesses::Guesses;
pub use journal::JournalEntry;
pub use lag::Propagation;
pub use mtls::ClientCertificates;
pub use server::{Limits, Server};
pub use snapshot::Snapshot;
pub use store::OpenError;
pub use tls::{InvalidTls, Tls};
