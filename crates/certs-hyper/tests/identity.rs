//! Which client certificates an authority verifies, and why it rejects others.
#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

use certs_hyper::identity::{ClientChain, Rejection};
use certs_types::{CertificatePem, InvalidPem, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn root(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority(name), KeyPair::generate().unwrap()).unwrap()
}

fn intermediate(root: &Authority) -> Authority {
    CertifiedIssuer::signed_by(authority("Intermediate"), KeyPair::generate().unwrap(), root)
        .unwrap()
}

/// A client certificate as the vendor's guide requires it, valid from 2020 to 2029.
fn client() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "client");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2029, 1, 1);
    params
}

fn signed(params: CertificateParams, issuer: &Authority) -> String {
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().pem()
}

fn verify(chain: &str, anchor: &Authority) -> Result<(), Rejection> {
    verify_in(2025, chain, anchor)
}

fn verify_in(year: i32, chain: &str, anchor: &Authority) -> Result<(), Rejection> {
    let anchor: CertificatePem = anchor.pem().parse().unwrap();
    let now = Timestamp::try_from(date_time_ymd(year, 6, 1).unix_timestamp()).unwrap();
    ClientChain::from_pem(chain.as_bytes()).unwrap().verify(&anchor, now)
}

#[test]
fn accepts_a_client_certificate_of_the_authority() {
    let root = root("Root");
    assert_eq!(verify(&signed(client(), &root), &root), Ok(()));
}

#[test]
fn accepts_a_path_through_the_intermediates_that_are_presented() {
    let root = root("Root");
    let intermediate = intermediate(&root);
    let leaf = signed(client(), &intermediate);
    assert_eq!(verify(&leaf, &root), Err(Rejection::UnknownIssuer));
    assert_eq!(verify(&format!("{leaf}{}", intermediate.pem()), &root), Ok(()));
    assert_eq!(verify(&leaf, &intermediate), Ok(()), "an anchor need not be self-signed");
}

#[test]
fn rejects_a_client_certificate_of_another_authority() {
    let (ours, theirs, namesake) = (root("Ours"), root("Theirs"), root("Ours"));
    let leaf = signed(client(), &ours);
    assert_eq!(verify(&leaf, &theirs), Err(Rejection::UnknownIssuer));
    assert_eq!(verify(&leaf, &namesake), Err(Rejection::Signature));
}

#[test]
fn rejects_a_client_certificate_without_an_authority_key_identifier() {
    let root = root("Root");
    let mut params = client();
    params.use_authority_key_identifier_extension = false;
    assert_eq!(verify(&signed(params, &root), &root), Err(Rejection::NoAuthorityKeyIdentifier));
}

#[test]
fn rejects_a_client_certificate_outside_its_dates() {
    let root = root("Root");
    let leaf = signed(client(), &root);
    assert_eq!(verify_in(2019, &leaf, &root), Err(Rejection::NotValidYet));
    assert_eq!(verify_in(2030, &leaf, &root), Err(Rejection::Expired));
}

#[test]
fn rejects_a_certificate_that_is_not_for_clients() {
    let root = root("Root");
    let mut server = client();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    assert_eq!(verify(&signed(server, &root), &root), Err(Rejection::NotForClients));
    let mut unrestricted = client();
    unrestricted.extended_key_usages.clear();
    assert_eq!(verify(&signed(unrestricted, &root), &root), Ok(()));
    assert_eq!(verify(&intermediate(&root).pem(), &root), Err(Rejection::IsAuthority));
}

#[test]
fn rejects_data_that_is_not_an_x509_certificate() {
    let root = root("Root");
    let junk = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert_eq!(verify(junk, &root), Err(Rejection::NotACertificate));
    let chain = ClientChain::from_pem(signed(client(), &root).as_bytes()).unwrap();
    let now = Timestamp::try_from(0).unwrap();
    assert_eq!(chain.verify(&junk.parse().unwrap(), now), Err(Rejection::NotAnAnchor));
    let key = KeyPair::generate().unwrap().serialize_pem();
    assert_eq!(ClientChain::from_pem(key.as_bytes()).unwrap_err(), InvalidPem::NoCertificate);
}
