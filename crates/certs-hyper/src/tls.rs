//! TLS roots and client identity.

use std::sync::Arc;

use certs_core::tls::TlsError;
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::identity::{CertificateRequested, ClientIdentity, Resolver};

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) uses_platform_roots: bool,
    pub(crate) identity: Option<ClientIdentity>,
    /// A configuration of the caller, which replaces all other settings.
    pub(crate) config: Option<ClientConfig>,
    pub(crate) roots: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { uses_platform_roots: true, identity: None, config: None, roots: Vec::new() }
    }
}

impl Settings {
    pub(crate) fn config(self, requested: CertificateRequested) -> Result<ClientConfig, TlsError> {
        if let Some(mut config) = self.config {
            // The connector chooses the protocols, depending on the crate's features.
            config.alpn_protocols.clear();
            return Ok(config);
        }
        let mut roots = RootCertStore::empty();
        if self.uses_platform_roots {
            // Invalid entries of the machine's store are skipped, as in every TLS client; only an empty
            // store is an error.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        roots.add_parsable_certificates(self.roots);
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(with_ring(roots, Resolver { identity: self.identity, requested }))
    }
}

/// For transports that use only plain HTTP: every TLS handshake fails.
pub(crate) fn without_roots() -> ClientConfig {
    let requested = CertificateRequested::default();
    with_ring(RootCertStore::empty(), Resolver { identity: None, requested })
}

fn with_ring(roots: RootCertStore, resolver: Resolver) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    #[allow(clippy::expect_used, reason = "the provider is compiled in and supports both versions")]
    let builder = versions.expect("ring supports TLS 1.2 and 1.3").with_root_certificates(roots);
    let has_identity = resolver.identity.is_some();
    let mut config = builder.with_client_cert_resolver(Arc::new(resolver));
    if has_identity {
        // A resumed session would keep the client certificate of the first one, even after a reload.
        config.resumption = Resumption::disabled();
    }
    config
}
