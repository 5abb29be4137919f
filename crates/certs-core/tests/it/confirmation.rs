//! A change is confirmed only if a response shows it.

use certs_core::error::Error;
use certs_core::operations::{Deactivate, Delete, Get, Modify, Scope, Upload};
use certs_core::types::{CertificateId, Object, ProjectId};
use certs_core::{Client, Reply};
use certs_testing::{Scripted, ScriptedResponse, block_on};
use http::StatusCode;

use crate::support::api;

fn id(text: &str) -> CertificateId {
    text.parse().unwrap()
}

fn client<const N: usize>(responses: [&str; N]) -> Client<Scripted> {
    Client::new(api(), Scripted::new(responses.map(ScriptedResponse::ok)))
}

fn certificate(id: &str, active: bool) -> String {
    format!(
        r#"{{"object":"organization.certificate","id":"{id}","created_at":1,"active":{active}}}"#
    )
}

fn toggle_response(certificates: &[String]) -> String {
    let data = certificates.join(",");
    format!(r#"{{"object":"organization.certificate.deactivation","data":[{data}]}}"#)
}

fn list(certificates: &[String]) -> String {
    let data = certificates.join(",");
    format!(r#"{{"object":"list","data":[{data}],"has_more":false}}"#)
}

/// How many requests were sent.
fn requests(client: &Client<Scripted>) -> usize {
    client.transport().requests().len()
}

#[track_caller]
fn assert_unconfirmed<T: std::fmt::Debug>(result: Result<Reply<T>, Error>, cause: &str) {
    let error = result.unwrap_err();
    assert!(error.may_have_acted(), "{error:?}");
    let Error::Unconfirmed { source, context } = &error else { panic!("{error:?}") };
    assert_eq!(context.host, "api.example");
    assert!(source.to_string().contains(cause), "{source}");
}

#[test]
fn a_response_that_contradicts_the_change_is_an_error() {
    let deactivate = Deactivate::new(Scope::Organization, [id("cert_a"), id("cert_b")]);
    let response = toggle_response(&[certificate("cert_a", false), certificate("cert_b", true)]);
    let refused = block_on(client([&response]).call(&deactivate));
    assert_unconfirmed(refused, "shows cert_b as active");

    let other = r#"{"object":"certificate.deleted","id":"cert_other"}"#;
    assert_unconfirmed(block_on(client([other]).call(Delete::new(id("cert_a")))), "another");

    for (body, cause) in [
        (r#"{"object":"certificate","id":"cert_other","name":"New","created_at":1}"#, "another"),
        (r#"{"object":"certificate","id":"cert_a","name":"Old","created_at":1}"#, "another name"),
    ] {
        assert_unconfirmed(block_on(client([body]).call(Modify::new(id("cert_a"), "New"))), cause);
    }
}

#[test]
fn a_read_of_another_certificate_is_an_error_that_changed_nothing() {
    let other = certificate("cert_other", true);
    let error = block_on(client([&other]).call(Get::new(id("cert_a")))).unwrap_err();
    assert!(matches!(error, Error::Unconfirmed { .. }) && !error.may_have_acted());
}

#[test]
fn call_makes_no_additional_read_and_reports_unconfirmed_certificates() {
    let client = client([&toggle_response(&[certificate("cert_a", false)])]);
    let deactivate = Deactivate::new(Scope::Organization, [id("cert_a"), id("cert_b")]);
    let reply = block_on(client.call(&deactivate)).unwrap();
    let open: Vec<_> = deactivate.unconfirmed(&reply.value).iter().map(|one| one.id()).collect();
    assert_eq!((open, requests(&client)), (vec![&id("cert_b")], 1));
}

#[test]
fn a_change_that_its_response_confirms_takes_one_request() {
    let client = client([&toggle_response(&[certificate("cert_a", false)])]);
    block_on(client.deactivate(Scope::Organization, id("cert_a"))).unwrap();
    assert_eq!(requests(&client), 1);
}

#[test]
fn one_list_confirms_certificates_missing_in_the_response() {
    let both = [certificate("cert_a", false), certificate("cert_b", false)];
    for silent in
        [toggle_response(&both[..1]), toggle_response(&[]), r#"{"object":"odd"}"#.into(), "".into()]
    {
        let client = client([&silent, &list(&both)]);
        let ids = [id("cert_a"), id("cert_b")];
        let reply = block_on(client.deactivate(Scope::Organization, ids)).unwrap();
        let shown: Vec<_> = reply.value.data.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(shown, ["cert_a", "cert_b"], "{silent}");
        assert_eq!(requests(&client), 2);
    }
}

#[test]
fn the_list_of_the_project_confirms_a_change_in_a_project() {
    let client = client(["", &list(&[certificate("cert_a", true)])]);
    let project: ProjectId = "proj_a".parse().unwrap();
    let reply = block_on(client.activate(project, id("cert_a"))).unwrap();
    assert_eq!(reply.value.object, Object::PROJECT_CERTIFICATE_ACTIVATION);
    let read = client.transport().requests().remove(1);
    assert_eq!(read.uri().path(), "/v1/organization/projects/proj_a/certificates");
}

#[test]
fn a_change_that_the_list_does_not_show_is_unconfirmed() {
    for listed in [list(&[]), list(&[certificate("cert_a", true)])] {
        let client = client([&toggle_response(&[]), &listed]);
        let result = block_on(client.deactivate(Scope::Organization, id("cert_a")));
        assert_unconfirmed(result, "cert_a is not listed as inactive");
    }
    let silent = client([&toggle_response(&[])]);
    let result = block_on(silent.deactivate(Scope::Organization, id("cert_a")));
    assert_unconfirmed(result, "the read that should confirm it failed");
}

#[test]
fn a_refused_change_is_not_looked_for() {
    let refused = ScriptedResponse::new(StatusCode::BAD_REQUEST, r#"{"error":"No."}"#);
    let client = Client::new(api(), Scripted::new([refused]));
    let error = block_on(client.deactivate(Scope::Organization, id("cert_a"))).unwrap_err();
    assert!(!error.may_have_acted());
    assert_eq!(requests(&client), 1);
}

#[test]
fn a_delete_is_confirmed_by_a_certificate_that_does_not_exist() {
    let gone = ScriptedResponse::new(StatusCode::NOT_FOUND, r#"{"error":"No such certificate"}"#);
    let empty = ScriptedResponse::new(StatusCode::NO_CONTENT, "");
    let client = Client::new(api(), Scripted::new([empty.clone(), gone]));
    assert_eq!(block_on(client.delete(id("cert_a"))).unwrap().value.id, id("cert_a"));

    let there = ScriptedResponse::ok(certificate("cert_a", false));
    let client = Client::new(api(), Scripted::new([empty, there]));
    assert_unconfirmed(block_on(client.delete(id("cert_a"))), "still exists");
}

#[test]
fn a_rename_is_confirmed_by_reading_the_name() {
    let named =
        |name| format!(r#"{{"object":"certificate","id":"cert_a","name":{name},"created_at":1}}"#);
    let reads_new = client([&named("null"), &named(r#""New""#)]);
    let reply = block_on(reads_new.rename(id("cert_a"), "New")).unwrap();
    assert_eq!(reply.value.name.as_deref(), Some("New"));

    let reads_old = client([&named("null"), &named(r#""Old""#)]);
    assert_unconfirmed(block_on(reads_old.rename(id("cert_a"), "New")), "the new name");
}

#[test]
fn a_read_that_fails_confirms_no_delete() {
    let empty = ScriptedResponse::new(StatusCode::NO_CONTENT, "");
    let refused = ScriptedResponse::new(StatusCode::FORBIDDEN, r#"{"error":"No."}"#);
    let client = Client::new(api(), Scripted::new([empty, refused]));
    let result = block_on(client.delete(id("cert_a")));
    assert_unconfirmed(result, "the read that should confirm it failed");
}

#[test]
fn a_rename_that_its_response_shows_takes_one_request() {
    let named = r#"{"object":"certificate","id":"cert_a","name":"New","created_at":1}"#;
    let client = client([named]);
    block_on(client.rename(id("cert_a"), "New")).unwrap();
    assert_eq!(requests(&client), 1);
}

#[test]
fn an_upload_that_was_refused_is_not_looked_for() {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    let refused = ScriptedResponse::new(StatusCode::BAD_REQUEST, r#"{"error":"No."}"#);
    let client = Client::new(api(), Scripted::new([refused]));
    let error = block_on(client.upload(Upload::new(pem.parse().unwrap()))).unwrap_err();
    assert!(!error.may_have_acted());
    assert_eq!(requests(&client), 1);
}

#[test]
fn other_certificates_in_a_response_contradict_nothing() {
    let response =
        toggle_response(&[certificate("cert_a", false), certificate("cert_other", true)]);
    let client = client([&response]);
    block_on(client.deactivate(Scope::Organization, id("cert_a"))).unwrap();
    assert_eq!(requests(&client), 1);
}
