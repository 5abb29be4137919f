//! Verification of client certificates.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use certs_types::{CertificatePem, ErrorCode, Timestamp};
use http::StatusCode;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};

use crate::wire::refusal::Refusal;

/// The certificate that a client presents, followed by its intermediates.
///
/// The server adds it to the extensions of a request that arrives over mTLS. Callers of
/// [`handle`](crate::Emulator::handle) add it themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificates(Arc<[CertificateDer<'static>]>);

impl ClientCertificates {
    /// Creates a chain from certificates in DER, the client's own first.
    pub fn from_der(chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(chain.into_iter().map(CertificateDer::from).collect())
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificates({})", self.0.len())
    }
}

/// The trust anchors for a request, by scope, in the order in which the scopes are tried.
pub(crate) type Anchors = Vec<Vec<CertificatePem>>;

/// Accepts a request if no certificate is active, or if one of them issued the client's.
pub(crate) fn check(
    anchors: &Anchors,
    presented: Option<&ClientCertificates>,
    now: Timestamp,
    status: StatusCode,
) -> Result<(), Refusal> {
    if anchors.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let refuse = |code: ErrorCode, message: &str| Err(Refusal::new(status, message).code(code));
    let Some([leaf, intermediates @ ..]) = presented.map(|presented| &*presented.0) else {
        let message = "A client certificate is required for this request.";
        return refuse(ErrorCode::CERTIFICATE_REQUIRED, message);
    };
    let mut malformed = false;
    for authorities in anchors {
        match verify_chain(authorities, leaf, intermediates, now) {
            Ok(()) => return Ok(()),
            Err(Error::InvalidCertificate(CertificateError::BadEncoding)) => malformed = true,
            Err(_) => {}
        }
    }
    if malformed {
        return refuse(ErrorCode::INVALID_CERTIFICATE, "The client certificate is malformed.");
    }
    let message = "No active certificate of the organization or project verifies the client's.";
    refuse(ErrorCode::CERTIFICATE_VERIFICATION_FAILED, message)
}

