//! What an upload must be: one CA certificate in PEM that obeys the documented rules.

use certs_types::{CertificatePem, Timestamp};
use x509_cert::Certificate;
use x509_cert::der::DecodePem;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::time::Time;

/// A certificate authority that may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) pem: CertificatePem,
    pub(crate) valid_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Why a text may not be uploaded. The message never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    Invalid(String),
    Expired,
}

/// "Under 16 kB."
const TOO_LONG: usize = 16 * 1024;

const DAY: i64 = 24 * 60 * 60;

impl Authority {
    /// Reads the first certificate of a PEM text and holds it against the rules.
    pub(crate) fn read(text: &str, now: Timestamp) -> Result<Self, Flaw> {
        if text.len() >= TOO_LONG {
            return Err(invalid("the PEM must be smaller than 16 kB"));
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(invalid("the PEM holds a private key"));
        }
        let pem: CertificatePem = first_block(text)
            .ok_or_else(|| invalid("the PEM holds no certificate"))?
            .parse()
            .map_err(invalid)?;
        let authority = Self::parse(pem)?;
        if authority.expires_at.as_secs() <= now.as_secs().saturating_add(DAY) {
            return Err(Flaw::Expired);
        }
        Ok(authority)
    }

    /// Holds a certificate against every rule but that of its expiry.
    pub(crate) fn parse(pem: CertificatePem) -> Result<Self, Flaw> {
        let certificate = Certificate::from_pem(pem.as_str())
            .map_err(|_| invalid("the PEM does not hold an X.509 certificate"))?;
        check_extensions(&certificate)?;
        let validity = certificate.tbs_certificate().validity();
        let valid_at = timestamp(validity.not_before)?;
        let expires_at = timestamp(validity.not_after)?;
        Ok(Self { pem, valid_at, expires_at })
    }
}

fn invalid(why: impl ToString) -> Flaw {
    Flaw::Invalid(why.to_string())
}

/// The first block, for only that one counts; what follows it is not even looked at.
fn first_block(text: &str) -> Option<&str> {
    const END: &str = "-----END CERTIFICATE-----";
    let block = &text[text.find("-----BEGIN CERTIFICATE-----")?..];
    Some(&block[..block.find(END)? + END.len()])
}

fn check_extensions(certificate: &Certificate) -> Result<(), Flaw> {
    let tbs = certificate.tbs_certificate();
    let malformed = |_| invalid("an extension of the certificate is malformed or repeated");
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(malformed)?;
    if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Err(invalid("the certificate is not a CA: basicConstraints must say CA:TRUE"));
    }
    if tbs.get_extension::<SubjectKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err(invalid("the certificate has no subjectKeyIdentifier"));
    }
    if tbs.get_extension::<AuthorityKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err(invalid("the certificate has no authorityKeyIdentifier"));
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(malformed)?;
    if !usage.is_some_and(|(_, usage)| usage.key_cert_sign() && usage.crl_sign()) {
        return Err(invalid("the certificate's keyUsage must have keyCertSign and cRLSign"));
    }
    Ok(())
}

