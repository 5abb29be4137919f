//! What programs build on these crates: each file is written from the documentation alone.

mod any_transport;
mod local_transport;
mod metrics;
mod shared_pacer;
