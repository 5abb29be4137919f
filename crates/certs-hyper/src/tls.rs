//! TLS roots and client identity.

use std::sync::Arc;

use certs_types::pem::{self, BlockPosition, InvalidPem};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::identity::{CertificateRequested, ClientIdentity, Resolver};

/// Why the TLS configuration is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A CA bundle cannot be read.
    #[error("the CA bundle cannot be read")]
    Bundle(#[source] InvalidPem),
    /// A certificate of a CA bundle is not an X.509 certificate.
    #[error("{0} of the CA bundle is not an X.509 certificate")]
    NotACertificate(BlockPosition),
    /// There is no trusted root, neither on this machine nor in the settings.
    #[error(
        "no trusted certificate authorities: this machine has none (SSL_CERT_FILE and SSL_CERT_DIR, where \
         set, replace its own), and no CA bundle was given"
    )]
    NoTrustAnchors,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) platform: bool,
    pub(crate) identity: Option<ClientIdentity>,
    /// A configuration of the caller, which replaces all other settings.
    pub(crate) config: Option<ClientConfig>,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { platform: true, identity: None, config: None, extra: Vec::new() }
    }
}

impl Settings {
    pub(crate) fn add_roots(&mut self, bundle: &[u8]) -> Result<(), TlsError> {
        // Checked here, so that the caller can report which bundle is invalid.
        let mut roots = RootCertStore::empty();
        for block in pem::certificates(bundle).map_err(TlsError::Bundle)? {
            let certificate = CertificateDer::from(block.der);
            let added = roots.add(certificate.clone());
            added.map_err(|_| TlsError::NotACertificate(block.position))?;
            self.extra.push(certificate);
        }
        Ok(())
    }

    pub(crate) fn config(self, requested: CertificateRequested) -> Result<ClientConfig, TlsError> {
        if let Some(mut config) = self.config {
            // The connector chooses the protocols, depending on the crate's features.
            config.alpn_protocols.clear();
            return Ok(config);
        }
        let mut roots = RootCertStore::empty();
        if self.platform {
            // Invalid entries of the machine's store are skipped, as in every TLS client; only an empty
            // store is an error.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        roots.add_parsable_certificates(self.extra);
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(with_ring(roots, Resolver { identity: self.identity, requested }))
    }
}

/// For transports that use only plain HTTP to this machine: every TLS handshake fails.
pub(crate) fn without_roots() -> ClientConfig {
    let requested = CertificateRequested::default();
    with_ring(RootCertStore::empty(), Resolver { identity: None, requested })
}

fn with_ring(roots: RootCertStore, resolver: Resolver) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    #[allow(clippy::expect_used, reason = "the provider is compiled in and speaks both versions")]
    let builder = versions.expect("ring speaks TLS 1.2 and 1.3").with_root_certificates(roots);
    let has_identity = resolver.identity.is_some();
    let mut config = builder.with_client_cert_resolver(Arc::new(resolver));
    if has_identity {
        // A resumed session would keep its first identity, even after a reload.
        config.resumption = Resumption::disabled();
    }
    config
}
