//! The rules for uploads: one CA certificate in PEM.

use certs_types::{CertificatePem, Timestamp};
use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::DecodePem;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::time::Time;

use crate::assumptions::CertificateRules;

/// A CA certificate that fulfills the rules for uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaCertificate {
    pub(crate) pem: CertificatePem,
    pub(crate) valid_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Why a text is not a valid upload. The message does not contain the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UploadError {
    Invalid(String),
    Expired,
}

/// The limit in the help article is "under 16 kB".
const SIZE_LIMIT: usize = 16 * 1024;

const DAY: i64 = 24 * 60 * 60;

impl CaCertificate {
    /// Reads the first certificate of a PEM text and checks it.
    pub(crate) fn read(
        text: &str,
        now: Timestamp,
        rules: CertificateRules,
    ) -> Result<Self, UploadError> {
        if rules == CertificateRules::HelpArticle && text.len() >= SIZE_LIMIT {
            return Err(invalid("the PEM must be smaller than 16 kB"));
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(invalid("the PEM contains a private key"));
        }
        let pem: CertificatePem = first_block(text)
            .ok_or_else(|| invalid("the PEM contains no certificate"))?
            .parse()
            .map_err(invalid)?;
        let authority = Self::parse(pem, rules)?;
        if authority.expires_at.as_secs() <= now.as_secs().saturating_add(DAY) {
            return Err(UploadError::Expired);
        }
        Ok(authority)
    }

    /// Checks a certificate, except for its expiry.
    pub(crate) fn parse(pem: CertificatePem, rules: CertificateRules) -> Result<Self, UploadError> {
        let certificate = Certificate::from_pem(pem.as_str())
            .map_err(|_| invalid("the PEM does not contain an X.509 certificate"))?;
        check_extensions(&certificate, rules)?;
        let validity = certificate.tbs_certificate().validity();
        let valid_at = timestamp(validity.not_before)?;
        let expires_at = timestamp(validity.not_after)?;
        Ok(Self { pem, valid_at, expires_at })
    }

    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        (self.valid_at..=self.expires_at).contains(&now)
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.pem.to_der().into()
    }
}

fn invalid(why: impl ToString) -> UploadError {
    UploadError::Invalid(why.to_string())
}

/// Returns the first certificate block. The text after it is ignored.
fn first_block(text: &str) -> Option<&str> {
    const END: &str = "-----END CERTIFICATE-----";
    let block = &text[text.find("-----BEGIN CERTIFICATE-----")?..];
    Some(&block[..block.find(END)? + END.len()])
}

fn check_extensions(certificate: &Certificate, rules: CertificateRules) -> Result<(), UploadError> {
    let tbs = certificate.tbs_certificate();
    let malformed = |_| invalid("an extension of the certificate is malformed or repeated");
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(malformed)?;
    if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Err(invalid("the certificate is not a CA: basicConstraints must contain CA:TRUE"));
    }
    if rules == CertificateRules::Guide {
        return Ok(());
    }
    if tbs.get_extension::<SubjectKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err(invalid("the certificate has no subjectKeyIdentifier"));
    }
    if tbs.get_extension::<AuthorityKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err(invalid("the certificate has no authorityKeyIdentifier"));
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(malformed)?;
    if !usage.is_some_and(|(_, usage)| usage.key_cert_sign() && usage.crl_sign()) {
        return Err(invalid("the certificate's keyUsage must contain keyCertSign and cRLSign"));
    }
    Ok(())
}

