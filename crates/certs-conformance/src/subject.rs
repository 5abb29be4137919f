//! The transport under test.

use certs_core::local::LocalTransport;
use certs_emulator::Emulator;
use certs_testing::EmulatorTransport;

/// An admin key that is easy to find in messages and on the network.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// The transport under test: how to create it, and how to run its futures.
pub trait Subject: Send + Sync + 'static {
    /// The transport under test.
    type Transport: LocalTransport + Send + Sync;

    /// Creates a transport that meets these requirements.
    fn transport(&self, requirements: &Requirements) -> Self::Transport;

    /// Runs a future to completion. Some cases call this from several threads at the same time.
    ///
    /// Use the async runtime that the transport needs. If it needs none, [`block_on`](crate::block_on) suffices.
    fn run<F: Future>(&self, future: F) -> F::Output;
}

/// What a case requires of the transport under test.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Requirements {
    /// The maximum size of a response body that the transport must accept, in bytes, and may be `usize::MAX`. A larger
    /// body must be an error.
    pub max_response_size: usize,
    /// The only root certificate that the transport must trust, in PEM; `None` for cases without TLS.
    pub root_certificate: Option<String>,
    /// The emulator of the group `emulator`, for transports without sockets. Transports with sockets ignore it: they
    /// reach the emulator at the address in the request.
    pub emulator: EmulatorTransport,
}

impl Default for Requirements {
    fn default() -> Self {
        let emulator = EmulatorTransport::new(Emulator::builder().admin_key(KEY));
        Self { max_response_size: 8 * 1024 * 1024, root_certificate: None, emulator }
    }
}
