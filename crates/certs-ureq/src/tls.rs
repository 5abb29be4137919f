//! TLS roots and client identity.

use certs_core::tls::{InvalidIdentity, TlsError, identity};
use certs_types::pem::{self, KeyAlgorithm};
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) uses_platform_roots: bool,
    pub(crate) roots: Vec<CertificateDer<'static>>,
    identity: Option<ClientCert>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { uses_platform_roots: true, roots: Vec::new(), identity: None }
    }
}

impl Settings {
    pub(crate) fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), InvalidIdentity> {
        // Checked here, because ureq would panic at the first connection.
        identity(chain, key)?;
        let (chain, key) = pem::identity(chain, key)?;
        let chain: Vec<_> = chain.iter().map(|block| certificate(&block.der)).collect();
        let key = PrivateKey::from_pem(key.to_pem().as_bytes())
            .map_err(|_| InvalidIdentity::UnsupportedKey(KeyAlgorithm::of(&key)))?;
        self.identity = Some(ClientCert::new_with_certs(&chain, key));
        Ok(())
    }

    pub(crate) fn config(&self) -> Result<TlsConfig, TlsError> {
        let mut roots = self.roots.clone();
        if self.uses_platform_roots {
            // Invalid entries of the machine's store are skipped, as in every TLS client; only an empty
            // store is an error.
            roots.extend(rustls_native_certs::load_native_certs().certs);
        }
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(config(&roots, self.identity.clone()))
    }
}

/// For transports that use only plain HTTP: every TLS handshake fails.
pub(crate) fn without_roots() -> TlsConfig {
    config(&[], None)
}

fn config(roots: &[CertificateDer<'_>], identity: Option<ClientCert>) -> TlsConfig {
    let roots: Vec<_> = roots.iter().map(|root| certificate(root)).collect();
    let roots = RootCerts::new_with_certs(&roots);
    TlsConfig::builder().root_certs(roots).client_cert(identity).build()
}

fn certificate(der: &[u8]) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}
