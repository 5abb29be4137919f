//! Both transports, under a client and called directly.
#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows a test only by its attribute")]

use std::time::Duration;

use certs_core::operations::ListProjects;
use certs_core::transport::{Delay, Transport, TransportErrorKind as Kind};
use certs_core::{AdminKey, Api, BaseUrl, Client, Error, Retry, blocking};
use certs_emulator::{Emulator, Fault};
use certs_testing::{EmulatorTransport, Scripted, ScriptedResponse, TestClock, block_on};
use certs_types::Timestamp;
use http::{HeaderValue, Request, StatusCode, header};

const EMPTY_LIST: &str = r#"{"object":"list","data":[],"has_more":false}"#;

#[test]
fn returns_scripted_responses_in_order_and_records_requests() {
    let transport = Scripted::new([
        ScriptedResponse::failure(Kind::Interrupted),
        ScriptedResponse::new(StatusCode::SERVICE_UNAVAILABLE, "")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("3")),
        ScriptedResponse::ok(EMPTY_LIST),
    ]);
    let reply = block_on(Client::new(api(), transport.clone()).call(ListProjects::new())).unwrap();
    assert_eq!((reply.attempts, transport.remaining()), (3, 0));
    let numbers: Vec<_> = transport.attempts().iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(transport.requests().len(), 3);
    assert!(transport.sleeps()[1].min >= Duration::from_secs(3));
    assert!(transport.clock().elapsed() >= Duration::from_secs(3));
}

#[test]
fn fails_to_connect_after_the_last_scripted_response() {
    let transport = Scripted::default();
    transport.push(ScriptedResponse::ok(EMPTY_LIST));
    let client = Client::new(api(), transport);
    block_on(client.call(ListProjects::new())).unwrap();
    let Err(Error::Transport { source, .. }) = block_on(client.call(ListProjects::new())) else {
        panic!("there was a response");
    };
    assert_eq!(source.kind(), Kind::Connect);
}

#[test]
fn a_late_response_is_a_timeout_after_the_time_of_the_attempt() {
    let mut once = Retry::default();
    once.attempts = 1;
    once.attempt_timeout = Duration::from_secs(5);
    let late = Duration::from_secs(6);
    let scripted = Scripted::new([ScriptedResponse::ok(EMPTY_LIST).with_delay(late)]);
    let emulator = EmulatorTransport::new(emulator().fault(Fault::any().delay(late)));
    let clocks = [scripted.clock().clone(), emulator.clock().clone()];
    let errors = [
        block_on(Client::new(api(), scripted).with_retry(once.clone()).call(ListProjects::new())),
        block_on(Client::new(api(), emulator).with_retry(once).call(ListProjects::new())),
    ];
    for (error, clock) in errors.into_iter().zip(clocks) {
        assert!(
            matches!(error, Err(Error::Transport { source, .. }) if source.kind() == Kind::Timeout)
        );
        assert_eq!(clock.elapsed(), Duration::from_secs(5));
    }
}

#[test]
fn the_emulator_and_its_transport_have_the_same_time() {
    let start = Timestamp::try_from(1_800_000_000).unwrap();
    let transport = EmulatorTransport::with_clock(emulator(), TestClock::starting_at(start));
    block_on(Transport::sleep(&transport, Delay::exactly(Duration::from_secs(90))));
    assert_eq!(transport.clock().timestamp().as_secs(), 1_800_000_090);
    let request = Request::get("/v1/organization/projects").body(Vec::new()).unwrap();
    let response = transport.emulator().handle(request);
    assert_eq!(response.headers()["date"], "Fri, 15 Jan 2027 08:01:30 GMT");
}

#[test]
fn blocking_clients_use_the_same_transports() {
    let transport = Scripted::new([ScriptedResponse::ok(EMPTY_LIST)]);
    blocking::Client::new(api(), transport).call(ListProjects::new()).unwrap();
    let transport = EmulatorTransport::new(emulator());
    blocking::Client::new(api(), transport).call(ListProjects::new()).unwrap();
}

#[test]
fn the_debug_output_hides_the_key() {
    let transport = Scripted::new([ScriptedResponse::ok(EMPTY_LIST)]);
    block_on(Client::new(api(), transport.clone()).call(ListProjects::new())).unwrap();
    let text = format!("{transport:?} {:?}", EmulatorTransport::new(emulator()));
    assert!(!text.contains("sk-admin"), "{text}");
}

fn emulator() -> certs_emulator::Builder {
    Emulator::builder().admin_key("sk-admin-test")
}

fn api() -> Api {
    Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into()).unwrap())
}
