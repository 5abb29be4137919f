//! The client certificate for mutual TLS: presents it to servers, and verifies it beforehand.

mod chain;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use certs_types::pem::{self, Block, BlockKind, InvalidIdentityPem, KeyAlgorithm};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

pub use chain::{ClientChain, Rejection};

/// A client certificate with its private key, presented when a server requests one.
///
/// Clones share the certificate: after [`reload`](Self::reload), every transport that uses it presents the new
/// certificate on new connections. `Debug` does not show it.
#[derive(Clone)]
pub struct ClientIdentity(Arc<RwLock<Arc<CertifiedKey>>>);

impl ClientIdentity {
    /// Parses a certificate chain, the client's own certificate first, and its private key, both in PEM. If both are
    /// in one file, pass it twice.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentity`] when either is missing or invalid, or the key does not belong to the certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, InvalidIdentity> {
        Ok(Self(Arc::new(RwLock::new(parse(chain, key)?))))
    }

    /// Replaces the certificate and the key for new connections. After an error the old ones stay.
    ///
    /// # Errors
    ///
    /// Those of [`from_pem`](Self::from_pem).
    pub fn reload(&self, chain: &[u8], key: &[u8]) -> Result<(), InvalidIdentity> {
        let fresh = parse(chain, key)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The certificates that are presented, for verification against an authority.
    #[must_use]
    pub fn chain(&self) -> ClientChain {
        ClientChain::from_certificates(self.current().cert.clone())
    }

    fn current(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity(…)")
    }
}

/// Provides rustls with the identity, if there is one, and records that a server requested it.
pub(crate) struct Resolver {
    pub(crate) identity: Option<ClientIdentity>,
    pub(crate) requested: CertificateRequested,
}

/// Whether any server requested a client certificate. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CertificateRequested(Arc<AtomicBool>);

impl CertificateRequested {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver(…)")
    }
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.requested.0.store(true, Ordering::Relaxed);
        self.identity.as_ref().map(ClientIdentity::current)
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
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
    Certificate,
    /// The kind of key is not supported.
    #[error(
        "the client key is {0}, which is not supported: use ECDSA on P-256 or P-384, Ed25519, or RSA \
         of 2048 to 4096 bits"
    )]
    Unsupported(KeyAlgorithm),
    /// The key does not belong to the certificate.
    #[error("the client key does not belong to the client certificate")]
    Mismatch,
}

fn parse(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, InvalidIdentity> {
    let (chain, key) = pem::identity(chain, key)?;
    let algorithm = KeyAlgorithm::of(&key);
    let unsupported = InvalidIdentity::Unsupported(algorithm);
    let key = private_key(key).ok_or(unsupported.clone())?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| unsupported)?;
    let chain = chain.into_iter().map(|block| CertificateDer::from(block.der)).collect();
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) => Ok(Arc::new(certified)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(InvalidIdentity::Mismatch),
        Err(_) => Err(InvalidIdentity::Certificate),
    }
}

fn private_key(block: Block) -> Option<PrivateKeyDer<'static>> {
    Some(match block.kind {
        BlockKind::Pkcs8Key => PrivateKeyDer::Pkcs8(block.der.into()),
        BlockKind::Pkcs1Key => PrivateKeyDer::Pkcs1(block.der.into()),
        BlockKind::Sec1Key => PrivateKeyDer::Sec1(block.der.into()),
        _ => return None,
    })
}
