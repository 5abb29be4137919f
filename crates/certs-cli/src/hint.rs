//! What to do next about a refusal, if possible as a command to paste.

use certs_core::Error;
use certs_core::transport::TlsFailure;
use certs_types::ErrorCode;

/// The next step for this error, if one is known.
pub(crate) fn for_error(error: &Error) -> Option<String> {
    if let Some(hint) = for_tls(error) {
        return Some(hint.into());
    }
    let code = error.code().map(ErrorCode::as_str);
    let hint = match (code, error.status()?.as_u16()) {
        (Some("certificate_in_use"), _) => {
            "it is still active somewhere: `certs where` shows where, `certs retire` deactivates it everywhere"
        }
        (Some("certificate_required"), _) => {
            "the organization requires a client certificate: give --client-cert and --client-key, and \
             --base-url https://mtls.api.openai.com/v1; without one, the web dashboard, which mTLS does not \
             cover, can deactivate the certificate"
        }
        (Some("invalid_certificate" | "certificate_verification_failed"), _) => {
            "the client certificate is not accepted: `certs verify` shows why; the web dashboard, which mTLS \
             does not cover, can deactivate the certificate that requires it"
        }
        (Some("project_archived"), _) => {
            "the project is archived: `certs list --project ID` shows its state, `certs projects --include-archived` \
             the archived projects"
        }
        (Some("expired_certificate"), _) => "a certificate must be valid for more than a day",
        (_, 401) => {
            "an admin key (sk-admin-…) is needed, from an owner of the organization: set OPENAI_ADMIN_KEY"
        }
        (_, 403) => "the key needs the permissions api.mtls.read and, for changes, api.mtls.write",
        _ => return None,
    };
    Some(hint.into())
}

/// The next step after a failed TLS handshake.
fn for_tls(error: &Error) -> Option<&'static str> {
    let mut causes =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let failure = causes.find_map(|cause| cause.downcast_ref::<TlsFailure>())?;
    Some(match failure {
        TlsFailure::UnknownIssuer => "give the authority's certificate in PEM: --ca-file FILE",
        TlsFailure::ClientCertificateRequired => {
            "give --client-cert and --client-key; without one, the web dashboard, which mTLS does not cover, can \
             deactivate the certificate"
        }
        TlsFailure::ClientCertificateRefused(_) => {
            "the client certificate (--client-cert) is not accepted there: `certs verify` shows why; the web dashboard, \
             which mTLS does not cover, can deactivate the certificate that requires it"
        }
        TlsFailure::Incompatible => {
            "if the server requires a client certificate, give --client-cert and --client-key"
        }
        TlsFailure::CertificateExpired | TlsFailure::CertificateNotValidYet => {
            "check the clock of this machine"
        }
        TlsFailure::WrongHost => "check the host of --base-url: the certificate is for another one",
        _ => return None,
    })
}
