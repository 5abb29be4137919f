//! Verifies a client certificate against an authority, before a server does.

use std::fmt;
use std::time::Duration;

use certs_types::der::{OBJECT_IDENTIFIER, SEQUENCE, elements};
use certs_types::pem::{self, BlockKind, InvalidPem};
use certs_types::{CertificatePem, Timestamp};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// A client certificate with the intermediates that are presented with it.
///
/// ```
/// use certs_hyper::identity::{ClientChain, Rejection};
/// use certs_types::{CertificatePem, Timestamp};
///
/// /// Whether this client is accepted under one of the active certificates.
/// fn is_accepted(client: &ClientChain, active: &[CertificatePem], now: Timestamp) -> bool {
///     active.iter().any(|anchor| client.verify(anchor, now).is_ok())
/// }
/// ```
#[derive(Clone)]
pub struct ClientChain {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
}

impl ClientChain {
    /// Parses a chain in PEM, the client's own certificate first. A private key in the same file is ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidPem`] when there is no certificate, or an invalid block.
    pub fn from_pem(chain: &[u8]) -> Result<Self, InvalidPem> {
        let blocks = pem::read(chain)?.into_iter();
        let mut certificates = blocks
            .filter(|block| block.kind == BlockKind::Certificate)
            .map(|block| CertificateDer::from(block.der));
        let leaf = certificates.next().ok_or(InvalidPem::NoCertificate)?;
        Ok(Self { leaf, intermediates: certificates.collect() })
    }

    pub(crate) fn from_certificates(mut chain: Vec<CertificateDer<'static>>) -> Self {
        let leaf =
            if chain.is_empty() { CertificateDer::from(Vec::new()) } else { chain.remove(0) };
        Self { leaf, intermediates: chain }
    }

    /// The client's own certificate, in DER.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        &self.leaf
    }

    /// Checks whether a server that trusts only this anchor accepts the client at that time.
    ///
    /// The rules are those of the vendor's guide to mutual TLS: an authorityKeyIdentifier in the
    /// client's certificate, suitability for client authentication, the dates, and standard X.509 path
    /// validation with the intermediates that are presented. Neither revocation nor the dates of the anchor itself
    /// are checked.
    ///
    /// # Errors
    ///
    /// [`Rejection`], with the first reason that was found.
    pub fn verify(&self, anchor: &CertificatePem, now: Timestamp) -> Result<(), Rejection> {
        let leaf = EndEntityCert::try_from(&self.leaf).map_err(|_| Rejection::NotACertificate)?;
        if !has_authority_key_identifier(&self.leaf) {
            return Err(Rejection::NoAuthorityKeyIdentifier);
        }
        let anchor = CertificateDer::from(anchor.to_der());
        let anchors = [anchor_from_trusted_cert(&anchor).map_err(|_| Rejection::NotAnAnchor)?];
        let seconds = u64::try_from(now.as_secs()).unwrap_or(0);
        let verified = leaf.verify_for_usage(
            ring::default_provider().signature_verification_algorithms.all,
            &anchors,
            &self.intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::client_auth(),
            None,
            None,
        );
        verified.map(|_| ()).map_err(|error| Rejection::of(&error))
    }
}

impl fmt::Debug for ClientChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientChain({} intermediates)", self.intermediates.len())
    }
}

/// Why a client certificate is not accepted under an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The client's certificate is not an X.509 certificate.
    #[error("the client certificate is not an X.509 certificate")]
    NotACertificate,
    /// The client's certificate has no authorityKeyIdentifier, which the API requires.
    #[error("the client certificate has no authorityKeyIdentifier, which the API requires")]
    NoAuthorityKeyIdentifier,
    /// The anchor is not an X.509 certificate.
    #[error("the authority is not an X.509 certificate")]
    NotAnAnchor,
    /// No path leads from the client's certificate to the anchor.
    #[error("the client certificate does not chain to this authority")]
    UnknownIssuer,
    /// A certificate in the path has expired.
    #[error("the client certificate or an intermediate has expired")]
    Expired,
    /// A certificate in the path is not valid yet.
    #[error("the client certificate or an intermediate is not valid yet")]
    NotValidYet,
    /// The client's certificate has an extended key usage without `clientAuth`.
    #[error("the client certificate is not for client authentication (extended key usage)")]
    NotForClients,
    /// The client's certificate is a CA certificate.
    #[error("the client certificate is a CA certificate (CA:TRUE)")]
    IsAuthority,
    /// A signature in the path is wrong, or its algorithm is not supported.
    #[error(
        "a signature on the path from the client certificate to the authority is not acceptable"
    )]
    Signature,
    /// Another rule of path validation is violated, such as a path length or a name constraint.
    #[error("the path from the client certificate to the authority breaks a rule of X.509")]
    Path,
}

impl Rejection {
    fn of(error: &webpki::Error) -> Self {
        use webpki::Error as Webpki;
        match error {
            Webpki::UnknownIssuer => Self::UnknownIssuer,
            Webpki::CertExpired { .. } => Self::Expired,
            Webpki::CertNotValidYet { .. } => Self::NotValidYet,
            Webpki::RequiredEkuNotFoundContext(_) => Self::NotForClients,
            Webpki::CaUsedAsEndEntity => Self::IsAuthority,
            Webpki::InvalidSignatureForPublicKey
            | Webpki::UnsupportedSignatureAlgorithmContext(_)
            | Webpki::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::Signature,
            _ => Self::Path,
        }
    }
}

/// Looks for the extension of RFC 5280, 4.2.1.1.
fn has_authority_key_identifier(certificate: &[u8]) -> bool {
    const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
    const EXTENSIONS: u8 = 0xa3;
    let find = || {
        let body = elements(elements(certificate).next_of(SEQUENCE)?).next_of(SEQUENCE)?;
        let tagged = elements(body).find(|element| element.tag == EXTENSIONS)?;
        elements(elements(tagged.content).next_of(SEQUENCE)?).find(|extension| {
            elements(extension.content).next_of(OBJECT_IDENTIFIER) == Some(AUTHORITY_KEY_IDENTIFIER)
        })
    };
    find().is_some()
}
