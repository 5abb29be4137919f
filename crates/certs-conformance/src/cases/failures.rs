//! Errors when there is no complete response.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use certs_core::local::LocalTransport;
use certs_core::transport::{Delay, TransportErrorKind as Kind};
use http::Method;

use crate::harness::{
    Harness, LONG_TIMEOUT, Outcome, assert_kind, attempt, error_chain, get, ok_response, post,
    request, unwrap,
};
use crate::server::{Server, http_response};
use crate::subject::{KEY, Requirements, Subject};

/// The maximum response size in the cases about larger responses, in bytes.
const MAX_SIZE: usize = 64 * 1024;
/// How many bytes may be read of a larger response, with all buffers of the operating system.
const MAX_READ: usize = 16 * 1024 * 1024;

pub(super) fn refused_connection_is_connect<S: Subject>(subject: &S) {
    let refusing = RefusingAddress::new();
    let harness = Harness::new(subject);
    for (method, body) in [(Method::GET, ""), (Method::POST, "{}")] {
        let request = request(&refusing.authority(), method, "/v1/x", body);
        assert_kind(harness.send(request), Kind::Connect, "a refused connection");
    }
}

pub(super) fn silent_server_is_timeout<S: Subject>(subject: &S) {
    let server = Server::start(|connection| {
        connection.read();
        connection.wait_for_close();
    });
    assert_kind(
        Harness::new(subject).send_with_short_timeout(&server),
        Kind::Timeout,
        "no response",
    );
    let half = Server::start(|connection| {
        connection.read();
        connection.write(b"HTTP/1.1 200 OK\r\ncontent-le");
        connection.wait_for_close();
    });
    assert_kind(
        Harness::new(subject).send_with_short_timeout(&half),
        Kind::Timeout,
        "half a response head",
    );
}

pub(super) fn slow_response_is_timeout<S: Subject>(subject: &S) {
    // Each byte arrives soon, but the response never ends.
    for (head, endless) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", " "),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n", "x-more: 1\r\n"),
    ] {
        let waited = Arc::new(AtomicBool::new(false));
        let dripped = Arc::clone(&waited);
        let server = Server::start(move |connection| {
            connection.read();
            let mut accepted = connection.write(head.as_bytes());
            for _ in 0..1500 {
                accepted = accepted && connection.write(endless.as_bytes());
                thread::sleep(Duration::from_millis(if accepted { 10 } else { 0 }));
            }
            dripped.fetch_or(accepted, Ordering::SeqCst);
        });
        let outcome = Harness::new(subject).send_with_short_timeout(&server);
        // This is three times the longest timeout.
        assert!(!waited.load(Ordering::SeqCst), "the timeout did not end {endless:?} within 15 s");
        // A client may also limit the number of headers.
        match (endless.starts_with("x-more"), outcome) {
            (true, Err(error)) if error.kind() == Kind::Interrupted => {}
            (_, outcome) => drop(assert_kind(outcome, Kind::Timeout, endless)),
        }
    }
}

pub(super) fn closed_connection_is_interrupted<S: Subject>(subject: &S) {
    for start in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"] {
        let server = Server::closing_after(start);
        let outcome = Harness::new(subject).send(post(&server, "/v1/x", "{}"));
        assert_kind(outcome, Kind::Interrupted, &format!("a close after {start:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {start:?}");
    }
}

