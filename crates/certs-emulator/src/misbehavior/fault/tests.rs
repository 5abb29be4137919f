use serde_json::json;

use super::*;
use crate::Emulator;
use crate::testing::{Calls, builder, request};

const GET: Endpoint = Endpoint::GetCertificate;

fn emulator(fault: Fault) -> Emulator {
    builder().fault(fault).build()
}

fn statuses(emulator: &Emulator, path: &str, count: usize) -> Vec<u16> {
    (0..count).map(|_| emulator.handle(request("GET", path, None)).status().as_u16()).collect()
}

#[test]
fn applies_to_the_chosen_requests_of_its_endpoint() {
    let path = "/organization/certificates/x";
    let fault = || Fault::on(GET).respond(StatusCode::SERVICE_UNAVAILABLE, Value::Null);
    assert_eq!(statuses(&emulator(fault().nth(2)), path, 3), [404, 503, 404]);
    assert_eq!(statuses(&emulator(fault().first(2)), path, 3), [503, 503, 404]);
    assert_eq!(statuses(&emulator(fault()), path, 2), [503, 503]);
    assert_eq!(statuses(&emulator(fault()), "/organization/certificates", 1), [200]);
    let any = Fault::any().respond(StatusCode::SERVICE_UNAVAILABLE, Value::Null);
    assert_eq!(statuses(&emulator(any), "/nowhere", 1), [503]);
}

#[test]
fn the_first_matching_rule_applies() {
    let fault = |status| Fault::any().respond(status, Value::Null);
    let emulator = builder()
        .fault(fault(StatusCode::BAD_GATEWAY).nth(2))
        .fault(fault(StatusCode::GATEWAY_TIMEOUT).first(3))
        .build();
    assert_eq!(statuses(&emulator, "/organization/certificates", 4), [504, 502, 504, 200]);
}

#[test]
fn probability_is_reproducible_and_about_right() {
    let run = |seed| {
        let fault = Fault::any().probability(0.25).respond(StatusCode::BAD_GATEWAY, Value::Null);
        statuses(&builder().seed(seed).fault(fault).build(), "/organization/certificates", 400)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let selected = run(3).iter().filter(|&&status| status == 502).count();
    assert!((60..140).contains(&selected), "{selected} of 400");
}

#[test]
fn responds_with_any_body() {
    let response = |body: Value| {
        let fault = Fault::any()
            .respond(StatusCode::BAD_GATEWAY, body)
            .header(http::header::RETRY_AFTER, HeaderValue::from_static("7"));
        emulator(fault).handle(request("GET", "/organization/certificates", None))
    };
    let html = response("<html>".into());
    assert_eq!(html.body(), "<html>");
    assert_eq!(html.headers()["content-type"], "text/html");
    assert_eq!(html.headers()["retry-after"], "7");
    assert_eq!(response(Value::Null).body(), "");
    assert!(!response(Value::Null).headers().contains_key("content-type"));
    let bare = response(json!({"error": "Missing scopes"}));
    assert_eq!(bare.body(), r#"{"error":"Missing scopes"}"#);
    assert_eq!(bare.headers()["content-type"], "application/json");
    assert!(bare.headers().contains_key("x-request-id"));
}

#[test]
fn carries_out_the_request_unless_it_fails_before_the_commit() {
    for (fault, made) in [
        (Fault::on(Endpoint::UploadCertificate).close_before_commit(), 0),
        (Fault::on(Endpoint::UploadCertificate).close_after_commit(), 1),
        (Fault::on(Endpoint::UploadCertificate).reset_before_commit(), 0),
        (Fault::on(Endpoint::UploadCertificate).reset_after_commit(), 1),
        (Fault::on(Endpoint::UploadCertificate).cut_body(5), 1),
        (Fault::on(Endpoint::UploadCertificate).delay(Duration::from_secs(9)), 1),
    ] {
        let emulator = emulator(fault);
        let body = json!({"certificate": *crate::testing::AUTHORITY});
        let upload = request("POST", "/organization/certificates", Some(body));
        let outcome = emulator.exchange(upload);
        match &outcome.ending {
            Ending::Response(response) => assert_eq!(response.status(), 200),
            Ending::Cut { response, announced } => {
                assert_eq!(response.body(), "{\"obj");
                assert!(*announced > 100);
            }
            Ending::Close | Ending::Reset => assert_eq!(emulator.journal()[0].status, None),
        }
        let list = emulator.get("/organization/certificates").1;
        assert_eq!(list["data"].as_array().unwrap().len(), made, "{outcome:?}");
    }
}

#[test]
fn an_error_can_be_sent_after_the_change() {
    let fault = Fault::any().nth(1).respond_after_commit(StatusCode::BAD_GATEWAY, "<html>");
    let emulator = emulator(fault);
    let body = json!({"certificate": *crate::testing::AUTHORITY});
    let upload = request("POST", "/organization/certificates", Some(body));
    assert_eq!(emulator.handle(upload).status(), 502);
    assert!(emulator.get("/organization/certificates").1["first_id"].is_string());
}

#[test]
fn can_be_limited_to_one_project() {
    let refused = Fault::on(Endpoint::ListProjectCertificates)
        .on_id("proj_b")
        .respond(StatusCode::FORBIDDEN, Value::Null);
    let json = serde_json::to_string(&refused).unwrap();
    assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), refused);
    let emulator = emulator(refused);
    let path = |project| format!("/organization/projects/{project}/certificates");
    assert_eq!(statuses(&emulator, &path("proj_a"), 1), [200]);
    assert_eq!(statuses(&emulator, &path("proj_b"), 1), [403]);
}

#[test]
fn handle_turns_a_closed_connection_into_502() {
    let emulator = emulator(Fault::any().close_after_commit());
    let response = emulator.handle(request("GET", "/organization/certificates", None));
    assert_eq!((response.status().as_u16(), response.body().len()), (502, 0));
}

#[test]
fn rejects_invalid_rules() {
    for text in [
        r#"{"endpoint":"nothing"}"#,
        r#"{"action":{"respond":{"status":99}}}"#,
        r#"{"action":{"respond":{"status":100}}}"#,
        r#"{"action":{"respond":{"status":200,"headers":{"a b":"c"}}}}"#,
        r#"{"action":"explode"}"#,
        r#"{"whem":"always"}"#,
    ] {
        assert!(serde_json::from_str::<Fault>(text).is_err(), "{text}");
    }
}
