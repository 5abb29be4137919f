//! The rules of X.509 path validation that webpki does not check.

use webpki::{Error, VerifiedPath};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// The constraints of an anchor on a path. webpki ignores them, because it uses only the name and the
/// key of an anchor.
pub(super) struct AnchorConstraints {
    max_intermediates: usize,
}

impl AnchorConstraints {
    /// Reads the constraints. `None` if the certificate cannot issue others.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        if !can_issue(&certificate) {
            return None;
        }
        let constraints = certificate.tbs_certificate().get_extension::<BasicConstraints>().ok()?;
        let limit = constraints.and_then(|(_, constraints)| constraints.path_len_constraint);
        Some(Self { max_intermediates: limit.map_or(usize::MAX, usize::from) })
    }
}

/// Checks a path that webpki has verified.
pub(super) fn check_path(anchor: &AnchorConstraints, path: &VerifiedPath<'_>) -> Result<(), Error> {
    if path.intermediate_certificates().count() > anchor.max_intermediates {
        return Err(Error::PathLenConstraintViolated);
    }
    let mut intermediates = path.intermediate_certificates();
    let issues = |der: &[u8]| Certificate::from_der(der).is_ok_and(|parsed| can_issue(&parsed));
    if intermediates.all(|intermediate| issues(&intermediate.der())) {
        Ok(())
    } else {
        Err(Error::UnknownIssuer)
    }
}

/// Whether the key usage, if there is one, allows a certificate to issue others.
fn can_issue(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
        Err(_) => false,
    }
}
