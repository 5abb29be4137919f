//! The fields of an X.509 certificate that the command shows, and whether it can be uploaded.

use std::time::Duration;

use certs_plan::Fingerprint;
use certs_types::der::{INTEGER, SEQUENCE, elements};
use certs_types::{CertificatePem, Timestamp};
use ring::digest;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

/// The facts of a certificate.
///
/// Subject and issuer are untrusted text: sanitize them before they are printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The subject's distinguished name, as RFC 4514 writes it.
    pub(crate) subject: String,
    /// The issuer's distinguished name.
    pub(crate) issuer: String,
    /// The SHA-256 of the DER.
    pub(crate) fingerprint: Fingerprint,
    pub(crate) valid_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The public key, such as `EC P-256` or `RSA 2048`.
    pub(crate) key: String,
    /// Whether basicConstraints has `CA:TRUE`.
    pub(crate) is_authority: bool,
    /// The subjectKeyIdentifier.
    pub(crate) subject_key_id: Option<Vec<u8>>,
    /// The keyIdentifier of the authorityKeyIdentifier; `Some(None)` if the extension has none.
    pub(crate) authority_key_id: Option<Option<Vec<u8>>>,
    /// Whether keyUsage allows `keyCertSign` and `cRLSign`; `None` without keyUsage.
    pub(crate) may_sign: Option<(bool, bool)>,
    /// The length of the PEM.
    pub(crate) pem_len: usize,
}

/// The content of a well-formed PEM block is not an X.509 certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotX509;

impl std::fmt::Display for NotX509 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the PEM block does not contain an X.509 certificate: it is damaged")
    }
}

impl std::error::Error for NotX509 {}

impl Facts {
    pub(crate) fn of(pem: &CertificatePem) -> Result<Self, NotX509> {
        Self::of_der(&pem.to_der(), pem.as_str().len()).ok_or(NotX509)
    }

    /// The facts of a certificate in DER.
    pub(crate) fn of_der(der: &[u8], pem_len: usize) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>().ok()?;
        let subject_key_id = tbs.get_extension::<SubjectKeyIdentifier>().ok()?;
        let authority_key_id = tbs.get_extension::<AuthorityKeyIdentifier>().ok()?;
        let usage = tbs.get_extension::<KeyUsage>().ok()?;
        Some(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            fingerprint: fingerprint(der),
            valid_at: timestamp(tbs.validity().not_before)?,
            expires_at: timestamp(tbs.validity().not_after)?,
            key: key(tbs.subject_public_key_info()),
            is_authority: constraints.is_some_and(|(_, constraints)| constraints.ca),
            subject_key_id: subject_key_id.map(|(_, id)| id.0.as_bytes().to_vec()),
            authority_key_id: authority_key_id
                .map(|(_, id)| id.key_identifier.map(|id| id.as_bytes().to_vec())),
            may_sign: usage.map(|(_, usage)| (usage.key_cert_sign(), usage.crl_sign())),
            pem_len,
        })
    }

    /// Why the API would certainly refuse the upload; `None` if no reason is known.
    pub(crate) fn refusal(&self, now: Timestamp) -> Option<&'static str> {
        const DAY: i64 = 24 * 60 * 60;
        let left = self.expires_at.as_secs().saturating_sub(now.as_secs());
        if left <= 0 {
            Some("the certificate has expired")
        } else if left <= DAY {
            Some("the certificate expires within a day, which the API refuses")
        } else if !self.is_authority {
            Some("the certificate is not that of an authority (CA:FALSE)")
        } else {
            None
        }
    }

    /// Requirements for uploads that only an older document of the vendor mentions, and that are not met.
    pub(crate) fn warnings(&self) -> Vec<&'static str> {
        const SIZE: usize = 16 * 1024;
        let mut warnings = Vec::new();
        if self.subject_key_id.is_none() {
            warnings.push("the certificate has no subjectKeyIdentifier");
        }
        if self.authority_key_id.is_none() {
            warnings.push("the certificate has no authorityKeyIdentifier");
        }
        if self.may_sign != Some((true, true)) {
            warnings.push("the certificate's keyUsage lacks keyCertSign or cRLSign");
        }
        if self.pem_len >= SIZE {
            warnings.push("the certificate has 16 kB or more");
        }
        warnings
    }
}

