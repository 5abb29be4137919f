//! The client certificate for mutual TLS.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// A client certificate with its private key, presented where a server asks for one.
///
/// Clones share it: [`reload`](Self::reload) gives every transport that uses it the new certificate, for
/// connections made from then on. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct ClientIdentity(Arc<Shared>);

struct Shared(RwLock<Arc<CertifiedKey>>);

impl ClientIdentity {
    /// Reads a certificate chain, the client's own first, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentity`] when either is missing or broken, or the key is not that of the certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, InvalidIdentity> {
        Ok(Self(Arc::new(Shared(RwLock::new(parse(chain, key)?)))))
    }

    /// Replaces certificate and key for new connections. On an error the old ones stay.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn reload(&self, chain: &[u8], key: &[u8]) -> Result<(), InvalidIdentity> {
        let fresh = parse(chain, key)?;
        *self.0.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        self.0.clone()
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity(…)")
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(…)")
    }
}

impl ResolvesClientCert for Shared {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Why a certificate and a key cannot be used. Never repeats the content of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentity {
    /// There is no readable certificate.
    #[error("the client certificate is not a PEM certificate chain")]
    Certificate,
    /// There is no readable private key.
    #[error("the client key is not an unencrypted private key in PEM")]
    Key,
    /// The key is of a kind that TLS cannot use here.
    #[error("the client key is of a kind that is not supported: use ECDSA, Ed25519 or RSA")]
    Unsupported,
    /// The key is not that of the certificate.
    #[error("the client key does not belong to the client certificate")]
    Mismatch,
}

fn parse(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, InvalidIdentity> {
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| InvalidIdentity::Certificate)?;
    if chain.is_empty() {
        return Err(InvalidIdentity::Certificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| InvalidIdentity::Key)?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| InvalidIdentity::Unsupported)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) => Ok(Arc::new(certified)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(InvalidIdentity::Mismatch),
        Err(_) => Err(InvalidIdentity::Certificate),
    }
}
