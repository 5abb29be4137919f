//! The client's own certificate.

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage as Purpose, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::ID_KP_CLIENT_AUTH;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use super::path::{AnchorConstraints, check_path};
use crate::assumptions::CertificateRules;
use crate::state::ca_certificate::CaCertificate;

/// A client certificate that has the required extensions.
pub(super) struct Leaf<'a>(EndEntityCert<'a>);

impl<'a> Leaf<'a> {
    /// Parses a certificate and checks its extensions, or returns what is invalid.
    pub(super) fn parse(
        der: &'a CertificateDer<'_>,
        rules: CertificateRules,
    ) -> Result<Self, &'static str> {
        let malformed = "it is malformed";
        let certificate = Certificate::from_der(der).map_err(|_| malformed)?;
        check_extensions(&certificate, rules)?;
        EndEntityCert::try_from(der).map(Self).map_err(|_| malformed)
    }

    /// Whether the anchor verifies this certificate, through any of the intermediates.
    pub(super) fn verify(
        &self,
        anchor: &CaCertificate,
        intermediates: &[CertificateDer<'_>],
        time: UnixTime,
    ) -> bool {
        let der = anchor.der();
        let (Ok(trusted), Some(constraints)) =
            (anchor_from_trusted_cert(&der), AnchorConstraints::read(&der))
        else {
            return false;
        };
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let check = |path: &webpki::VerifiedPath<'_>| check_path(&constraints, path);
        let (anchors, purpose) = ([trusted], Purpose::client_auth());
        self.0
            .verify_for_usage(
                algorithms,
                &anchors,
                intermediates,
                time,
                purpose,
                None,
                Some(&check),
            )
            .is_ok()
    }
}

fn check_extensions(
    certificate: &Certificate,
    rules: CertificateRules,
) -> Result<(), &'static str> {
    let malformed = |_| "an extension is malformed or repeated";
    let tbs = certificate.tbs_certificate();
    if tbs.get_extension::<AuthorityKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err("it has no authorityKeyIdentifier");
    }
    if rules == CertificateRules::Guide {
        return Ok(());
    }
    if tbs.get_extension::<SubjectKeyIdentifier>().map_err(malformed)?.is_none() {
        return Err("it has no subjectKeyIdentifier");
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(malformed)?;
    if !usage.is_some_and(|(_, usage)| usage.digital_signature() && usage.key_encipherment()) {
        return Err("its keyUsage must contain digitalSignature and keyEncipherment");
    }
    let purposes = tbs.get_extension::<ExtendedKeyUsage>().map_err(malformed)?;
    if !purposes.is_some_and(|(_, purposes)| purposes.0.contains(&ID_KP_CLIENT_AUTH)) {
        return Err("its extendedKeyUsage must contain clientAuth");
    }
    Ok(())
}