pub(super) fn truncated_body_is_interrupted<S: Subject>(subject: &S) {
    for truncated in [
        "content-length: 99\r\n\r\n{",
        "content-length: 99\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n99\r\n{",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ] {
        let server = Server::closing_after(format!("HTTP/1.1 200 OK\r\n{truncated}"));
        let outcome = Harness::new(subject).send(post(&server, "/v1/x", "{}"));
        assert_kind(outcome, Kind::Interrupted, &format!("a body that ends after {truncated:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {truncated:?}");
    }
}

pub(super) fn malformed_response_is_interrupted<S: Subject>(subject: &S) {
    for malformed in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n{}",
    ] {
        let server = Server::closing_after(malformed);
        let outcome = Harness::new(subject).send(post(&server, "/v1/x", "{}"));
        assert_kind(outcome, Kind::Interrupted, &format!("{malformed:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {malformed:?}");
    }
}

pub(super) fn oversized_response_is_too_large<S: Subject>(subject: &S) {
    let requirements = Requirements { max_response_size: MAX_SIZE, ..Requirements::default() };
    for (head, endless) in [
        ("content-length: 999999999\r\n\r\n", "x".repeat(0x10000)),
        ("transfer-encoding: chunked\r\n\r\n", format!("10000\r\n{}\r\n", "x".repeat(0x10000))),
        ("connection: close\r\n\r\n", "x".repeat(0x10000)),
    ] {
        let server = Server::start(move |connection| {
            connection.read();
            let mut accepted = connection.write(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes());
            for _ in 0..10_000 {
                accepted = accepted && connection.write(endless.as_bytes());
            }
        });
        let outcome =
            Harness::with_requirements(subject, &requirements).send(get(&server, "/v1/x"));
        assert_kind(outcome, Kind::TooLarge, head);
        let accepted = server.written();
        assert!(accepted < MAX_READ, "{accepted} bytes were read, where the maximum is {MAX_SIZE}");
    }
    let one_more = Server::responding(http_response("200 OK", &"x".repeat(MAX_SIZE + 1)));
    let outcome = Harness::with_requirements(subject, &requirements).send(get(&one_more, "/v1/x"));
    assert_kind(outcome, Kind::TooLarge, "a response of one byte too many");
}

pub(super) fn incomplete_response_keeps_status_and_request_id<S: Subject>(subject: &S) {
    let head = "HTTP/1.1 200 OK\r\nx-request-id: req_9\r\ncontent-length: 99999999\r\n\r\n{";
    let truncated = Server::closing_after(head);
    let long = format!("{head}{}", "x".repeat(MAX_SIZE));
    let unfinished = Server::start(move |connection| {
        connection.read();
        connection.write(head.as_bytes());
        connection.wait_for_close();
    });
    let has_status =
        |outcome: &Outcome| outcome.as_ref().is_err_and(|error| error.status().is_some());
    let limited = |max_response_size| Requirements { max_response_size, ..Requirements::default() };
    let unlimited = Harness::with_requirements(subject, &limited(usize::MAX));
    let limited = Harness::with_requirements(subject, &limited(MAX_SIZE));
    for (outcome, kind) in [
        (unlimited.send(get(&truncated, "/v1/x")), Kind::Interrupted),
        (unlimited.send_with_short_timeout_until(&unfinished, has_status), Kind::Timeout),
        (limited.send(get(&Server::responding(long), "/v1/x")), Kind::TooLarge),
    ] {
        let error = assert_kind(outcome, kind, "an incomplete response");
        assert_eq!(error.status().unwrap(), 200, "{kind:?}");
        assert_eq!(error.request_id().unwrap().as_str(), "req_9", "{kind:?}");
    }
}

pub(super) fn never_resends_a_request<S: Subject>(subject: &S) {
    // The connection stays open after the first response; every later request is read, then the
    // connection closed. A transport that takes this for a stale connection and sends again may upload
    // twice.
    let server = Server::start(|connection| {
        while let Some(request) = connection.read() {
            if request.number > 1 || !connection.write(&ok_response()) {
                return;
            }
        }
    });
    let harness = Harness::new(subject);
    if let Err(error) = harness.send(get(&server, "/v1/x")) {
        panic!("{}", error_chain(&error));
    }
    for (sends, request) in [(2, get(&server, "/v1/x")), (3, post(&server, "/v1/x", "{}"))] {
        assert_kind(harness.send(request), Kind::Interrupted, "a connection closed in use");
        assert_eq!(server.requests().len(), sends, "a request was sent again");
    }
}

pub(super) fn idle_close_does_not_look_like_a_lost_request<S: Subject>(subject: &S) {
    // Nothing can be sent on a connection that the server has closed: the request succeeds on a new one,
    // or fails as `Connect`, but never looks as if it may have been carried out. No transport notices the
    // end of a connection immediately, so the waits become longer.
    let server = Server::closing_after(ok_response());
    let outcomes = [10, 100, 1000].map(|wait| {
        let harness = Harness::new(subject);
        if let Err(error) = harness.send(post(&server, "/v1/x", "{}")) {
            panic!("{}", error_chain(&error));
        }
        server.until("the server closed its connections", |observed| observed.open == 0);
        let wait = Delay::exactly(Duration::from_millis(wait));
        subject.run(harness.transport.sleep(wait));
        let again = harness.send(post(&server, "/v1/x", "{}"));
        again.err().filter(|error| error.kind() != Kind::Connect)
    });
    if let [Some(_), Some(_), Some(error)] = outcomes {
        panic!("{}", error_chain(&error));
    }
}

pub(super) fn non_idempotent_requests_use_a_fresh_connection<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    unwrap(harness.send(post(&server, "/v1/x", "{}")));
    // Repeated, because a connection becomes reusable only some time after the response.
    for _ in 0..5 {
        let before = server.connections();
        let fresh = attempt(LONG_TIMEOUT).with_fresh_connection();
        let send = harness.transport.send(post(&server, "/v1/x", "{}"), fresh);
        unwrap(subject.run(send));
        assert_eq!(server.connections(), before + 1, "an open connection was used");
    }
}

pub(super) fn errors_never_show_the_key<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    let refusing = RefusingAddress::new();
    let refused = request(&refusing.authority(), Method::GET, "/v1/x", "");
    let mut errors = vec![harness.send(refused).unwrap_err()];
    for echo in [
        format!("HTTP/1.1 2x0 {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{KEY}"),
        String::new(),
    ] {
        let server = Server::closing_after(echo);
        let outcome = harness.send(get(&server, "/v1/x"));
        errors.push(outcome.expect_err("an invalid or incomplete response must be an error"));
    }
    for error in errors {
        let shown = error_chain(&error);
        assert!(!shown.contains(KEY), "{shown}");
    }
}

/// An address that refuses connections: it belongs to the client's end of a connection, so that no
/// listener can get it.
struct RefusingAddress {
    _listener: TcpListener,
    client: TcpStream,
}

impl RefusingAddress {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self { _listener: listener, client }
    }

    fn authority(&self) -> String {
        self.client.local_addr().unwrap().to_string()
    }
}
