//! The real client against servers that misbehave, one row for each.
//!
//! Every call must end in time, and must not read more of an endless response than the maximum.

mod rows;

use std::time::{Duration, Instant};

use certs_core::operation::Operation;
use certs_core::operations::{Deactivate, Get, Scope, Upload};
use certs_core::transport::TransportErrorKind as Kind;
use certs_core::{Client, Error, Retry};
use certs_emulator::pki::Leaf;
use certs_hyper::HyperTransport;

use self::rows::{End, MAX_RESPONSE_SIZE, Observed, Row, TOGGLED, raw, rows};
use crate::support::server::{Action, CREATED, Server, closing_on_reuse, response, write};
use crate::support::{api, id};

fn bounds() -> Retry {
    let mut retry = Retry::default();
    retry.initial_backoff = Duration::from_millis(2);
    retry.deadline = Duration::from_secs(60);
    retry
}

fn upload() -> Upload {
    Upload::new("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse().unwrap())
}

async fn run<O: Operation>(server: &Server, operation: O, expected: End) -> Observed {
    let transport =
        HyperTransport::builder().with_max_response_size(MAX_RESPONSE_SIZE).build_loopback();
    let mut retry = bounds();
    if expected == End::NoResponse(Kind::Timeout) {
        retry.attempt_timeout = Duration::from_millis(100);
    }
    let client = Client::new(api(&server.base()), transport).with_retry(retry);
    let result = client.call(operation).await;
    let acted = result.as_ref().is_err_and(Error::may_have_acted);
    let end = match &result {
        Ok(_) => End::Done,
        Err(Error::Transport { source, .. }) => End::NoResponse(source.kind()),
        Err(Error::Api { .. }) => End::Refused(result.unwrap_err().status().unwrap().as_u16()),
        Err(Error::Decode { .. }) => End::Unreadable,
        Err(error) => panic!("{error:?}"),
    };
    (server.requests().len(), end, acted)
}

#[tokio::test]
async fn every_misbehavior_ends_in_the_expected_error() {
    for Row { name, actions, toggle, upload: expected_upload } in rows() {
        let operation = Deactivate::new(Scope::Organization, id("cert_a"));
        let server = Server::start([actions.clone()]).await;
        let started = Instant::now();
        assert_eq!(run(&server, operation, toggle.1).await, toggle, "toggle: {name}");
        assert!(started.elapsed() < bounds().deadline, "{name}");
        assert!(server.written() < 16 * 1024 * 1024, "{name}: took {}", server.written());

        let server = Server::start([actions]).await;
        assert_eq!(
            run(&server, upload(), expected_upload.1).await,
            expected_upload,
            "upload: {name}"
        );
    }
}

#[tokio::test]
async fn keeps_status_and_request_id_of_an_incomplete_response() {
    let head = "200 OK\r\nx-request-id: req_9\r\ncontent-length: 99999999";
    for actions in
        [vec![Action::Read, raw(head, "")], vec![Action::Read, raw(head, ""), Action::Hang]]
    {
        for bound in [MAX_RESPONSE_SIZE, usize::MAX] {
            let server = Server::start([actions.clone()]).await;
            let transport =
                HyperTransport::builder().with_max_response_size(bound).build_loopback();
            let mut retry = bounds();
            retry.attempt_timeout = Duration::from_millis(200);
            let client = Client::new(api(&server.base()), transport).with_retry(retry);
            let error = client.call(upload()).await.unwrap_err();
            assert_eq!(error.status().unwrap(), 200, "{error:?}");
            assert_eq!(error.request_id().unwrap().as_str(), "req_9");
        }
    }
}

#[tokio::test]
async fn the_head_of_a_response_is_bounded_by_its_bytes_and_not_by_a_number_of_headers() {
    let length = CREATED.len();
    for (headers, fits) in [("X-H: v\r\n".repeat(1000), true), ("X-H: v\r\n".repeat(20_000), false)]
    {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{headers}\r\n");
        let server = Server::start([vec![Action::Read, write(head + CREATED), Action::Hang]]).await;
        let client =
            Client::new(api(&server.base()), HyperTransport::loopback()).with_retry(bounds());
        assert_eq!(client.call(upload()).await.is_ok(), fits, "{}", headers.len());
    }
}

#[tokio::test]
async fn a_refused_connection_sends_nothing() {
    let server = Server::start([vec![Action::Hang]]).await;
    let base = server.base();
    drop(server);
    let gone = loop {
        // The listener closes only when the runtime has dropped its task.
        let address = base.trim_start_matches("http://").trim_end_matches("/v1");
        match tokio::net::TcpStream::connect(address).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(_) => break base,
        }
    };
    let client = Client::new(api(&gone), HyperTransport::loopback()).with_retry(bounds());
    let error = client.call(upload()).await.unwrap_err();
    let Error::Transport { source, context } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), Kind::Connect);
    assert_eq!(context.attempts, 3);
    assert!(!error.may_have_acted() && error.is_retryable());
}

