//! Verifying the server.

use std::sync::Arc;

use certs_core::bytes::Bytes;
use certs_core::transport::TransportErrorKind as Kind;
use certs_emulator::Emulator;
use certs_emulator::Tls;
use certs_emulator::pki::Authority;
use http::{Method, Request};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::emulator_server::EmulatorServer;
use crate::harness::{Harness, assert_kind, request, unwrap};
use crate::server::Server;
use crate::subject::{KEY, Requirements, Subject};

pub(super) fn accepts_a_trusted_server<S: Subject>(subject: &S) {
    let authority = Authority::new("Trusted").unwrap();
    for name in ["localhost", "127.0.0.1"] {
        let (emulator, server) = serve(&authority, name);
        let harness = Harness::with_requirements(subject, &trusting(&authority));
        for _ in 0..2 {
            let response = harness.send(list_request(server.port(), name));
            let response = unwrap(response);
            assert_eq!(response.status(), 200);
        }
        assert_eq!(emulator.journal().len(), 2);
    }
}

pub(super) fn sends_nothing_to_an_untrusted_server<S: Subject>(subject: &S) {
    let (emulator, server) = serve(&Authority::new("Stranger").unwrap(), "localhost");
    let harness =
        Harness::with_requirements(subject, &trusting(&Authority::new("Trusted").unwrap()));
    assert_kind(
        harness.send(list_request(server.port(), "localhost")),
        Kind::Connect,
        "an untrusted root",
    );
    assert!(emulator.journal().is_empty());
}

pub(super) fn sends_nothing_to_a_server_of_another_name<S: Subject>(subject: &S) {
    let authority = Authority::new("Trusted").unwrap();
    let (emulator, server) = serve(&authority, "api.example");
    let harness = Harness::with_requirements(subject, &trusting(&authority));
    assert_kind(
        harness.send(list_request(server.port(), "localhost")),
        Kind::Connect,
        "a certificate for another name",
    );
    assert!(emulator.journal().is_empty());
}

pub(super) fn missing_close_notify_is_interrupted<S: Subject>(subject: &S) {
    // Only the end of the connection ends this body. Without `close_notify`, an attacker may have
    // truncated it.
    let authority = Authority::new("Trusted").unwrap();
    let config = server_config(&authority, "localhost");
    let server = Server::start(move |connection| {
        connection.respond_over_tls(&config, b"HTTP/1.1 200 OK\r\n\r\n{}");
    });
    let outcome = Harness::with_requirements(subject, &trusting(&authority))
        .send(list_request(server.port(), "localhost"));
    assert_kind(outcome, Kind::Interrupted, "an end without close_notify");
}

fn serve(authority: &Authority, name: &str) -> (Emulator, EmulatorServer) {
    let emulator = Emulator::builder().admin_key(KEY).build();
    let server = EmulatorServer::start(&emulator, Some(emulator_tls(authority, name)));
    (emulator, server)
}

fn emulator_tls(authority: &Authority, name: &str) -> Tls {
    let leaf = authority.server(name).unwrap();
    Tls::from_pem(&leaf.certificate, &leaf.key).unwrap()
}

fn server_config(authority: &Authority, name: &str) -> Arc<ServerConfig> {
    let leaf = authority.server(name).unwrap();
    let certificate = CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

fn trusting(authority: &Authority) -> Requirements {
    Requirements { root_certificate: Some(authority.certificate()), ..Requirements::default() }
}

fn list_request(port: u16, name: &str) -> Request<Bytes> {
    let mut request = request("x", Method::GET, "/v1/organization/certificates", "");
    let uri = format!("https://{name}:{port}/v1/organization/certificates");
    *request.uri_mut() = uri.parse().unwrap();
    request
}
