//! What several tests share.

pub(crate) mod pki;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod tls;

use certs_core::{AdminKey, Api, BaseUrl, CertificateId};

/// A key that is easy to find where it does not belong.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// The API at a base URL, asked with [`KEY`].
pub(crate) fn api(base: &str) -> Api {
    Api::new(base.parse::<BaseUrl>().unwrap(), AdminKey::new(KEY.into()).unwrap())
}

/// The API at an address nobody listens on: for transports that never look.
pub(crate) fn nowhere() -> Api {
    api("https://api.example/v1")
}

pub(crate) fn id(text: &str) -> CertificateId {
    text.parse().unwrap()
}
