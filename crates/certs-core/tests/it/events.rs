//! Observers get every attempt and every wait, and nothing secret.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use certs_core::event::{Event, WaitReason};
use certs_core::operations::{Deactivate, ListProjects, Scope};
use certs_core::transport::TransportErrorKind;
use certs_core::{Client, Error};
use certs_testing::{Scripted, ScriptedResponse, block_on};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::support::{EMPTY_LIST, KEY, api};

type Log = Arc<Mutex<Vec<String>>>;

/// A client whose events are recorded as text.
fn observed(responses: impl IntoIterator<Item = ScriptedResponse>) -> (Client<Scripted>, Log) {
    let log = Log::default();
    let lines = Arc::clone(&log);
    let client = Client::new(api(), Scripted::new(responses)).with_observer(move |event| {
        assert!(!format!("{event:?}").contains(KEY), "{event:?}");
        lines.lock().unwrap().push(match event {
            Event::AttemptStarted { attempt, uri, .. } => {
                format!("{} {} #{}", attempt.endpoint.method, uri.path(), attempt.number)
            }
            Event::AttemptEnded { status: Some(status), may_have_acted, request_id, .. } => {
                let id = request_id.map(|id| format!(" {id}")).unwrap_or_default();
                format!("{}{id} {may_have_acted}", status.as_u16())
            }
            Event::AttemptEnded { error, may_have_acted, .. } => {
                format!("{:?} {may_have_acted}", error.unwrap().kind())
            }
            Event::Waiting { reason, delay, .. } => format!("{reason:?} {:?}", delay.max),
            _ => unreachable!(),
        });
    });
    (client, log)
}

fn busy() -> ScriptedResponse {
    ScriptedResponse::new(StatusCode::SERVICE_UNAVAILABLE, "")
}

#[test]
fn each_attempt_and_each_wait_is_reported_in_order() {
    let (client, log) = observed([
        busy().with_header(
            HeaderName::from_static("x-request-id"),
            HeaderValue::from_static("req_1"),
        ),
        ScriptedResponse::failure(TransportErrorKind::Interrupted),
        ScriptedResponse::ok(EMPTY_LIST),
    ]);
    block_on(client.call(ListProjects::new())).unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        [
            "GET /v1/organization/projects #1",
            "503 req_1 false",
            "Backoff 500ms",
            "GET /v1/organization/projects #2",
            "Interrupted false",
            "Backoff 1s",
            "GET /v1/organization/projects #3",
            "200 false",
        ]
    );
}

#[test]
fn the_reason_of_a_wait_is_reported() {
    let wait =
        busy().with_header(HeaderName::from_static("retry-after"), HeaderValue::from_static("7"));
    let (client, log) = observed([wait, ScriptedResponse::ok(EMPTY_LIST)]);
    block_on(client.call(ListProjects::new())).unwrap();
    let waits: Vec<_> =
        log.lock().unwrap().iter().filter(|line| line.contains("7s")).cloned().collect();
    assert_eq!(waits, [format!("{:?} 7s", WaitReason::Server)]);
}

#[test]
fn whether_an_attempt_may_have_acted_is_the_decision_of_the_call() {
    for (response, acted) in [
        (ScriptedResponse::failure(TransportErrorKind::Connect), false),
        (ScriptedResponse::failure(TransportErrorKind::NotProcessed), false),
        (ScriptedResponse::failure(TransportErrorKind::Timeout), true),
        (ScriptedResponse::new(StatusCode::CONFLICT, ""), true),
        (ScriptedResponse::new(StatusCode::BAD_REQUEST, ""), false),
        (
            ScriptedResponse::new(
                StatusCode::BAD_REQUEST,
                r#"{"error":{"code":"project_archived"}}"#,
            ),
            true,
        ),
    ] {
        let (client, log) = observed([response.clone()]);
        let retry = certs_core::Retry::default().with_attempts(1);
        let client = client.with_retry(retry);
        let deactivate = Deactivate::new(Scope::Organization, ["cert_a".parse().unwrap()]);
        let error = block_on(client.call(deactivate)).unwrap_err();
        assert_eq!(error.may_have_acted(), acted, "{response:?}");
        assert!(log.lock().unwrap()[1].ends_with(&acted.to_string()), "{response:?}");
    }
}

#[test]
fn several_observers_get_all_events() {
    let (client, log) = observed([ScriptedResponse::ok(EMPTY_LIST)]);
    let count = Arc::new(Mutex::new(Vec::new()));
    let durations = Arc::clone(&count);
    let client = client.with_observer(move |event| {
        if let Event::AttemptEnded { duration, server_time, .. } = event {
            durations.lock().unwrap().push((*duration, *server_time));
        }
    });
    block_on(client.call(ListProjects::new())).unwrap();
    assert_eq!(log.lock().unwrap().len(), 2);
    assert_eq!(*count.lock().unwrap(), [(Duration::ZERO, None)]);
}

#[test]
fn the_time_of_the_server_is_read_from_its_response() {
    let dated = ScriptedResponse::ok(EMPTY_LIST).with_header(
        HeaderName::from_static("date"),
        HeaderValue::from_static("Tue, 24 Nov 2026 04:00:07 GMT"),
    );
    let (client, _) = observed([dated]);
    let reply = block_on(client.call(ListProjects::new())).unwrap();
    assert_eq!(reply.server_time.unwrap().as_secs(), 1_795_492_807);
}

#[test]
fn a_quota_is_not_a_rate_limit() {
    let quota = ScriptedResponse::new(
        StatusCode::TOO_MANY_REQUESTS,
        r#"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#,
    );
    let (client, _) = observed([quota]);
    let error = block_on(client.call(ListProjects::new())).unwrap_err();
    assert!(matches!(error, Error::Api { .. }) && !error.is_rate_limited());
    assert_eq!(error.context().unwrap().attempts, 1);
}
