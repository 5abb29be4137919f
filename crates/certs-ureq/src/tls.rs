//! TLS roots and client identity.

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};

/// Why TLS cannot be set up. Never repeats a key or a certificate.
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
    /// The client certificate and key are not PEM, or do not belong together.
    #[error("the client certificate and key cannot be used")]
    Identity,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) platform: bool,
    extra: Vec<Certificate<'static>>,
    identity: Option<ClientCert>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { platform: true, extra: Vec::new(), identity: None }
    }
}

impl Settings {
    pub(crate) fn with_roots_pem(&mut self, pem: &[u8]) -> Result<(), TlsError> {
        let bundle = chain(pem).ok_or(TlsError::Bundle)?;
        // Checked here, where the caller can still name the bundle.
        let mut roots = RootCertStore::empty();
        for authority in &bundle {
            roots.add(authority.clone()).map_err(|_| TlsError::Bundle)?;
        }
        self.extra.extend(bundle.iter().map(certificate));
        Ok(())
    }

    pub(crate) fn set_identity(&mut self, certificates: &[u8], key: &[u8]) -> Result<(), TlsError> {
        let chain = chain(certificates).ok_or(TlsError::Identity)?;
        let parsed = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Identity)?;
        // ureq would panic at the first connection.
        CertifiedKey::from_der(chain.clone(), parsed, &ring::default_provider())
            .map_err(|_| TlsError::Identity)?;
        let key = parse_pem(key).find_map(|item| match item {
            Ok(PemItem::PrivateKey(key)) => Some(key),
            _ => None,
        });
        let chain: Vec<_> = chain.iter().map(certificate).collect();
        let key = key.ok_or(TlsError::Identity)?;
        self.identity = Some(ClientCert::new_with_certs(&chain, key));
        Ok(())
    }

    pub(crate) fn config(&self) -> Result<TlsConfig, TlsError> {
        let mut roots = self.extra.clone();
        if self.platform {
            // Unreadable entries of the machine's store are skipped, as every TLS client does; only an
            // empty store is an error.
            roots.extend(rustls_native_certs::load_native_certs().certs.iter().map(certificate));
        }
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(config(&roots, self.identity.clone()))
    }
}

/// For transports that use plain HTTP to this machine: every TLS handshake fails.
pub(crate) fn without_roots() -> TlsConfig {
    config(&[], None)
}

fn config(roots: &[Certificate<'static>], identity: Option<ClientCert>) -> TlsConfig {
    let roots = RootCerts::new_with_certs(roots);
    TlsConfig::builder().root_certs(roots).client_cert(identity).build()
}

/// The certificates in a PEM; `None` when there are none or one is broken.
fn chain(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    (!chain.is_empty()).then_some(chain)
}

fn certificate(der: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}
