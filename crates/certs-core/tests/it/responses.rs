//! Responses of every shape become typed errors with their status and request id.

use certs_core::error::DecodeError;
use certs_core::operations::{Activate, Deactivate, Delete, List, Scope, Unconfirmed};
use certs_core::types::{ErrorCode, ErrorType};
use certs_core::{AdminKey, Api, BaseUrl, Client, Error};

use crate::support::{KEY, Outcome, api, id, scripted};

async fn deactivate(outcome: Outcome) -> Error {
    let client = Client::new(api(), scripted([outcome.header("x-request-id", "req_7")]));
    let operation = Deactivate::new(Scope::Organization, id("cert_a"));
    client.call(&operation).await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_keeps_status_request_id_and_reason_whatever_its_body() {
    let pem = "MIIDeTCC".repeat(9);
    for (body, message) in [
        (
            r#"{"error":{"type":"invalid_request_error","message":"No.","param":null,"code":null}}"#,
            Some("No."),
        ),
        (r#"{"error":"No."}"#, Some("No.")),
        (r#"{"message":"No."}"#, Some("No.")),
        (r#"{"error":{"message":"No."},"extra":{"deep":[1,2]}}"#, Some("No.")),
        ("\u{feff}{\"error\":\"No.\"}", Some("No.")),
        (&format!(r#"{{"error":"bad {pem}"}}"#), Some("bad [redacted]")),
        ("<html><h1>Bad Gateway</h1></html>", None),
        ("no healthy upstream\n", Some("no healthy upstream")),
        ("", None),
        ("null", None),
        ("[1,2]", None),
        ("\"text\"", None),
        (r#"{"error":{"message":"No.""#, None),
        (&"[".repeat(100_000), None),
        (&r#"{"error":"#.repeat(100_000), None),
    ] {
        let error = deactivate(Outcome::response(400, body)).await;
        let Error::Api { body: reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(reason.message.as_deref(), message, "{:.60}", body);
        assert_eq!(error.status().unwrap(), 400);
        assert_eq!(error.request_id().unwrap().as_str(), "req_7");
        assert!(!error.may_have_acted() && !error.is_retryable());
    }
}

#[tokio::test]
async fn a_known_code_is_kept_even_if_it_resembles_the_key() {
    let body = r#"{"error":{"message":"No.","code":"project_archived"}}"#;
    for key in ["sk-admin-archived-77", "team-project-admin"] {
        let api = Api::new(BaseUrl::default(), AdminKey::new(key.into()).unwrap());
        let client = Client::new(api, scripted([Outcome::response(400, body)]));
        let error = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await;
        let error = error.unwrap_err();
        assert!(error.may_have_acted(), "{error:?}");
        assert_eq!(error.code(), Some(&ErrorCode::PROJECT_ARCHIVED));
    }
}

#[tokio::test]
async fn no_request_id_shows_the_key() {
    for (status, body) in [(200, "unreadable"), (400, "")] {
        let echo = format!("req-{}", &KEY["sk-admin-".len()..]);
        let client = Client::new(
            api(),
            scripted([Outcome::response(status, body).header("x-request-id", &echo)]),
        );
        let error = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await;
        assert_eq!(error.unwrap_err().request_id(), None, "{status}");
    }
    let echo = format!("req-{}", &KEY["sk-admin-".len()..]);
    let gone = Outcome::response(404, "").header("x-request-id", &echo);
    let client = Client::new(api(), scripted([Outcome::response(503, ""), gone]));
    assert_eq!(client.call(Delete::new(id("cert_a"))).await.unwrap().request_id, None);
}

#[tokio::test]
async fn a_request_id_that_is_long_or_like_a_key_is_ignored() {
    for (id, kept) in [
        ("r".repeat(256), true),
        ("r".repeat(257), false),
        (String::new(), false),
        ("req_sk-other".into(), false),
    ] {
        let busy = Outcome::response(400, "").header("x-request-id", &id);
        let client = Client::new(api(), scripted([busy]));
        let error = client.call(List::new(Scope::Organization)).await.unwrap_err();
        assert_eq!(error.request_id().is_some(), kept, "{id}");
    }
}

#[tokio::test]
async fn a_refusal_is_printed_in_one_sentence() {
    let body = r#"{"error":{"type":"invalid_request_error","message":"It is in use.","param":null,"code":"certificate_in_use"}}"#;
    let error = deactivate(Outcome::response(400, body)).await;
    assert_eq!(error.code(), Some(&ErrorCode::CERTIFICATE_IN_USE));
    assert_eq!(
        error.to_string(),
        "deactivateOrganizationCertificates at api.example was refused with 400 Bad Request: \
         It is in use. (certificate_in_use)"
    );
    let Error::Api { body, .. } = error else { panic!() };
    assert_eq!(body.kind, Some(ErrorType::INVALID_REQUEST));

    let moved = Outcome::response(307, "").header("location", "https://elsewhere.example/");
    assert_eq!(
        deactivate(moved).await.to_string(),
        "deactivateOrganizationCertificates at api.example was refused with 307 Temporary Redirect, \
         a redirect, which is not followed"
    );
    let busy = Outcome::response(429, "").header("retry-after", "7200");
    assert_eq!(
        deactivate(busy).await.to_string(),
        "deactivateOrganizationCertificates at api.example was refused with 429 Too Many Requests; \
         it requires a wait of 7200 s"
    );
    let busy = || Outcome::response(503, "");
    let client = Client::new(api(), scripted([busy(), busy(), busy()]));
    let error = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await.unwrap_err();
    let start = "deactivateOrganizationCertificates at api.example (3 attempts) was refused";
    assert!(error.to_string().starts_with(start), "{error}");
}

#[tokio::test]
async fn a_request_id_is_shown_unchanged() {
    let error = deactivate(Outcome::response(400, "").header("x-request-id", "req_7")).await;
    let id = error.request_id().unwrap();
    assert_eq!(format!("{id:>6} {id:?}"), " req_7 \"req_7\"");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_may_have_acted() {
    for (body, expected) in [
        (&b""[..], DecodeError::Empty),
        (b" \r\n", DecodeError::Empty),
        (b"\xef\xbb\xbf", DecodeError::Empty),
    ] {
        decode_error(body, |error| *error == expected).await;
    }
    decode_error(b"{\"object\":\"\xff\"}", |error| *error == DecodeError::NotUtf8 { at: 11 }).await;
    for body in [&b"<html>"[..], b"{", b"{}x", b"\xef\xbb\xbf\xef\xbb\xbf{}", &[b'['; 100_000]] {
        decode_error(body, |error| {
            matches!(error, DecodeError::NotJson { .. } | DecodeError::WrongShape { .. })
        })
        .await;
    }
    for body in [&b"{}"[..], b"[]", b"1", br#"{"object":"x","data":[{"id":7}]}"#] {
        decode_error(body, |error| matches!(error, DecodeError::WrongShape { .. })).await;
    }
}

async fn decode_error(body: &[u8], expected: impl Fn(&DecodeError) -> bool) {
    let error = deactivate(Outcome::response(200, body)).await;
    let Error::Decode { source, .. } = &error else { panic!("{error:?}") };
    assert!(expected(source), "{source:?}");
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.request_id().unwrap().as_str(), "req_7");
    assert!(error.may_have_acted() && !error.is_retryable());
}

#[tokio::test]
async fn a_read_has_never_acted() {
    let client = Client::new(api(), scripted([Outcome::response(200, "nonsense")]));
    let error = client.call(List::new(Scope::Organization)).await.unwrap_err();
    assert!(!error.may_have_acted());
}

#[test]
fn a_toggle_reports_what_its_response_does_not_confirm() {
    let body = r#"{"object":"organization.certificate.deactivation","data":[
        {"object":"organization.certificate","id":"cert_a","created_at":1,"active":false},
        {"object":"organization.certificate","id":"cert_b","created_at":1,"active":true},
        {"object":"organization.certificate","id":"cert_c","created_at":1},
        {"object":"organization.certificate","id":"cert_e","created_at":1,"active":false},
        {"object":"organization.certificate","id":"cert_e","created_at":1,"active":true}]}"#;
    let response = serde_json::from_str(body).unwrap();
    let ids = ["cert_a", "cert_b", "cert_c", "cert_d", "cert_e"].map(id);
    let operation = Deactivate::new(Scope::Organization, ids);
    assert_eq!(
        operation.unconfirmed(&response),
        [
            Unconfirmed::Unchanged(&id("cert_b")),
            Unconfirmed::Missing(&id("cert_c")),
            Unconfirmed::Missing(&id("cert_d")),
            Unconfirmed::Missing(&id("cert_e")),
        ]
    );
    let activate = Activate::new(Scope::Organization, [id("cert_a"), id("cert_b")]);
    assert_eq!(activate.unconfirmed(&response), [Unconfirmed::Unchanged(&id("cert_a"))]);
}