#[tokio::test]
async fn an_unfinished_handshake_sends_nothing() {
    let server = Server::start([vec![Action::Hang]]).await;
    let base = server.base().replace("http://", "https://");
    let pem = Leaf::self_signed(&["localhost"]).unwrap().certificate;
    for (connect, attempt) in [(50, 30_000), (30_000, 50)] {
        let transport = HyperTransport::builder()
            .without_platform_roots()
            .with_roots_pem(pem.as_bytes())
            .unwrap()
            .with_connect_timeout(Duration::from_millis(connect))
            .build()
            .unwrap();
        let mut retry = bounds();
        retry.attempt_timeout = Duration::from_millis(attempt);
        let client = Client::new(api(&base), transport).with_retry(retry);
        let error = client.call(upload()).await.unwrap_err();
        let Error::Transport { source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(source.kind(), Kind::Connect);
        assert!(!error.may_have_acted());
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced() {
    let once = vec![Action::Read, response("200 OK", TOGGLED)];
    let server = Server::start([once]).await;
    let client = Client::new(api(&server.base()), HyperTransport::loopback());
    for call in 1..=20 {
        // The pool contains a connection that the server has closed, which it may not have noticed yet.
        let reply = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await.unwrap();
        assert_eq!(reply.attempts, 1, "call {call}");
    }
    assert_eq!((server.requests().len(), server.connections()), (20, 20));
}

#[tokio::test]
async fn an_upload_uses_a_fresh_connection() {
    let server = Server::start(closing_on_reuse()).await;
    let client = Client::new(api(&server.base()), HyperTransport::loopback());
    client.call(Get::new(id("cert_a"))).await.unwrap();
    assert_eq!(client.call(upload()).await.unwrap().attempts, 1);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn reuses_connections() {
    let twenty = vec![[Action::Read, response("200 OK", TOGGLED)]; 20].concat();
    let server = Server::start([twenty]).await;
    let client = Client::new(api(&server.base()), HyperTransport::loopback());
    for _ in 0..20 {
        client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (20, 1));
}

#[tokio::test]
async fn a_redirect_sends_nothing_to_another_host() {
    let other = Server::start([vec![Action::Read, response("200 OK", TOGGLED)]]).await;
    for status in ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"] {
        let head = format!("{status}\r\nlocation: {}/x\r\ncontent-length: 0", other.base());
        let server = Server::start([vec![Action::Read, raw(&head, "")]]).await;
        let client = Client::new(api(&server.base()), HyperTransport::loopback());
        let error = client.call(upload()).await.unwrap_err();
        assert!(error.to_string().contains(&server.address.to_string()), "{error}");
        assert!(!error.may_have_acted());
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn retry_after_never_extends_the_deadline() {
    let busy = raw("503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close", "");
    let server = Server::start([vec![Action::Read, busy]]).await;
    let mut retry = bounds();
    retry.attempts = 1000;
    retry.deadline = Duration::from_millis(1500);
    let client = Client::new(api(&server.base()), HyperTransport::loopback()).with_retry(retry);
    let started = Instant::now();
    let error = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await.unwrap_err();
    assert_eq!(server.requests().len(), 2, "a third would wait beyond the deadline");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(error.may_have_acted());
}
