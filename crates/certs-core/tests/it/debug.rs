//! `Debug` shows a value in one line.

use std::fmt::Debug;

use certs_core::call::Call;
use certs_core::operation::Operation;
use certs_core::operations::{Activate, Deactivate, Get, Scope};
use certs_core::proxy::Proxy;
use certs_core::request_id::ClientRequestId;
use certs_core::transport::AnyTransport;
use certs_core::{Client, Retry};

use crate::support::{api, id, scripted};

#[track_caller]
fn assert_shows(value: impl Debug, expected: &str) {
    let shown = format!("{value:?}");
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn an_operation_shows_its_direction_scope_and_certificates() {
    let on = r#"Activate { scope: Organization, ids: CertificateIds(["cert_a"]) }"#;
    assert_shows(Activate::new(Scope::Organization, id("cert_a")), on);
    assert_shows(Deactivate::new(Scope::Organization, id("cert_a")), "Deactivate {");
}

#[test]
fn a_request_and_a_call_show_their_endpoint_and_address() {
    let get = Get::new(id("cert_a"));
    assert_shows(get.request(), r#"target: "/organization/certificates/cert_a""#);
    let call = Call::new(&api(), get, Retry::default()).unwrap();
    assert_shows(call, "uri: https://api.example/v1/organization/certificates/cert_a");
}

#[test]
fn a_client_shows_the_source_of_request_ids_and_the_number_of_observers() {
    let client = Client::new(api(), scripted([]));
    assert_shows(&client, "RequestIds(transport)");
    assert_shows(&client, "Observers(0)");
    let own =
        client.with_client_request_ids(|| ClientRequestId::from_random(0)).with_observer(|_| {});
    assert_shows(&own, "RequestIds(own)");
    assert_shows(&own, "Observers(1)");
}

#[test]
fn a_request_id_is_shown_as_text() {
    let own: ClientRequestId = "deploy-17".parse().unwrap();
    assert_eq!(format!("{own:?} {own:>10}"), "\"deploy-17\"  deploy-17");
}

#[test]
fn debug_of_transports_and_proxies_shows_no_password() {
    assert_shows(AnyTransport::new(scripted([])), "AnyTransport");
    let proxy = Proxy::new("http://user:secret@proxy.example", "").unwrap();
    assert_eq!(format!("{proxy:?}"), "Proxy(…)");
    let tunnel = proxy.tunnel_to(&"https://api.example".parse().unwrap()).unwrap();
    let shown = "Tunnel(api.example:443 through proxy.example:80)";
    assert_eq!(format!("{tunnel:?}"), shown);
}
