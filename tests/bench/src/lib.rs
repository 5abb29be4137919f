//! Four clients that make the same calls, and their server.

pub mod clients;
pub mod server;
