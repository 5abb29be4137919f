//! An upload whose response is lost is found or reported as unknown, and never made twice.

use std::sync::LazyLock;
use std::time::Duration;

use certs_core::operations::{List, Scope, Upload};
use certs_core::types::Certificate;
use certs_core::{Client, Error, Reply, Retry};
use certs_emulator::{Emulator, Endpoint, Fault};
use certs_testing::{EmulatorTransport, block_on};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{KEY, api, pem};

const UPLOAD: Endpoint = Endpoint::UploadCertificate;

/// A client of an organization in memory, with five seconds for each upload.
fn client() -> Client<EmulatorTransport> {
    let transport = EmulatorTransport::new(Emulator::builder().admin_key(KEY));
    let retry = Retry::default().with_attempt_timeout(Duration::from_secs(5));
    Client::new(api(), transport).with_retry(retry)
}

/// Uploads the certificate of these tests under a fault.
fn upload(client: &Client<EmulatorTransport>, fault: Fault) -> Result<Reply<Certificate>, Error> {
    client.transport().emulator().set_faults(vec![fault]);
    block_on(client.upload(certificate()))
}

fn certificate() -> Upload {
    static PEM: LazyLock<String> = LazyLock::new(pem);
    Upload::new(PEM.parse().unwrap())
}

fn uploads(client: &Client<EmulatorTransport>) -> usize {
    let journal = client.transport().emulator().journal();
    journal.iter().filter(|entry| entry.endpoint == Some(UPLOAD)).count()
}

fn respond(status: u16, body: Value) -> Fault {
    Fault::on(UPLOAD).respond(StatusCode::from_u16(status).unwrap(), body)
}

#[test]
fn an_upload_that_was_made_is_found() {
    for fault in [
        Fault::on(UPLOAD).close_after_commit(),
        Fault::on(UPLOAD).cut_body(20),
        Fault::on(UPLOAD).delay(Duration::from_secs(3600)),
    ] {
        let client = client();
        let reply = upload(&client, fault).unwrap();
        assert_eq!(uploads(&client), 1);
        let listed = block_on(client.all(List::new(Scope::Organization))).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(reply.value.id, listed[0].id);
        assert_eq!(reply.value.certificate_details.content, None);
    }
}

#[test]
fn an_upload_that_never_arrived_was_not_made() {
    let error = || json!({"error": {"message": "The server had an error", "type": "server_error"}});
    for fault in [
        Fault::on(UPLOAD).close_before_commit(),
        respond(500, error()),
        respond(503, error()),
        respond(409, error()),
    ] {
        let client = client();
        let error = upload(&client, fault).unwrap_err();
        assert!(!error.may_have_acted() && error.is_retryable(), "{error:?}");
        assert_eq!(uploads(&client), 1);
    }
}

#[test]
fn an_upload_that_the_server_may_still_make_is_unknown() {
    let error = || json!({"error": {"message": "The server had an error", "type": "server_error"}});
    for fault in [
        respond(408, error()),
        respond(500, Value::Null),
        respond(502, json!("<html>bad gateway</html>")),
        // An error of a gateway is not one of the API, whatever its format.
        respond(502, json!("<title>502 Bad Gateway</title>")),
        respond(503, json!("no healthy upstream")),
        respond(503, json!({"message": "Service Unavailable"})),
        respond(503, json!({"type": "about:blank", "detail": "Service Unavailable"})),
        respond(504, error()),
        respond(200, Value::Null),
        respond(201, json!([1])),
    ] {
        let client = client();
        let error = upload(&client, fault).unwrap_err();
        assert!(error.may_have_acted(), "{error:?}");
        let Error::Unconfirmed { source, .. } = &error else { panic!("{error:?}") };
        assert!(source.to_string().contains("not in the list so far"), "{source}");
    }
}

#[test]
fn the_server_gets_two_seconds_before_the_list_is_read() {
    let client = client();
    let before = client.transport().clock().elapsed();
    upload(&client, Fault::on(UPLOAD).close_after_commit()).unwrap();
    assert_eq!(client.transport().clock().elapsed() - before, Duration::from_secs(2));
}

#[test]
fn an_earlier_upload_of_the_same_certificate_is_not_taken_for_this_one() {
    let client = client();
    upload(&client, Fault::any().nth(u64::MAX)).unwrap();
    client.transport().clock().advance(Duration::from_secs(3600));
    let error = upload(&client, Fault::on(UPLOAD).close_before_commit()).unwrap_err();
    assert!(!error.may_have_acted(), "{error:?}");
}

#[test]
fn a_certificate_that_may_be_an_earlier_upload_proves_nothing() {
    for seconds in [60, 300] {
        let client = client();
        let first = upload(&client, Fault::any().nth(u64::MAX)).unwrap().value.id;
        client.transport().clock().advance(Duration::from_secs(seconds));
        let error = upload(&client, Fault::on(UPLOAD).close_before_commit()).unwrap_err();
        let Error::Unconfirmed { source, .. } = &error else { panic!("{error:?}") };
        let expected =
            format!("{first} is the same certificate, but seems to be an earlier upload");
        assert_eq!(source.to_string(), expected);
    }
}

#[test]
fn an_upload_is_unknown_if_the_list_cannot_be_read() {
    let client = client();
    let faults = vec![
        Fault::on(UPLOAD).close_after_commit(),
        Fault::on(Endpoint::GetCertificate).respond(StatusCode::FORBIDDEN, json!({"error": "No."})),
    ];
    client.transport().emulator().set_faults(faults);
    let error = block_on(client.upload(certificate())).unwrap_err();
    assert!(error.may_have_acted());
    assert!(error.to_string().ends_with("is not confirmed"), "{error}");
}
