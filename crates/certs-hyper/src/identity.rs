//! Client certificates for mutual TLS: presented to servers, or verified against a CA certificate.

mod chain;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use certs_core::tls::{self, InvalidIdentity};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
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
        let identity = tls::identity(chain, key)?;
        Ok(Self(Arc::new(RwLock::new(Arc::new(identity)))))
    }

    /// Replaces the certificate and the key for new connections. After an error the previous ones are still used.
    ///
    /// # Errors
    ///
    /// Those of [`from_pem`](Self::from_pem).
    pub fn reload(&self, chain: &[u8], key: &[u8]) -> Result<(), InvalidIdentity> {
        let identity = tls::identity(chain, key)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
        Ok(())
    }

    /// The certificates that are presented, to verify them against a CA certificate.
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
