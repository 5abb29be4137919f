//! The exact requests of all operations.

use std::time::Duration;

use certs_core::call::Call;
use certs_core::operation::{Effect, Endpoint, Operation, RequestBuilder};
use certs_core::operations::{
    Activate, Deactivate, Delete, ENDPOINTS, Get, List, ListAuditLogs, ListProjects, Modify, Order,
    PageSize, Scope, Upload,
};
use certs_core::paging::Paged;
use certs_core::types::{AuditEvent, AuditEventType, AuditLog, CertificatePem, ProjectId};
use certs_core::{Error, Retry};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use proptest::prelude::*;

use crate::support::{KEY, api, api_at, id};

/// Method, URL and body of the first request of an operation.
fn request(operation: impl Operation) -> (String, String) {
    let request = Call::new(&api(), operation, Retry::default()).unwrap().request();
    let line = format!("{} {}", request.method(), request.uri());
    (line, String::from_utf8(request.into_body().into()).unwrap())
}

fn project() -> ProjectId {
    "proj_abc".parse().unwrap()
}

const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const BASE: &str = "https://api.example/v1/organization";

#[test]
fn debug_shows_no_body() {
    let upload = Upload::new(PEM.parse().unwrap()).with_name("Root");
    let body = r#"{"certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","name":"Root"}"#;
    assert_eq!(request(&upload).1, body);
    let request = format!("{:?}", upload.request());
    let call = format!("{:?}", Call::new(&api(), &upload, Retry::default()).unwrap());
    for printed in [request, call] {
        assert!(!printed.contains("MIIB") && !printed.contains("45, 45"), "{printed}");
    }
}

#[test]
fn the_requests_of_a_call_share_their_body() {
    let call = Call::new(&api(), Upload::new(PEM.parse().unwrap()), Retry::default()).unwrap();
    let (first, second) = (call.request(), call.request());
    assert_eq!(first.body().as_ptr(), second.body().as_ptr());
    assert_eq!(first.headers(), second.headers());
}

