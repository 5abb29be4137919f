//! TLS roots and client identities from PEM, for backends over rustls.

use certs_types::pem::{
    self, Block, BlockKind, BlockPosition, InvalidIdentityPem, InvalidPem, KeyAlgorithm,
};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Parses the certificate authorities in a CA bundle.
///
/// # Errors
///
/// [`TlsError`] when it contains no certificate, or an invalid block.
pub fn roots(bundle: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut store = RootCertStore::empty();
    let mut roots = Vec::new();
    for block in pem::certificates(bundle).map_err(TlsError::InvalidBundle)? {
        let root = CertificateDer::from(block.der);
        let added = store.add(root.clone());
        added.map_err(|_| TlsError::NotACertificate(block.position))?;
        roots.push(root);
    }
    Ok(roots)
}

/// Parses a certificate chain, the client's own certificate first, and its private key.
///
/// # Errors
///
/// [`InvalidIdentity`] when either is missing or invalid, or the key does not belong to the certificate.
pub fn identity(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, InvalidIdentity> {
    let (chain, key) = pem::identity(chain, key)?;
    let unsupported = InvalidIdentity::UnsupportedKey(KeyAlgorithm::of(&key));
    let key = private_key(key).ok_or(unsupported.clone())?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| unsupported)?;
    let chain = chain.into_iter().map(|block| CertificateDer::from(block.der)).collect();
    let identity = CertifiedKey::new(chain, key);
    match identity.keys_match() {
        Ok(()) => Ok(identity),
        Err(rustls::Error::InconsistentKeys(_)) => Err(InvalidIdentity::KeyMismatch),
        Err(_) => Err(InvalidIdentity::NotACertificate),
    }
}

/// Why the trusted roots are invalid. Never shows a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A CA bundle contains no certificate, or an invalid block.
    #[error("the CA bundle cannot be read")]
    InvalidBundle(#[source] InvalidPem),
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

/// Why a certificate and a key cannot be used. Never shows their content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentity {
    /// The certificate chain or the key cannot be read.
    #[error(transparent)]
    Pem(#[from] InvalidIdentityPem),
    /// The client's certificate is not an X.509 certificate.
    #[error("the client certificate is not an X.509 certificate")]
    NotACertificate,
    /// The algorithm or the size of the key is not supported.
    #[error(
        "the client key is {0}, which is not supported: use ECDSA on P-256 or P-384, Ed25519, or RSA \
         of 2048 to 4096 bits"
    )]
    UnsupportedKey(KeyAlgorithm),
    /// The key does not belong to the certificate.
    #[error("the client key does not belong to the client certificate")]
    KeyMismatch,
}

fn private_key(block: Block) -> Option<PrivateKeyDer<'static>> {
    Some(match block.kind {
        BlockKind::Pkcs8Key => PrivateKeyDer::Pkcs8(block.der.into()),
        BlockKind::Pkcs1Key => PrivateKeyDer::Pkcs1(block.der.into()),
        BlockKind::Sec1Key => PrivateKeyDer::Sec1(block.der.into()),
        _ => return None,
    })
}