/// The SHA-256 of a certificate's DER.
pub(crate) fn fingerprint(der: &[u8]) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
    Fingerprint::new(bytes)
}

fn timestamp(time: Time) -> Option<Timestamp> {
    let since_epoch: Duration = time.to_unix_duration();
    Timestamp::try_from(i64::try_from(since_epoch.as_secs()).ok()?).ok()
}

fn key(info: &SubjectPublicKeyInfoOwned) -> String {
    const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    match info.algorithm.oid {
        EC => {
            let parameters = info.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
            match curve {
                Some(curve) => format!("EC {}", curve_name(curve)),
                None => "EC".into(),
            }
        }
        RSA => match rsa_bits(info.subject_public_key.raw_bytes()) {
            Some(bits) => format!("RSA {bits}"),
            None => "RSA".into(),
        },
        other => algorithm_name(other),
    }
}

fn curve_name(curve: ObjectIdentifier) -> String {
    match curve.to_string().as_str() {
        "1.2.840.10045.3.1.7" => "P-256".into(),
        "1.3.132.0.34" => "P-384".into(),
        "1.3.132.0.35" => "P-521".into(),
        "1.3.132.0.10" => "secp256k1".into(),
        other => other.into(),
    }
}

fn algorithm_name(algorithm: ObjectIdentifier) -> String {
    match algorithm.to_string().as_str() {
        "1.3.101.112" => "Ed25519".into(),
        "1.3.101.113" => "Ed448".into(),
        "1.2.840.113549.1.1.10" => "RSA-PSS".into(),
        "1.2.840.10040.4.1" => "DSA".into(),
        other => other.into(),
    }
}

/// The length of the modulus in an `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let modulus = elements(elements(der).next_of(SEQUENCE)?).next_of(INTEGER)?;
    let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
    let first = modulus.get(zeros)?;
    Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
    };

    use super::*;

    fn authority() -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Root \u{1b}[31m");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = true;
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(2026, 1, 1);
        params
    }

    fn facts(params: CertificateParams) -> Facts {
        let pem = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        Facts::of(&pem.parse().unwrap()).unwrap()
    }

    fn on(year: i32, month: u8, day: u8) -> Timestamp {
        date_time_ymd(year, month, day).unix_timestamp().try_into().unwrap()
    }

    #[test]
    fn reads_the_facts_of_an_authority() {
        let facts = facts(authority());
        assert!(facts.subject.contains("CN=Root"), "{}", facts.subject);
        assert_eq!(facts.subject, facts.issuer);
        assert_eq!((facts.valid_at, facts.expires_at), (on(2025, 1, 1), on(2026, 1, 1)));
        assert_eq!(facts.key, "EC P-256");
        assert_eq!(facts.authority_key_id, Some(facts.subject_key_id.clone()));
        assert!(facts.warnings().is_empty(), "{:?}", facts.warnings());
    }

    #[test]
    fn the_fingerprint_is_the_sha_256_of_the_der() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(fingerprint(b"").to_string(), empty);
    }

    #[test]
    fn refuses_expired_and_non_ca_certificates_and_warns_of_the_rest() {
        let valid = facts(authority());
        for (now, expected) in [
            (on(2025, 12, 30), None),
            (on(2025, 12, 31), Some("within a day")),
            (on(2026, 1, 1), Some("has expired")),
        ] {
            let found = valid.refusal(now);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{found:?}");
        }
        let mut leaf = authority();
        leaf.is_ca = IsCa::ExplicitNoCa;
        assert!(facts(leaf).refusal(on(2025, 6, 1)).unwrap().contains("CA:FALSE"));
        let mut bare = authority();
        bare.use_authority_key_identifier_extension = false;
        bare.key_usages.clear();
        assert_eq!(facts(bare).warnings().len(), 2);
    }

    #[test]
    fn reports_that_a_pem_is_not_a_certificate() {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse().unwrap();
        assert_eq!(Facts::of(&pem), Err(NotX509));
    }
}
