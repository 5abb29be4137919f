//! Helpers for several tests.

pub(crate) mod server;
pub(crate) mod tls;

use std::time::Duration;

use certs_core::operation::Endpoint;
use certs_core::transport::Attempt;
use certs_core::types::CertificateId;
use certs_core::{AdminKey, Api, BaseUrl};
use certs_emulator::Emulator;
use certs_testing::EmulatorTransport;

/// A key that is easy to find in output, which must not contain it.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// The API at a base URL, with [`KEY`].
pub(crate) fn api(base: &str) -> Api {
    Api::new(base.parse::<BaseUrl>().unwrap(), AdminKey::new(KEY.into()).unwrap())
}

/// The first attempt of a call, with this timeout.
pub(crate) fn attempt(timeout: Duration) -> Attempt {
    static ENDPOINT: Endpoint = Endpoint::get("test", "/x");
    Attempt::new(&ENDPOINT, timeout)
}

pub(crate) fn id(text: &str) -> CertificateId {
    text.parse().unwrap()
}

/// An emulator in memory, and the API with its key.
pub(crate) fn emulated() -> (Api, EmulatorTransport) {
    let emulator = Emulator::builder().admin_key(KEY);
    (api("https://api.example/v1"), EmulatorTransport::new(emulator))
}