fn verify_chain(
    authorities: &[CertificatePem],
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    for pem in authorities {
        if let Ok(der) = CertificateDer::from_pem_slice(pem.as_str().as_bytes()) {
            // A certificate that cannot be a trust anchor is skipped.
            let _ = roots.add(der);
        }
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let seconds = u64::try_from(now.as_secs()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    verifier.verify_client_cert(leaf, intermediates, now).map(drop)
}

#[cfg(test)]
mod tests {
    use certs_types::ErrorCode;
    use http::Request;
    use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
    use serde_json::json as value;

    use super::*;
    use crate::Emulator;
    use crate::testing::{Calls, KEY, authority_params, builder, code, json, now};

    const WORKLOAD: &str = "sk-proj-workload";

    /// A certificate authority, and a client certificate that it issued.
    struct Authority {
        pem: String,
        client: ClientCertificates,
    }

    fn authority(name: &str) -> Authority {
        authority_of(name, authority_params())
    }

    fn authority_of(name: &str, mut params: CertificateParams) -> Authority {
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let mut leaf = CertificateParams::new(vec!["workload".into()]).unwrap();
        leaf.distinguished_name.push(DnType::CommonName, "workload");
        leaf.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        Authority { pem, client: ClientCertificates::from_der([leaf.der().to_vec()]) }
    }

    fn emulator() -> Emulator {
        builder().project_key(WORKLOAD, "proj_a".parse().unwrap()).enforce_mtls().build()
    }

    fn upload(emulator: &Emulator, authority: &Authority) -> Vec<String> {
        let body = value!({"certificate": authority.pem});
        let (_, body) = emulator.post("/organization/certificates", body);
        vec![body["id"].as_str().unwrap().to_owned()]
    }

    /// Makes a request and returns the error code, or an empty string if it succeeds.
    fn error_code(
        emulator: &Emulator,
        key: &str,
        path: &str,
        client: Option<&ClientCertificates>,
    ) -> String {
        let request =
            Request::get(format!("/v1{path}")).header("authorization", format!("Bearer {key}"));
        let mut request = request.body(Vec::new()).unwrap();
        if let Some(client) = client {
            request.extensions_mut().insert(client.clone());
        }
        let response = emulator.handle(request);
        if response.status() == 200 { String::new() } else { code(&json(&response)).to_owned() }
    }

    fn workload_error(emulator: &Emulator, client: Option<&ClientCertificates>) -> String {
        error_code(emulator, WORKLOAD, "/models", client)
    }

    #[test]
    fn checks_nothing_while_no_certificate_is_active() {
        let (emulator, ours) = (emulator(), authority("ours"));
        let ids = upload(&emulator, &ours);
        assert_eq!(workload_error(&emulator, None), "");
        emulator.toggle("projects/proj_b/", "activate", &ids);
        assert_eq!(workload_error(&emulator, None), "", "active in another project only");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(workload_error(&emulator, None), "certificate_required");
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(
            workload_error(&emulator, None),
            "",
            "deactivating the last one ends enforcement silently"
        );
    }

    #[test]
    fn enforces_what_is_still_visible() {
        let propagation = crate::Propagation::Reads(1);
        let emulator = builder()
            .project_key(WORKLOAD, "proj_a".parse().unwrap())
            .propagation(propagation)
            .enforce_mtls()
            .build();
        let ids = upload(&emulator, &authority("ours"));
        let read = || emulator.get("/organization/projects/proj_a/certificates");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(workload_error(&emulator, None), "");
        read();
        assert_eq!(workload_error(&emulator, None), "certificate_required");
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(workload_error(&emulator, None), "certificate_required");
        let copy = serde_json::to_string(&emulator.snapshot()).unwrap();
        emulator.restore(serde_json::from_str(&copy).unwrap()).unwrap();
        assert_eq!(
            workload_error(&emulator, None),
            "certificate_required",
            "a restored copy behaves alike"
        );
        read();
        assert_eq!(workload_error(&emulator, None), "");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
        assert_eq!(
            workload_error(&emulator, None),
            "",
            "a deleted certificate is enforced nowhere"
        );
    }

    #[test]
    fn one_matching_anchor_is_enough() {
        let emulator = emulator();
        let (ours, theirs, strange) =
            (authority("ours"), authority("theirs"), authority("strange"));
        emulator.toggle("projects/proj_a/", "activate", &upload(&emulator, &ours));
        // This locks out the administrator too, so it is the last change.
        emulator.toggle("", "activate", &upload(&emulator, &theirs));
        assert_eq!(workload_error(&emulator, Some(&ours.client)), "");
        assert_eq!(workload_error(&emulator, Some(&theirs.client)), "");
        assert_eq!(
            workload_error(&emulator, Some(&strange.client)),
            "certificate_verification_failed"
        );
        let noise = ClientCertificates::from_der([b"noise".to_vec()]);
        assert_eq!(workload_error(&emulator, Some(&noise)), "invalid_certificate");
        assert_eq!(
            workload_error(&emulator, Some(&ClientCertificates::from_der([]))),
            "certificate_required"
        );
    }

    #[test]
    fn organization_certificate_locks_out_the_administrator() {
        let (emulator, ours) = (emulator(), authority("ours"));
        let ids = upload(&emulator, &ours);
        let admin_error = |client| error_code(&emulator, KEY, "/organization/certificates", client);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(admin_error(None), "");
        emulator.toggle("", "activate", &ids);
        assert_eq!(admin_error(None), "certificate_required");
        assert_eq!(admin_error(Some(&ours.client)), "");
    }

    #[test]
    fn refuses_an_expired_client_certificate() {
        let ours = authority("ours");
        let anchors = vec![vec![ours.pem.parse().unwrap()]];
        let at = |now| check(&anchors, Some(&ours.client), now, StatusCode::UNAUTHORIZED);
        assert!(at(now()).is_ok());
        let late = at(Timestamp::try_from(1_900_000_000).unwrap()).unwrap_err();
        assert_eq!(late.body.code, Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED));
    }

    #[test]
    fn expired_anchor_still_verifies_clients() {
        let mut params = authority_params();
        params.not_after = rcgen::date_time_ymd(2024, 12, 31);
        let expired = authority_of("expired", params);
        let anchors = vec![vec![expired.pem.parse().unwrap()]];
        let later = Timestamp::try_from(1_750_000_000).unwrap();
        assert!(check(&anchors, Some(&expired.client), later, StatusCode::UNAUTHORIZED).is_ok());
    }

    #[test]
    fn rotation_in_the_wrong_order_is_an_outage() {
        let project = "projects/proj_a/";
        let (old, new) = (authority("old"), authority("new"));
        for right in [false, true] {
            let emulator = emulator();
            let (old_ids, new_ids) = (upload(&emulator, &old), upload(&emulator, &new));
            emulator.toggle(project, "activate", &old_ids);
            emulator.toggle(project, "activate", &new_ids);
            if !right {
                emulator.toggle(project, "deactivate", &old_ids);
                let outage = workload_error(&emulator, Some(&old.client));
                assert_eq!(outage, "certificate_verification_failed", "not moved yet");
                continue;
            }
            assert_eq!(workload_error(&emulator, Some(&old.client)), "");
            assert_eq!(workload_error(&emulator, Some(&new.client)), "", "moved");
            emulator.toggle(project, "deactivate", &old_ids);
            assert_eq!(workload_error(&emulator, Some(&new.client)), "");
            assert_eq!(
                emulator.delete(&format!("/organization/certificates/{}", old_ids[0])).0,
                200
            );
        }
    }

    #[test]
    fn each_key_reaches_only_its_own_endpoints() {
        let emulator = emulator();
        assert_eq!(error_code(&emulator, KEY, "/organization/projects", None), "");
        let status = |key, path: &str| {
            let request =
                Request::get(format!("/v1{path}")).header("authorization", format!("Bearer {key}"));
            emulator.handle(request.body(Vec::new()).unwrap()).status().as_u16()
        };
        assert_eq!(status(WORKLOAD, "/organization/projects"), 403);
        assert_eq!(status(KEY, "/models"), 403);
    }
}
