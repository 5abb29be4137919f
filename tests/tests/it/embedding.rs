//! What programs build on these crates: each file is written from the documentation alone.

mod any_transport;
mod circuit_breaker;
mod local_transport;
mod metrics;
mod mocked_application;
mod no_content;
mod shared_pacer;
