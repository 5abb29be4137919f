//! Four clients that do the same work, and the server that they call.

pub mod clients;
pub mod server;
