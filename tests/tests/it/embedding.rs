//! Programs built on these crates, each written from the documentation alone.

mod any_transport;
mod circuit_breaker;
mod local_transport;
mod metrics;
mod mocked_application;
mod no_content;
mod shared_pacer;
