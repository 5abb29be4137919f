use certs_types::ErrorCode;
use http::Request;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use serde_json::json as value;

use super::*;
use crate::state::ca_certificate::CaCertificate;
use crate::testing::{Calls, KEY, authority_params, builder, code, json, now};
use crate::{CertificateRules, Emulator};

const WORKLOAD: &str = "sk-proj-workload";

/// A certificate authority, and a client certificate that it issued.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    client: ClientCertificates,
}

fn authority(name: &str) -> Authority {
    authority_from(name, authority_params())
}

fn authority_from(name: &str, mut params: CertificateParams) -> Authority {
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let client = chain([issue(&issuer, leaf_params())]);
    Authority { issuer, pem, client }
}

/// The parameters of a client certificate that both documents accept.
fn leaf_params() -> CertificateParams {
    let mut leaf = CertificateParams::new(vec!["workload".into()]).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, "workload");
    leaf.not_after = rcgen::date_time_ymd(2030, 1, 1);
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    leaf
}

fn leaf_with(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = leaf_params();
    change(&mut params);
    params
}

fn issue(issuer: &Issuer<'_, KeyPair>, params: CertificateParams) -> Vec<u8> {
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

fn chain<const N: usize>(certificates: [Vec<u8>; N]) -> ClientCertificates {
    ClientCertificates::from_der(certificates)
}

/// Issues an intermediate authority, and returns its certificate and its issuer.
fn intermediate(
    root: &Authority,
    mut params: CertificateParams,
) -> (Vec<u8>, Issuer<'static, KeyPair>) {
    params.distinguished_name.push(DnType::CommonName, "intermediate");
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &root.issuer).unwrap().der().to_vec();
    (certificate, Issuer::new(params, key))
}

/// The code with which a client certificate is refused while this authority is active.
fn code_with(
    authority: &Authority,
    client: &ClientCertificates,
    assumptions: &Assumptions,
) -> Option<ErrorCode> {
    let pem = authority.pem.parse().unwrap();
    let anchor = CaCertificate::parse(pem, CertificateRules::Guide).unwrap();
    let refused = check(&[anchor], Some(client), now(), assumptions).err()?;
    assert_eq!(refused.status, 401);
    refused.body.code
}

fn refusal_code(authority: &Authority, client: &ClientCertificates) -> Option<ErrorCode> {
    code_with(authority, client, &Assumptions::default())
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
fn enforcement_follows_the_visible_state() {
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
        "a restored copy enforces the same"
    );
    read();
    assert_eq!(workload_error(&emulator, None), "");
    emulator.toggle("projects/proj_a/", "activate", &ids);
    emulator.toggle("projects/proj_a/", "deactivate", &ids);
    assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
    assert_eq!(workload_error(&emulator, None), "", "a deleted certificate is enforced nowhere");
}