fn timestamp(time: Time) -> Result<Timestamp, UploadError> {
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

    fn read(text: &str) -> Result<CaCertificate, UploadError> {
        CaCertificate::read(text, now(), CertificateRules::HelpArticle)
    }

    fn error(text: &str) -> String {
        match read(text).unwrap_err() {
            UploadError::Invalid(why) => why,
            UploadError::Expired => "expired".into(),
        }
    }

    fn authority_with(change: impl FnOnce(&mut CertificateParams)) -> String {
        let mut params = testing::authority_params();
        change(&mut params);
        testing::sign(params)
    }

    #[test]
    fn reads_the_validity() {
        let authority = read(&authority_with(|_| {})).unwrap();
        assert_eq!(authority.valid_at.as_secs(), 1_704_067_200);
        assert_eq!(authority.expires_at.as_secs(), 2_208_988_800);
    }

    #[test]
    fn accepts_a_certificate_that_never_expires() {
        let pem = authority_with(|params| params.not_after = date_time_ymd(9999, 12, 31));
        assert_eq!(read(&pem).unwrap().expires_at.as_secs(), 253_402_214_400);
    }

    #[test]
    fn refuses_a_certificate_that_is_not_a_ca() {
        assert!(error(&authority_with(|params| params.is_ca = IsCa::NoCa)).contains("not a CA"));
        assert!(
            error(&authority_with(|params| params.is_ca = IsCa::ExplicitNoCa)).contains("not a CA")
        );
    }

    #[test]
    fn refuses_a_missing_extension() {
        let no_aki = authority_with(|params| params.use_authority_key_identifier_extension = false);
        assert!(error(&no_aki).contains("authorityKeyIdentifier"));
        for usages in [vec![], vec![KeyUsagePurpose::KeyCertSign], vec![KeyUsagePurpose::CrlSign]] {
            assert!(
                error(&authority_with(|params| params.key_usages = usages)).contains("keyUsage")
            );
        }
        // rcgen always adds the subject key identifier to a CA, so this one is a CA by a custom extension.
        let no_ski = authority_with(|params| {
            params.is_ca = IsCa::NoCa;
            let ca =
                rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![48, 3, 1, 1, 255]);
            params.custom_extensions.push(ca);
        });
        assert!(error(&no_ski).contains("subjectKeyIdentifier"));
        for required_by_the_article_only in
            [no_aki, no_ski, authority_with(|p| p.key_usages.clear())]
        {
            let guide = CertificateRules::Guide;
            assert!(CaCertificate::read(&required_by_the_article_only, now(), guide).is_ok());
        }
    }

    #[test]
    fn accepts_a_path_length() {
        assert!(
            read(&authority_with(|p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)))).is_ok()
        );
    }

    #[test]
    fn less_than_a_day_of_validity_is_expired() {
        let pem = authority_with(|params| params.not_after = date_time_ymd(2025, 1, 2));
        let at = |seconds| {
            let now = Timestamp::try_from(seconds).unwrap();
            CaCertificate::read(&pem, now, CertificateRules::Guide)
        };
        let day_before = 1_735_776_000 - DAY;
        assert!(at(day_before - 1).is_ok());
        assert_eq!(at(day_before), Err(UploadError::Expired));
        assert_eq!(at(day_before + 100 * DAY), Err(UploadError::Expired));
    }

    #[test]
    fn reads_only_the_first_certificate_of_a_bundle() {
        let (first, leaf) =
            (authority_with(|_| {}), authority_with(|params| params.is_ca = IsCa::NoCa));
        let bundle = format!("Issuer: us\n{first}{leaf}");
        assert_eq!(read(&bundle).unwrap().pem.as_str(), first.replace("\r\n", "\n"));
        assert!(error(&format!("{leaf}{first}")).contains("not a CA"));
    }

    #[test]
    fn refuses_anything_but_a_certificate() {
        let pem = authority_with(|_| {});
        for text in [
            "",
            "garbage",
            &pem[..pem.len() / 2],
            &pem.replace('\n', "\\n"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        ] {
            assert!(matches!(read(text), Err(UploadError::Invalid(_))), "{text}");
        }
    }

    #[test]
    fn refuses_a_private_key_even_beside_a_certificate() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(error(&key).contains("private key"));
        assert!(error(&format!("{}{key}", authority_with(|_| {}))).contains("private key"));
    }

    #[test]
    fn refuses_sixteen_kilobytes() {
        let pem = authority_with(|_| {});
        let pad = |len: usize| format!("{}{pem}", " ".repeat(len - pem.len()));
        assert!(read(&pad(16 * 1024 - 1)).is_ok());
        assert!(error(&pad(16 * 1024)).contains("16 kB"));
    }

    proptest! {
        #[test]
        fn refuses_any_other_text(text in "(-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=\n]{0,80}|\\PC{0,9}){0,9}") {
            prop_assert!(read(&text).is_err());
        }

        #[test]
        fn damaged_certificates_do_not_panic(at in 0usize..600, byte in 0x20u8..0x7f) {
            let mut pem = testing::AUTHORITY.as_bytes().to_vec();
            let at = at % pem.len();
            pem[at] = byte;
            let _ = read(std::str::from_utf8(&pem).unwrap());
        }
    }
}
