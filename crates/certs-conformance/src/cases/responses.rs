//! Responses are returned unchanged.

use std::thread;

use crate::harness::{Harness, error_chain, get, ok_response, unwrap};
use crate::server::{Server, http_response};
use crate::subject::{Requirements, Subject};

pub(super) fn returns_status_headers_and_body_unchanged<S: Subject>(subject: &S) {
    let body: Vec<u8> = (0..=u8::MAX).collect();
    let head = "HTTP/1.1 299 Quite, fine!\r\nX-Order: 1\r\nx-between: a, b\r\nx-order:  2 \r\n\
                x-request-id: req_1\r\nX-ORDER:\r\ncontent-length: 256\r\n\r\n";
    let harness = Harness::new(subject);
    let response = harness.receive([head.as_bytes(), &body].concat());
    assert_eq!(response.status(), 299);
    let values = |name| response.headers().get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(values("x-order"), ["1", "2", ""]);
    assert_eq!(values("x-between"), ["a, b"]);
    assert_eq!(values("x-request-id"), ["req_1"]);
    assert!(*response.body() == body, "the body was changed");
}

pub(super) fn accepts_every_body_framing<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                   3\r\n{\"a\r\n2;x=y\r\n\":\r\n2\r\n1}\r\n0\r\nx-trailer: 1\r\n\r\n";
    assert_eq!(harness.receive(chunked).body(), "{\"a\":1}");
    for until_the_end in ["HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.0 200 OK\r\n\r\n{}"] {
        let server = Server::closing_after(until_the_end);
        let response = harness.send(get(&server, "/v1/x"));
        assert_eq!(unwrap(response).body(), "{}");
    }
}

pub(super) fn accepts_responses_without_a_body<S: Subject>(subject: &S) {
    // The connection stays open, so waiting for a body would not end.
    let harness = Harness::new(subject);
    for (head, status) in [
        ("204 No Content\r\n\r\n", 204),
        ("205 Reset Content\r\ncontent-length: 0\r\n\r\n", 205),
        ("304 Not Modified\r\n\r\n", 304),
        ("304 Not Modified\r\ncontent-length: 99\r\n\r\n", 304),
        ("200 OK\r\ncontent-length: 0\r\n\r\n", 200),
    ] {
        let response = harness.receive(format!("HTTP/1.1 {head}"));
        assert_eq!((response.status().as_u16(), response.body().len()), (status, 0));
    }
}

pub(super) fn skips_interim_responses<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    let ok_response = String::from_utf8(ok_response()).unwrap();
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let response = harness.receive(format!("{interim}{ok_response}"));
        assert_eq!(response.status(), 200, "the response after {interim:?} was not returned");
        assert_eq!(response.body(), "{}");
    }
}

pub(super) fn returns_error_statuses_as_responses<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    for status in [400, 401, 403, 404, 405, 407, 408, 409, 413, 421, 422, 429, 500, 502, 503, 599] {
        let server = Server::responding(http_response(&format!("{status} No"), "{\"error\":{}}"));
        let response = harness.send(get(&server, "/v1/x"));
        let response = response.unwrap_or_else(|error| panic!("{status}: {}", error_chain(&error)));
        assert_eq!(response.status(), status);
        assert_eq!(response.body(), "{\"error\":{}}");
        assert_eq!(server.requests().len(), 1, "the request was sent again after {status}");
    }
}

pub(super) fn does_not_follow_redirects<S: Subject>(subject: &S) {
    let other = Server::responding(ok_response());
    let harness = Harness::new(subject);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{}/elsewhere", other.authority());
        let response = harness.receive(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 2\r\n\r\nno"
        ));
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["location"], location);
        assert_eq!(response.body(), "no");
    }
    assert_eq!(other.connections(), 0, "a redirect was followed");
}

pub(super) fn accepts_a_response_of_exactly_the_maximum_size<S: Subject>(subject: &S) {
    let requirements = Requirements { max_response_size: 100_000, ..Requirements::default() };
    let harness = Harness::with_requirements(subject, &requirements);
    let body = "x".repeat(requirements.max_response_size);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert_eq!(harness.receive(http_response("200 OK", &body)).body().len(), body.len());
    assert_eq!(harness.receive(chunked).body().len(), body.len());
}

pub(super) fn matches_concurrent_responses_to_their_requests<S: Subject>(subject: &S) {
    const MANY: usize = 100;
    // Responds only when all requests have arrived.
    let server = Server::start(|connection| {
        while let Some(request) = connection.read() {
            let all = connection.until(|observed| observed.requests.len() >= MANY);
            if !all || !connection.write(&http_response("200 OK", &request.target)) {
                return;
            }
        }
    });
    let harness = Harness::new(subject);
    thread::scope(|scope| {
        for number in 0..MANY {
            let (harness, server) = (&harness, &server);
            scope.spawn(move || {
                let target = format!("/v1/{number}");
                match harness.send(get(server, &target)) {
                    Ok(response) => assert_eq!(response.body(), target.as_bytes()),
                    Err(error) => panic!("{target}: {}", error_chain(&error)),
                }
            });
        }
    });
    assert_eq!(server.requests().len(), MANY);
}
