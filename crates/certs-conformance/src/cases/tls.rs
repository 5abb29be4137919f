//! Whom the transport speaks to.

use certs_core::TransportErrorKind as Kind;
use certs_emulator::Emulator;
use http::{Method, Request};

use crate::host::{Authority, Host};
use crate::script::Server;
use crate::seat::{KEY, Seat, assert_fails, in_full, request};
use crate::{Candidate, Terms};

pub(super) fn a_trusted_server_is_spoken_to<C: Candidate>(candidate: &C) {
    let authority = Authority::new("Trusted");
    for name in ["localhost", "127.0.0.1"] {
        let (emulator, host) = serve(&authority, name);
        let seat = Seat::on(candidate, &trusting(&authority));
        for _ in 0..2 {
            let response = seat.send(ask(host.port(), name));
            let response = response.unwrap_or_else(|error| panic!("{}", in_full(&error)));
            assert_eq!(response.status(), 200);
        }
        assert_eq!(emulator.journal().len(), 2);
    }
}

pub(super) fn an_untrusted_server_reads_nothing<C: Candidate>(candidate: &C) {
    let (emulator, host) = serve(&Authority::new("Stranger"), "localhost");
    let seat = Seat::on(candidate, &trusting(&Authority::new("Trusted")));
    assert_fails(seat.send(ask(host.port(), "localhost")), Kind::Connect, "an unknown authority");
    assert!(emulator.journal().is_empty());
}

pub(super) fn a_server_by_another_name_reads_nothing<C: Candidate>(candidate: &C) {
    let authority = Authority::new("Trusted");
    let (emulator, host) = serve(&authority, "api.example");
    let seat = Seat::on(candidate, &trusting(&authority));
    assert_fails(seat.send(ask(host.port(), "localhost")), Kind::Connect, "another server's name");
    assert!(emulator.journal().is_empty());
}

pub(super) fn an_end_without_a_farewell_is_interrupted<C: Candidate>(candidate: &C) {
    // No length tells the end of this body, and the connection ends without TLS's own farewell
    // (`close_notify`): anybody on the way may have cut it.
    let authority = Authority::new("Trusted");
    let config = authority.tls_config("localhost");
    let server = Server::start(move |peer| {
        peer.answer_in_tls(&config, b"HTTP/1.1 200 OK\r\n\r\n{}");
    });
    let outcome = Seat::on(candidate, &trusting(&authority)).send(ask(server.port(), "localhost"));
    assert_fails(outcome, Kind::Interrupted, "an end without a farewell");
}

fn serve(authority: &Authority, name: &str) -> (Emulator, Host) {
    let emulator = Emulator::builder().admin_key(KEY).build();
    let host = Host::start(&emulator, Some(authority.server(name)));
    (emulator, host)
}

fn trusting(authority: &Authority) -> Terms {
    Terms { authority: Some(authority.pem()), ..Terms::default() }
}

fn ask(port: u16, name: &str) -> Request<Vec<u8>> {
    let mut request = request("x", Method::GET, "/v1/organization/certificates", Vec::new());
    let uri = format!("https://{name}:{port}/v1/organization/certificates");
    *request.uri_mut() = uri.parse().unwrap();
    request
}
