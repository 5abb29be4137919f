//! TLS roots and client identity.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::ClientIdentity;

/// Why TLS cannot be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A CA bundle contains no certificate, or one that cannot be read.
    #[error("the CA bundle does not consist of PEM certificates")]
    Bundle,
    /// There is no trusted root, neither of this machine nor in the settings.
    #[error(
        "no trusted certificate authorities: this machine has none, and no CA bundle was given"
    )]
    NoTrustAnchors,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) platform: bool,
    pub(crate) identity: Option<ClientIdentity>,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { platform: true, identity: None, extra: Vec::new() }
    }
}

impl Settings {
    pub(crate) fn with_roots_pem(&mut self, pem: &[u8]) -> Result<(), TlsError> {
        let bundle = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TlsError::Bundle)?;
        if bundle.is_empty() {
            return Err(TlsError::Bundle);
        }
        // Checked here, where the caller can still name the bundle.
        let mut roots = RootCertStore::empty();
        for authority in &bundle {
            roots.add(authority.clone()).map_err(|_| TlsError::Bundle)?;
        }
        self.extra.extend(bundle);
        Ok(())
    }

    pub(crate) fn config(&self) -> Result<ClientConfig, TlsError> {
        let mut roots = RootCertStore::empty();
        if self.platform {
            // Unreadable entries of the machine's store are skipped, as every TLS client does; only an
            // empty store is an error.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        roots.add_parsable_certificates(self.extra.iter().cloned());
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(config(roots, self.identity.as_ref()))
    }
}

/// For transports that use plain HTTP to this machine: every TLS handshake fails.
pub(crate) fn without_roots() -> ClientConfig {
    config(RootCertStore::empty(), None)
}

fn config(roots: RootCertStore, identity: Option<&ClientIdentity>) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    #[allow(clippy::expect_used, reason = "the provider is compiled in and speaks both versions")]
    let trusting = versions.expect("ring speaks TLS 1.2 and 1.3").with_root_certificates(roots);
    match identity {
        None => trusting.with_no_client_auth(),
        Some(identity) => {
            let mut config = trusting.with_client_cert_resolver(identity.resolver());
            // A resumed session would keep its first identity, also after a reload.
            config.resumption = Resumption::disabled();
            config
        }
    }
}
