//! Whom the transport speaks to.

use certs_core::TransportErrorKind as Kind;
use certs_emulator::Emulator;
use http::{Method, Request};

use crate::host::{Authority, Host};
use crate::seat::{KEY, Seat, assert_fails, in_full, request};
use crate::{Candidate, Terms};

pub(super) fn a_trusted_server_is_spoken_to<C: Candidate>(candidate: &C) {
    let authority = Authority::new("Trusted");
    for name in ["localhost", "127.0.0.1"] {
        let (emulator, host) = serve(&authority, name);
        let seat = Seat::on(candidate, &trusting(&authority));
        for _ in 0..2 {
            let response = seat.send(ask(&host, name));
            let response = response.unwrap_or_else(|error| panic!("{}", in_full(&error)));
            assert_eq!(response.status(), 200);
        }
        assert_eq!(emulator.journal().len(), 2);
    }
}

pub(super) fn an_untrusted_server_reads_nothing<C: Candidate>(candidate: &C) {
    let (emulator, host) = serve(&Authority::new("Stranger"), "localhost");
    let seat = Seat::on(candidate, &trusting(&Authority::new("Trusted")));
    assert_fails(seat.send(ask(&host, "localhost")), Kind::Connect, "an unknown authority");
    assert!(emulator.journal().is_empty());
}

pub(super) fn a_server_by_another_name_reads_nothing<C: Candidate>(candidate: &C) {
    let authority = Authority::new("Trusted");
    let (emulator, host) = serve(&authority, "api.example");
    let seat = Seat::on(candidate, &trusting(&authority));
    assert_fails(seat.send(ask(&host, "localhost")), Kind::Connect, "another server's name");
    assert!(emulator.journal().is_empty());
}

fn serve(authority: &Authority, name: &str) -> (Emulator, Host) {
    let emulator = Emulator::builder().admin_key(KEY).build();
    let host = Host::start(&emulator, Some(authority.server(name)));
    (emulator, host)
}

fn trusting(authority: &Authority) -> Terms {
    Terms { authority: Some(authority.pem()), ..Terms::default() }
}

fn ask(host: &Host, name: &str) -> Request<Vec<u8>> {
    let mut request = request("x", Method::GET, "/v1/organization/certificates", Vec::new());
    let uri = format!("https://{name}:{}/v1/organization/certificates", host.port());
    *request.uri_mut() = uri.parse().unwrap();
    request
}
