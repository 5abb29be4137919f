//! Certificates for tests: an authority, and the certificates that it issues.
//!
//! ```
//! use certs_emulator::pki::Authority;
//!
//! let authority = Authority::new("Example CA")?;
//! assert!(authority.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
//! let client = authority.client("workload")?;
//! assert!(client.key.contains("PRIVATE KEY"));
//! # Ok::<(), certs_emulator::pki::GenerateError>(())
//! ```

use std::fmt;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

/// A certificate authority that follows the documented rules for uploads.
///
/// It is valid from 1975 to 4096 unless created [otherwise](Self::with_validity). Its key stays in
/// memory.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// An end-entity certificate, and its key.
#[derive(Clone)]
#[non_exhaustive]
pub struct Leaf {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The private key, in PEM.
    pub key: String,
}

impl Authority {
    /// Generates an authority with this common name.
    ///
    /// # Errors
    ///
    /// Fails if a key cannot be generated.
    pub fn new(name: &str) -> Result<Self, GenerateError> {
        Self::from_params(authority_params(name))
    }

    /// Generates an authority that is valid between these times.
    ///
    /// # Errors
    ///
    /// Fails if a key cannot be generated.
    pub fn with_validity(
        name: &str,
        from: SystemTime,
        until: SystemTime,
    ) -> Result<Self, GenerateError> {
        let mut params = authority_params(name);
        params.not_before = from.into();
        params.not_after = until.into();
        Self::from_params(params)
    }

    pub(crate) fn from_params(params: CertificateParams) -> Result<Self, GenerateError> {
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Returns the certificate of the authority, in PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Issues a server certificate for this DNS name or IP address.
    ///
    /// # Errors
    ///
    /// Fails if the name is not ASCII, or a key cannot be generated.
    pub fn server(&self, name: &str) -> Result<Leaf, GenerateError> {
        self.issue(leaf_params(name, ExtendedKeyUsagePurpose::ServerAuth)?)
    }

    /// Issues a server certificate that has expired.
    ///
    /// # Errors
    ///
    /// Fails if the name is not ASCII, or a key cannot be generated.
    pub fn expired_server(&self, name: &str) -> Result<Leaf, GenerateError> {
        let mut params = leaf_params(name, ExtendedKeyUsagePurpose::ServerAuth)?;
        params.not_after = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).into();
        self.issue(params)
    }

    /// Issues a client certificate with this name, as the vendor's guide requires it.
    ///
    /// # Errors
    ///
    /// Fails if the name is not ASCII, or a key cannot be generated.
    pub fn client(&self, name: &str) -> Result<Leaf, GenerateError> {
        self.issue(leaf_params(name, ExtendedKeyUsagePurpose::ClientAuth)?)
    }

    pub(crate) fn issue(&self, params: CertificateParams) -> Result<Leaf, GenerateError> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok(Leaf { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

impl Leaf {
    /// Generates a server certificate for these DNS names and IP addresses, signed with its own key.
    ///
    /// # Errors
    ///
    /// Fails if a name is not ASCII, or a key cannot be generated.
    pub fn self_signed(names: &[&str]) -> Result<Self, GenerateError> {
        let names = names.iter().copied().map(String::from).collect::<Vec<_>>();
        let generated = rcgen::generate_simple_self_signed(names)?;
        let key = generated.signing_key.serialize_pem();
        Ok(Self { certificate: generated.cert.pem(), key })
    }
}

/// The parameters of an authority that both of the vendor's documents accept.
pub(crate) fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

/// The parameters of a client or server certificate.
pub(crate) fn leaf_params(
    name: &str,
    purpose: ExtendedKeyUsagePurpose,
) -> Result<CertificateParams, GenerateError> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").finish_non_exhaustive()
    }
}

/// A certificate or key could not be generated.
#[derive(Debug, thiserror::Error)]
#[error("cannot generate a certificate")]
pub struct GenerateError(#[from] rcgen::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let authority = Authority::new("Root").unwrap();
        let leaf = authority.client("workload").unwrap();
        assert_eq!(format!("{authority:?} {leaf:?}"), "Authority { .. } Leaf { .. }");
    }
}