#[test]
fn each_operation_makes_the_request_of_the_api_reference() {
    let pem: CertificatePem = PEM.parse().unwrap();
    let toggle = r#"{"certificate_ids":["cert_a","cert_b"]}"#;
    let upload =
        r#"{"certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n""#;
    let ids = || [id("cert_a"), id("cert_b")];
    let rows = [
        (
            request(Deactivate::new(Scope::Organization, ids())),
            "POST {}/certificates/deactivate",
            toggle.to_owned(),
        ),
        (
            request(Deactivate::new(project(), ids())),
            "POST {}/projects/proj_abc/certificates/deactivate",
            toggle.to_owned(),
        ),
        (
            request(Activate::new(Scope::Organization, ids())),
            "POST {}/certificates/activate",
            toggle.to_owned(),
        ),
        (
            request(Activate::new(project(), ids())),
            "POST {}/projects/proj_abc/certificates/activate",
            toggle.to_owned(),
        ),
        (request(List::new(Scope::Organization)), "GET {}/certificates", String::new()),
        (
            request(
                List::new(project())
                    .with_page_size(PageSize::MAX)
                    .with_order(Order::Ascending)
                    .after("c"),
            ),
            "GET {}/projects/proj_abc/certificates?limit=100&after=c&order=asc",
            String::new(),
        ),
        (
            request(List::new(Scope::Organization).with_order(Order::Descending)),
            "GET {}/certificates?order=desc",
            String::new(),
        ),
        (request(Upload::new(pem.clone())), "POST {}/certificates", format!("{upload}}}")),
        (
            request(Upload::new(pem).with_name("Root \"1\"")),
            "POST {}/certificates",
            format!(r#"{upload},"name":"Root \"1\""}}"#),
        ),
        (request(Get::new(id("cert_a"))), "GET {}/certificates/cert_a", String::new()),
        (
            request(Get::new(id("cert_a")).with_content()),
            "GET {}/certificates/cert_a?include%5B%5D=content",
            String::new(),
        ),
        (
            request(Modify::new(id("cert_a"), "New")),
            "POST {}/certificates/cert_a",
            r#"{"name":"New"}"#.to_owned(),
        ),
        (request(Delete::new(id("cert_a"))), "DELETE {}/certificates/cert_a", String::new()),
        (request(ListProjects::new()), "GET {}/projects", String::new()),
        (
            request(
                ListProjects::new()
                    .with_archived()
                    .with_page_size(7.try_into().unwrap())
                    .after("p"),
            ),
            "GET {}/projects?limit=7&after=p&include_archived=true",
            String::new(),
        ),
    ];
    for ((line, body), expected_line, expected_body) in rows {
        assert_eq!(line, expected_line.replace("{}", BASE));
        assert_eq!(body, expected_body);
    }
}

#[test]
fn requests_have_the_expected_headers() {
    let call = |operation| Call::new(&api(), operation, Retry::default()).unwrap().request();
    let get = call(List::new(Scope::Organization));
    assert_eq!(get.headers()[AUTHORIZATION], format!("Bearer {KEY}"));
    assert!(get.headers()[AUTHORIZATION].is_sensitive());
    assert_eq!(get.headers()[ACCEPT], "application/json");
    assert!(get.headers()[USER_AGENT].to_str().unwrap().starts_with("certs/"));
    assert!(!get.headers().contains_key(CONTENT_TYPE));
    let operation = Deactivate::new(Scope::Organization, id("cert_a"));
    let post = Call::new(&api(), &operation, Retry::default()).unwrap().request();
    assert_eq!(post.headers()[CONTENT_TYPE], "application/json");
}

#[test]
fn the_base_url_keeps_its_path() {
    for (base, expected) in [
        ("https://gate.example/openai/v1/", "https://gate.example/openai/v1/organization/projects"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/organization/projects"),
    ] {
        let call = Call::new(&api_at(base), ListProjects::new(), Retry::default()).unwrap();
        assert_eq!(call.request().uri(), expected);
    }
}

#[test]
fn the_table_of_endpoints_has_no_duplicates() {
    let lines: std::collections::BTreeSet<_> = ENDPOINTS.iter().map(ToString::to_string).collect();
    let names: std::collections::BTreeSet<_> =
        ENDPOINTS.iter().map(|endpoint| endpoint.operation_id).collect();
    assert_eq!((lines.len(), names.len()), (ENDPOINTS.len(), ENDPOINTS.len()));
}

#[test]
fn a_cursor_too_long_for_a_uri_is_a_build_error() {
    let list = List::new(Scope::Organization).after(&"x".repeat(100_000));
    let error = Call::new(&api(), list, Retry::default()).unwrap_err();
    assert!(matches!(error, Error::Build(_)), "{error:?}");
    assert!(!error.may_have_acted() && !error.is_retryable());
}

static ONE_SEGMENT: Endpoint = Endpoint::get("oneSegment", "/a/{x}/b");

#[derive(Debug)]
struct OneSegment(String);

impl Operation for OneSegment {
    type Output = serde_json::Value;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        RequestBuilder::new(&ONE_SEGMENT).segment(&self.0).query("q", &self.0)
    }
}

/// The text as a server decodes it.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

proptest! {
    #[test]
    fn any_id_stays_one_segment(text in "\\PC{1,40}|[%./\\\\?#&=a\r\n\0 ]{1,8}") {
        prop_assume!(!matches!(text.as_str(), "." | ".."));
        let request = Call::new(&api(), OneSegment(text.clone()), Retry::default())
            .unwrap()
            .request();
        let segments: Vec<_> = request.uri().path().split('/').collect();
        prop_assert_eq!(segments.len(), 5, "{}", request.uri());
        prop_assert_eq!(decoded(segments[3]), text.as_str());
        prop_assert_eq!(decoded(request.uri().query().unwrap().strip_prefix("q=").unwrap()), text);
        prop_assert_eq!(request.uri().authority().unwrap().as_str(), "api.example");
    }

    #[test]
    fn an_id_that_parses_makes_a_request(text in "\\PC{0,40}") {
        if let Ok(id) = text.parse() {
            let call = Call::new(&api(), Get::new(id), Retry::default()).unwrap();
            let uri = call.request().uri().to_string();
            let segment = uri.strip_prefix(&format!("{BASE}/certificates/")).unwrap();
            prop_assert!(!segment.contains(['/', '?', '#']));
            prop_assert_eq!(decoded(segment), text);
        }
    }
}

#[test]
fn audit_logs_are_filtered_by_the_server() {
    let moment = |seconds: i64| seconds.try_into().unwrap();
    let list = ListAuditLogs::new()
        .with_event_types([AuditEventType::CERTIFICATES_ACTIVATED])
        .with_certificates([id("cert_a"), id("cert_b")])
        .with_start(moment(1))
        .with_end(moment(9))
        .with_page_size(PageSize::MAX)
        .after("audit_log-7");
    let call = Call::new(&api(), list, Retry::default()).unwrap();
    assert_eq!(
        call.request().uri().query().unwrap(),
        "effective_at%5Bgte%5D=1&effective_at%5Blt%5D=9&event_types%5B%5D=certificates.activated\
         &resource_ids%5B%5D=cert_a&resource_ids%5B%5D=cert_b&limit=100&after=audit_log-7"
    );
}

#[test]
fn settings_can_be_read_back() {
    let get = Get::new(id("cert_a"));
    assert!(!get.includes_content() && get.with_content().includes_content());
    assert_eq!(Modify::new(id("cert_a"), "New").name(), Some("New"));
    let upload = Upload::new(PEM.parse().unwrap());
    assert_eq!(upload.name(), None);
    assert_eq!(upload.with_name("Root").name(), Some("Root"));
    assert_eq!(PageSize::MAX.get(), 100);
    assert_eq!(api().base_url().to_string(), "https://api.example/v1");
    assert_eq!(api().base_url().path(), "/v1");
}

#[test]
fn events_about_certificates_are_of_five_types() {
    let (line, _) = request(ListAuditLogs::certificate_events());
    assert_eq!(line.matches("event_types").count(), 5, "{line}");
    let event = AuditEvent::Other(AuditEventType::CERTIFICATE_CREATED);
    let log = AuditLog::new("audit_log-1", 1.try_into().unwrap(), event);
    assert_eq!(ListAuditLogs::id(&log).as_ref(), "audit_log-1");
}

#[test]
fn only_an_upload_requires_a_new_connection() {
    fn fresh(operation: impl Operation) -> bool {
        let call = Call::new(&api(), operation, Retry::default()).unwrap();
        call.attempt(Duration::ZERO).fresh_connection
    }
    assert!(fresh(Upload::new(PEM.parse().unwrap())));
    assert!(!fresh(List::new(Scope::Organization)) && !fresh(Delete::new(id("cert_a"))));
}