#[test]
fn one_matching_anchor_is_enough() {
    let emulator = emulator();
    let (ours, theirs, strange) = (authority("ours"), authority("theirs"), authority("strange"));
    emulator.toggle("projects/proj_a/", "activate", &upload(&emulator, &ours));
    // This locks out the administrator too, so it is the last change.
    emulator.toggle("", "activate", &upload(&emulator, &theirs));
    assert_eq!(workload_error(&emulator, Some(&ours.client)), "");
    assert_eq!(workload_error(&emulator, Some(&theirs.client)), "");
    assert_eq!(workload_error(&emulator, Some(&strange.client)), "certificate_verification_failed");
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
fn requires_an_authority_key_identifier() {
    let ours = authority("ours");
    let without = leaf_with(|leaf| leaf.use_authority_key_identifier_extension = false);
    let client = chain([issue(&ours.issuer, without)]);
    assert_eq!(refusal_code(&ours, &client), Some(ErrorCode::INVALID_CERTIFICATE));
    assert_eq!(refusal_code(&ours, &ours.client), None);
}

#[test]
fn an_invalid_certificate_is_reported_as_invalid_whoever_issued_it() {
    let (ours, other) = (authority("ours"), authority("other"));
    let without = leaf_with(|leaf| leaf.use_authority_key_identifier_extension = false);
    let client = chain([issue(&other.issuer, without)]);
    assert_eq!(refusal_code(&ours, &client), Some(ErrorCode::INVALID_CERTIFICATE));
}

#[test]
fn an_extended_key_usage_must_contain_client_auth() {
    let ours = authority("ours");
    let server = leaf_with(|leaf| {
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let client = chain([issue(&ours.issuer, server)]);
    let expected = Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED);
    assert_eq!(refusal_code(&ours, &client), expected);
    let any = leaf_with(|leaf| leaf.extended_key_usages.clear());
    assert_eq!(refusal_code(&ours, &chain([issue(&ours.issuer, any)])), None);
}

#[test]
fn applies_the_rules_of_the_help_article_only_if_set() {
    let ours = authority("ours");
    let article = Assumptions {
        client_certificate_rules: CertificateRules::HelpArticle,
        ..Assumptions::default()
    };
    assert_eq!(code_with(&ours, &ours.client, &article), None);
    let no_usage = leaf_with(|leaf| leaf.key_usages.clear());
    let no_purpose = leaf_with(|leaf| leaf.extended_key_usages.clear());
    // rcgen adds the subject key identifier only to certificates with basic constraints.
    let no_ski = leaf_with(|leaf| leaf.is_ca = IsCa::NoCa);
    for params in [no_usage, no_purpose, no_ski] {
        let client = chain([issue(&ours.issuer, params)]);
        assert_eq!(refusal_code(&ours, &client), None);
        let code = code_with(&ours, &client, &article);
        assert_eq!(code, Some(ErrorCode::INVALID_CERTIFICATE));
    }
}

#[test]
fn uses_the_presented_intermediates() {
    let root = authority("root");
    let (link, issuer) = intermediate(&root, authority_params());
    let leaf = issue(&issuer, leaf_params());
    let failed = Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED);
    assert_eq!(refusal_code(&root, &chain([leaf.clone()])), failed);
    assert_eq!(refusal_code(&root, &chain([leaf.clone(), link.clone()])), None);
    let stray = issue(&authority("stray").issuer, leaf_params());
    assert_eq!(refusal_code(&root, &chain([leaf, stray, link])), None);
}

#[test]
fn rejects_a_path_that_violates_a_constraint() {
    let failed = Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED);
    let mut direct_only = authority_params();
    direct_only.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = authority_from("root", direct_only);
    let (link, issuer) = intermediate(&root, authority_params());
    assert_eq!(refusal_code(&root, &root.client), None);
    assert_eq!(refusal_code(&root, &chain([issue(&issuer, leaf_params()), link])), failed);

    let root = authority("root");
    let mut no_issuer = authority_params();
    no_issuer.key_usages = vec![KeyUsagePurpose::CrlSign];
    let (link, issuer) = intermediate(&root, no_issuer.clone());
    assert_eq!(refusal_code(&root, &chain([issue(&issuer, leaf_params()), link])), failed);
    let root = authority_from("root", no_issuer);
    assert_eq!(refusal_code(&root, &root.client), failed);
}

#[test]
fn tries_every_anchor_of_the_same_name() {
    let (old, new) = (authority("same"), authority("same"));
    let parse = |authority: &Authority| {
        CaCertificate::parse(authority.pem.parse().unwrap(), CertificateRules::Guide).unwrap()
    };
    let anchors = [parse(&old), parse(&new)];
    for client in [&old.client, &new.client] {
        assert!(check(&anchors, Some(client), now(), &Assumptions::default()).is_ok());
    }
}

#[test]
fn refuses_an_expired_client_certificate() {
    let ours = authority("ours");
    let expired = leaf_with(|leaf| leaf.not_after = rcgen::date_time_ymd(2024, 5, 31));
    let client = chain([issue(&ours.issuer, expired)]);
    let expected = Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED);
    assert_eq!(refusal_code(&ours, &client), expected);
}

#[test]
fn an_expired_anchor_verifies_no_client() {
    let mut params = authority_params();
    params.not_after = rcgen::date_time_ymd(2024, 5, 31);
    let expired = authority_from("expired", params);
    let expected = Some(ErrorCode::CERTIFICATE_VERIFICATION_FAILED);
    assert_eq!(refusal_code(&expired, &expired.client), expected);
    let assumptions = Assumptions { ignore_anchor_validity: true, ..Assumptions::default() };
    assert_eq!(code_with(&expired, &expired.client, &assumptions), None);
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
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", old_ids[0])).0, 200);
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
