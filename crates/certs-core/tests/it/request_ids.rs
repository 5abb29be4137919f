//! Each request has a client request id.

use std::sync::atomic::{AtomicU64, Ordering};

use certs_core::Client;
use certs_core::operations::ListProjects;
use certs_core::request_id::ClientRequestId;
use certs_core::transport::TransportErrorKind;

use crate::support::{EMPTY_LIST, Outcome, api, scripted};

fn counting() -> impl Fn() -> ClientRequestId + Send + Sync {
    let count = AtomicU64::new(0);
    move || format!("call-{}", count.fetch_add(1, Ordering::Relaxed)).parse().unwrap()
}

#[tokio::test]
async fn each_request_carries_the_next_id_of_the_callers_source() {
    let transport = scripted([Outcome::response(503, ""), Outcome::response(200, EMPTY_LIST)]);
    let client = Client::new(api(), transport).with_client_request_ids(counting());
    client.call(ListProjects::new()).await.unwrap();
    let transport = client.transport();
    let sent = transport.requests().into_iter().zip(transport.attempts());
    for (number, (request, attempt)) in sent.enumerate() {
        let id = format!("call-{number}");
        assert_eq!(request.headers()["x-client-request-id"], id);
        assert_eq!(attempt.client_request_id.as_ref().unwrap().as_str(), id);
    }
}

#[tokio::test]
async fn an_error_names_the_last_request() {
    let lost = || Outcome::Failure(TransportErrorKind::Interrupted);
    let transport = scripted([lost(), lost(), lost()]);
    let client = Client::new(api(), transport).with_client_request_ids(counting());
    let error = client.call(ListProjects::new()).await.unwrap_err();
    let id = error.context().unwrap().client_request_id.clone();
    assert_eq!(id.unwrap().as_str(), "call-2");
}

#[tokio::test]
async fn without_a_source_no_id_is_sent() {
    let client = Client::new(api(), scripted([Outcome::response(200, EMPTY_LIST)]));
    client.call(ListProjects::new()).await.unwrap();
    let transport = client.transport();
    let (request, attempt) = (transport.requests().remove(0), transport.attempts().remove(0));
    assert!(!request.headers().contains_key("x-client-request-id"));
    assert_eq!(attempt.client_request_id, None);
}
