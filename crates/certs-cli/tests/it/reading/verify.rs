//! `certs verify`

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use serde_json::{Value, json};

use crate::support::{File, Organization, Run};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn root(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap()
}

fn intermediate(root: &Authority) -> Authority {
    let params = authority_params("Intermediate");
    CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), root).unwrap()
}

/// A client certificate in PEM, changed in one way.
fn leaf(issuer: &Authority, change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = params("workload");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().pem()
}

fn upload(organization: &Organization, root: &Authority, name: &str) -> String {
    let file = File::new(root.pem());
    let run = organization.run(["upload", file.path(), "--name", name, "--output", "json"]);
    run.json()["id"].as_str().unwrap().to_owned()
}

fn activate(organization: &Organization, arguments: &[&str]) {
    let always = ["activate", "--yes", "--allow-lockout"];
    let run = organization.run(always.into_iter().chain(arguments.iter().copied()));
    assert_eq!(run.exit, 0, "{run:?}");
}

fn verify(organization: &Organization, pem: &str, arguments: &[&str]) -> Run {
    let file = File::new(pem);
    organization.run(["verify", file.path()].into_iter().chain(arguments.iter().copied()))
}

#[test]
fn passes_and_refusals_are_shown_with_their_reasons() {
    let organization = Organization::new();
    let (ours, other) = (root("Root"), root("Other"));
    let id = upload(&organization, &ours, "Root");
    activate(&organization, &["--project", "proj_a", &id]);
    let between = intermediate(&ours);
    let unchanged = |_: &mut CertificateParams| {};
    let complete = leaf(&between, unchanged) + &between.pem();
    for pem in [leaf(&ours, unchanged), complete] {
        let run = verify(&organization, &pem, &["--project", "proj_a"]);
        assert_eq!(run.exit, 0, "{run:?}");
        assert!(run.out.contains(&format!("chains to {id}")), "{run:?}");
    }
    let no_key_id = leaf(&ours, |params| params.use_authority_key_identifier_extension = false);
    let for_servers = leaf(&ours, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let expired = leaf(&ours, |params| params.not_after = rcgen::date_time_ymd(2000, 1, 1));
    for (pem, why) in [
        (leaf(&other, unchanged), "does not chain"),
        (leaf(&between, unchanged), "is an intermediate missing?"),
        (no_key_id, "authorityKeyIdentifier"),
        (for_servers, "not for client authentication"),
        (expired, "has expired"),
    ] {
        let run = verify(&organization, &pem, &["--project", "proj_a"]);
        assert_eq!(run.exit, 6, "{why}: {run:?}");
        assert!(run.out.contains(why) && run.err.lines().count() <= 1, "{why}: {run:?}");
    }
}

#[test]
fn a_certificate_in_without_is_not_an_anchor() {
    let organization = Organization::new();
    let (old, new) = (root("Old"), root("New"));
    let (old_id, new_id) = (upload(&organization, &old, "Old"), upload(&organization, &new, "New"));
    activate(&organization, &["--project", "proj_a", &old_id, &new_id]);
    let moved = leaf(&new, |_| {});
    let left_behind = leaf(&old, |_| {});
    let without = |pem: &str, names: &[&str]| {
        let flags: Vec<_> = names.iter().flat_map(|name| ["--without", *name]).collect();
        verify(&organization, pem, &flags).exit
    };
    assert_eq!((without(&moved, &[]), without(&left_behind, &[])), (0, 0));
    assert_eq!((without(&moved, &["Old"]), without(&left_behind, &["Old"])), (0, 6));
    assert_eq!(without(&moved, &["Old", "New"]), 6, "mTLS would end there");
    assert_eq!(without(&moved, &["nope"]), 2);
}

#[test]
fn json_has_a_result_for_each_client_certificate_and_scope() {
    let organization = Organization::new();
    let ours = root("Root");
    let id = upload(&organization, &ours, "Root");
    activate(&organization, &["--project", "proj_a", &id]);
    let (good, bad) = (File::new(leaf(&ours, |_| {})), File::new(leaf(&root("Other"), |_| {})));
    let run = organization.run(["verify", good.path(), bad.path(), "--output", "json"]);
    assert_eq!(run.exit, 6, "{run:?}");
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["complete"], &report["passes"]), (&json!(true), &json!(false)));
    let leaves = report["leaves"].as_array().unwrap();
    assert_eq!([&leaves[0]["passes"], &leaves[1]["passes"]], [true, false]);
    let scopes = leaves[0]["scopes"].as_array().unwrap();
    let scope = |name: &str| scopes.iter().find(|scope| scope["scope"] == name).unwrap();
    assert_eq!(scopes.len(), 3);
    assert_eq!(scope("proj_a")["vouched_by"], json!([id]));
    assert_eq!(scope("organization")["reason"], "mTLS is not enforced there");
    assert_eq!(leaves[0]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn a_file_without_a_certificate_is_refused_before_anything_is_read() {
    let organization = Organization::new();
    assert_eq!(verify(&organization, "garbage", &[]).exit, 2);
    assert_eq!(organization.run(["verify", "/nowhere.pem"]).exit, 2);
    assert_eq!(organization.run(["verify"]).exit, 2);
    assert!(!organization.sent_anything());
}
