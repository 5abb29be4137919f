//! TLS roots and client identity.

use certs_types::pem::{
    self, Block, BlockKind, BlockPosition, InvalidIdentityPem, InvalidPem, KeyAlgorithm,
};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Why the TLS configuration is invalid. Never shows a key or a certificate.
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
    /// The client certificate or its key cannot be read.
    #[error(transparent)]
    Identity(#[from] InvalidIdentityPem),
    /// The client's certificate is not an X.509 certificate.
    #[error("the client certificate is not an X.509 certificate")]
    ClientCertificate,
    /// The kind of key is not supported.
    #[error(
        "the client key is {0}, which is not supported: use ECDSA on P-256 or P-384, Ed25519, or RSA \
         of 2048 to 4096 bits"
    )]
    Unsupported(KeyAlgorithm),
    /// The client's key does not belong to the certificate.
    #[error("the client key does not belong to the client certificate")]
    Mismatch,
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
    pub(crate) fn add_roots(&mut self, bundle: &[u8]) -> Result<(), TlsError> {
        // Checked here, so that the caller can report which bundle is invalid.
        let mut roots = RootCertStore::empty();
        for block in pem::certificates(bundle).map_err(TlsError::Bundle)? {
            let added = roots.add(CertificateDer::from(&*block.der));
            added.map_err(|_| TlsError::NotACertificate(block.position))?;
            self.extra.push(certificate(&block.der));
        }
        Ok(())
    }

    pub(crate) fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), TlsError> {
        let (chain, key) = pem::identity(chain, key)?;
        let unsupported = TlsError::Unsupported(KeyAlgorithm::of(&key));
        let parsed = private_key(&key).ok_or(unsupported.clone())?;
        let signing_key = ring::sign::any_supported_type(&parsed).map_err(|_| unsupported)?;
        let ders = chain.iter().map(|block| CertificateDer::from(block.der.clone())).collect();
        // Checked here, because ureq would panic at the first connection.
        match CertifiedKey::new(ders, signing_key).keys_match() {
            Ok(()) => {}
            Err(rustls::Error::InconsistentKeys(_)) => return Err(TlsError::Mismatch),
            Err(_) => return Err(TlsError::ClientCertificate),
        }
        let chain: Vec<_> = chain.iter().map(|block| certificate(&block.der)).collect();
        let key = PrivateKey::from_pem(key.to_pem().as_bytes())
            .map_err(|_| TlsError::Unsupported(KeyAlgorithm::of(&key)))?;
        self.identity = Some(ClientCert::new_with_certs(&chain, key));
        Ok(())
    }

    pub(crate) fn config(&self) -> Result<TlsConfig, TlsError> {
        let mut roots = self.extra.clone();
        if self.platform {
            // Invalid entries of the machine's store are skipped, as in every TLS client; only an empty
            // store is an error.
            roots.extend(
                rustls_native_certs::load_native_certs().certs.iter().map(|der| certificate(der)),
            );
        }
        if roots.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        Ok(config(&roots, self.identity.clone()))
    }
}

/// For transports that use only plain HTTP to this machine: every TLS handshake fails.
pub(crate) fn without_roots() -> TlsConfig {
    config(&[], None)
}

fn config(roots: &[Certificate<'static>], identity: Option<ClientCert>) -> TlsConfig {
    let roots = RootCerts::new_with_certs(roots);
    TlsConfig::builder().root_certs(roots).client_cert(identity).build()
}

/// The key in the type of rustls.
fn private_key(block: &Block) -> Option<PrivateKeyDer<'static>> {
    let der = block.der.clone();
    Some(match block.kind {
        BlockKind::Pkcs8Key => PrivateKeyDer::Pkcs8(der.into()),
        BlockKind::Pkcs1Key => PrivateKeyDer::Pkcs1(der.into()),
        BlockKind::Sec1Key => PrivateKeyDer::Sec1(der.into()),
        _ => return None,
    })
}

fn certificate(der: &[u8]) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}