fn timestamp(time: Time) -> Result<Timestamp, Flaw> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::try_from(seconds).ok())
        .ok_or_else(|| invalid("the certificate's validity lies outside the years 1 to 9999"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyUsagePurpose, date_time_ymd};

    use super::*;
    use crate::testing::{self, now};

    fn read(text: &str) -> Result<Authority, Flaw> {
        Authority::read(text, now())
    }

    fn flaw(text: &str) -> String {
        match read(text).unwrap_err() {
            Flaw::Invalid(why) => why,
            Flaw::Expired => "expired".into(),
        }
    }

    fn with(change: impl FnOnce(&mut CertificateParams)) -> String {
        let mut params = testing::authority_params();
        change(&mut params);
        testing::sign(params)
    }

    #[test]
    fn validity_is_taken_from_the_certificate() {
        let authority = read(&with(|_| {})).unwrap();
        assert_eq!(authority.valid_at.as_secs(), 1_704_067_200);
        assert_eq!(authority.expires_at.as_secs(), 2_208_988_800);
    }

    #[test]
    fn a_certificate_that_never_expires_is_taken() {
        let pem = with(|params| params.not_after = date_time_ymd(9999, 12, 31));
        assert_eq!(read(&pem).unwrap().expires_at.as_secs(), 253_402_214_400);
    }

    #[test]
    fn a_leaf_is_refused() {
        assert!(flaw(&with(|params| params.is_ca = IsCa::NoCa)).contains("not a CA"));
        assert!(flaw(&with(|params| params.is_ca = IsCa::ExplicitNoCa)).contains("not a CA"));
    }

    #[test]
    fn each_required_extension_is_missed() {
        let no_aki = with(|params| params.use_authority_key_identifier_extension = false);
        assert!(flaw(&no_aki).contains("authorityKeyIdentifier"));
        for usages in [vec![], vec![KeyUsagePurpose::KeyCertSign], vec![KeyUsagePurpose::CrlSign]] {
            assert!(flaw(&with(|params| params.key_usages = usages)).contains("keyUsage"));
        }
        // rcgen writes the subject's identifier of its own accord, so it is written by hand here.
        let no_ski = with(|params| {
            params.is_ca = IsCa::NoCa;
            let ca =
                rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![48, 3, 1, 1, 255]);
            params.custom_extensions.push(ca);
        });
        assert!(flaw(&no_ski).contains("subjectKeyIdentifier"));
    }

    #[test]
    fn a_path_length_does_no_harm() {
        assert!(read(&with(|p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)))).is_ok());
    }

    #[test]
    fn less_than_a_day_of_validity_is_expired() {
        let pem = with(|params| params.not_after = date_time_ymd(2025, 1, 2));
        let at = |seconds| Authority::read(&pem, Timestamp::try_from(seconds).unwrap());
        let day_before = 1_735_776_000 - DAY;
        assert!(at(day_before - 1).is_ok());
        assert_eq!(at(day_before), Err(Flaw::Expired));
        assert_eq!(at(day_before + 100 * DAY), Err(Flaw::Expired));
    }

    #[test]
    fn only_the_first_certificate_of_a_bundle_counts() {
        let (first, leaf) = (with(|_| {}), with(|params| params.is_ca = IsCa::NoCa));
        let bundle = format!("Issuer: us\n{first}{leaf}");
        assert_eq!(read(&bundle).unwrap().pem.as_str(), first.replace("\r\n", "\n"));
        assert!(flaw(&format!("{leaf}{first}")).contains("not a CA"));
    }

    #[test]
    fn what_is_not_a_certificate_is_refused() {
        let pem = with(|_| {});
        for text in [
            "",
            "garbage",
            &pem[..pem.len() / 2],
            &pem.replace('\n', "\\n"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        ] {
            assert!(matches!(read(text), Err(Flaw::Invalid(_))), "{text}");
        }
    }

    #[test]
    fn a_private_key_is_refused_even_beside_a_certificate() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(flaw(&key).contains("private key"));
        assert!(flaw(&format!("{}{key}", with(|_| {}))).contains("private key"));
    }

    #[test]
    fn sixteen_kilobytes_are_too_many() {
        let pem = with(|_| {});
        let pad = |len: usize| format!("{}{pem}", " ".repeat(len - pem.len()));
        assert!(read(&pad(16 * 1024 - 1)).is_ok());
        assert!(flaw(&pad(16 * 1024)).contains("16 kB"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_be_refused(text in "(-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=\n]{0,80}|\\PC{0,9}){0,9}") {
            prop_assert!(read(&text).is_err());
        }

        #[test]
        fn a_damaged_certificate_never_panics(at in 0usize..600, byte in 0x20u8..0x7f) {
            let mut pem = testing::AUTHORITY.as_bytes().to_vec();
            let at = at % pem.len();
            pem[at] = byte;
            let _ = read(std::str::from_utf8(&pem).unwrap());
        }
    }
}
