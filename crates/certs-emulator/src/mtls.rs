//! What the certificates are for: the check of client certificates.

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

/// The certificate that a client shows, and those that link it to an authority.
///
/// The server puts it into the extensions of a request that came over mTLS; with
/// [`handle`](crate::Emulator::handle), put it there yourself.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificates(Arc<[CertificateDer<'static>]>);

impl ClientCertificates {
    /// These certificates in DER, the client's own first.
    pub fn from_der(chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(chain.into_iter().map(CertificateDer::from).collect())
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificates({})", self.0.len())
    }
}

/// The authorities that a request is held against, each scope by itself and in their order.
pub(crate) type Anchors = Vec<Vec<CertificatePem>>;

/// Lets a request pass when no authority is active, or when one of them vouches for its client.
pub(crate) fn check(
    anchors: &Anchors,
    shown: Option<&ClientCertificates>,
    now: Timestamp,
    status: StatusCode,
) -> Result<(), Refusal> {
    if anchors.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let refuse = |code: ErrorCode, message: &str| Err(Refusal::new(status, message).code(code));
    let Some([own, links @ ..]) = shown.map(|shown| &*shown.0) else {
        let message = "A client certificate is required for this request.";
        return refuse(ErrorCode::CERTIFICATE_REQUIRED, message);
    };
    let mut malformed = false;
    for authorities in anchors {
        match vouch(authorities, own, links, now) {
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

fn vouch(
    authorities: &[CertificatePem],
    own: &CertificateDer<'_>,
    links: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    for pem in authorities {
        if let Ok(der) = CertificateDer::from_pem_slice(pem.as_str().as_bytes()) {
            // What cannot be an anchor vouches for nobody.
            let _ = roots.add(der);
        }
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let seconds = u64::try_from(now.as_secs()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    verifier.verify_client_cert(own, links, now).map(drop)
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

    /// An authority, and a client certificate it issued.
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

    /// What a request is told: nothing when it passes, otherwise the code.
    fn told(
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
        let answer = emulator.handle(request);
        if answer.status() == 200 { String::new() } else { code(&json(&answer)).to_owned() }
    }

    fn works(emulator: &Emulator, client: Option<&ClientCertificates>) -> String {
        told(emulator, WORKLOAD, "/models", client)
    }

    #[test]
    fn without_an_active_certificate_nothing_is_checked() {
        let (emulator, ours) = (emulator(), authority("ours"));
        let ids = upload(&emulator, &ours);
        assert_eq!(works(&emulator, None), "");
        emulator.toggle("projects/proj_b/", "activate", &ids);
        assert_eq!(works(&emulator, None), "", "another project's is not ours");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(works(&emulator, None), "certificate_required");
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(works(&emulator, None), "", "deactivating the last one opens silently");
    }

    #[test]
    fn what_still_shows_is_still_enforced() {
        let propagation = crate::Propagation::Reads(1);
        let emulator = builder()
            .project_key(WORKLOAD, "proj_a".parse().unwrap())
            .propagation(propagation)
            .enforce_mtls()
            .build();
        let ids = upload(&emulator, &authority("ours"));
        let read = || emulator.get("/organization/projects/proj_a/certificates");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(works(&emulator, None), "");
        read();
        assert_eq!(works(&emulator, None), "certificate_required");
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(works(&emulator, None), "certificate_required");
        let copy = serde_json::to_string(&emulator.snapshot()).unwrap();
        emulator.restore(serde_json::from_str(&copy).unwrap()).unwrap();
        assert_eq!(works(&emulator, None), "certificate_required", "a copy goes on alike");
        read();
        assert_eq!(works(&emulator, None), "");
        emulator.toggle("projects/proj_a/", "activate", &ids);
        emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
        assert_eq!(works(&emulator, None), "", "what is gone shows nowhere");
    }

    #[test]
    fn one_authority_of_project_or_organization_is_enough() {
        let emulator = emulator();
        let (ours, theirs, strange) =
            (authority("ours"), authority("theirs"), authority("strange"));
        emulator.toggle("projects/proj_a/", "activate", &upload(&emulator, &ours));
        // From here on the administrator is locked out as well, so it is the last change.
        emulator.toggle("", "activate", &upload(&emulator, &theirs));
        assert_eq!(works(&emulator, Some(&ours.client)), "");
        assert_eq!(works(&emulator, Some(&theirs.client)), "");
        assert_eq!(works(&emulator, Some(&strange.client)), "certificate_verification_failed");
        let noise = ClientCertificates::from_der([b"noise".to_vec()]);
        assert_eq!(works(&emulator, Some(&noise)), "invalid_certificate");
        assert_eq!(
            works(&emulator, Some(&ClientCertificates::from_der([]))),
            "certificate_required"
        );
    }

    #[test]
    fn an_organization_certificate_locks_out_the_administrator() {
        let (emulator, ours) = (emulator(), authority("ours"));
        let ids = upload(&emulator, &ours);
        let administers = |client| told(&emulator, KEY, "/organization/certificates", client);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert_eq!(administers(None), "");
        emulator.toggle("", "activate", &ids);
        assert_eq!(administers(None), "certificate_required");
        assert_eq!(administers(Some(&ours.client)), "");
    }

    #[test]
    fn an_expired_client_is_refused() {
        let ours = authority("ours");
        let anchors = vec![vec![ours.pem.parse().unwrap()]];
        let at = |now| check(&anchors, Some(&ours.client), now, StatusCode::UNAUTHORIZED);
        assert!(at(now()).is_ok());
        let late = at(Timestamp::try_from(1_900_000_000).unwrap()).unwrap_err();
        assert_eq!(late.body.code, Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED));
    }

    #[test]
    fn an_expired_authority_still_vouches() {
        let mut params = authority_params();
        params.not_after = rcgen::date_time_ymd(2024, 12, 31);
        let expired = authority_of("expired", params);
        let anchors = vec![vec![expired.pem.parse().unwrap()]];
        let later = Timestamp::try_from(1_750_000_000).unwrap();
        assert!(check(&anchors, Some(&expired.client), later, StatusCode::UNAUTHORIZED).is_ok());
    }

    #[test]
    fn a_rotation_in_the_wrong_order_is_an_outage_and_in_the_right_one_is_not() {
        let project = "projects/proj_a/";
        let (old, new) = (authority("old"), authority("new"));
        for right in [false, true] {
            let emulator = emulator();
            let (old_ids, new_ids) = (upload(&emulator, &old), upload(&emulator, &new));
            emulator.toggle(project, "activate", &old_ids);
            emulator.toggle(project, "activate", &new_ids);
            if !right {
                emulator.toggle(project, "deactivate", &old_ids);
                let outage = works(&emulator, Some(&old.client));
                assert_eq!(outage, "certificate_verification_failed", "not moved yet");
                continue;
            }
            assert_eq!(works(&emulator, Some(&old.client)), "");
            assert_eq!(works(&emulator, Some(&new.client)), "", "moved");
            emulator.toggle(project, "deactivate", &old_ids);
            assert_eq!(works(&emulator, Some(&new.client)), "");
            assert_eq!(
                emulator.delete(&format!("/organization/certificates/{}", old_ids[0])).0,
                200
            );
        }
    }

    #[test]
    fn keys_keep_to_their_own_endpoints() {
        let emulator = emulator();
        assert_eq!(told(&emulator, KEY, "/organization/projects", None), "");
        let status = |key, path: &str| {
            let request =
                Request::get(format!("/v1{path}")).header("authorization", format!("Bearer {key}"));
            emulator.handle(request.body(Vec::new()).unwrap()).status().as_u16()
        };
        assert_eq!(status(WORKLOAD, "/organization/projects"), 403);
        assert_eq!(status(KEY, "/models"), 403);
    }
}
