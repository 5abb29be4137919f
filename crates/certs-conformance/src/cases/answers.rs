//! What comes back of an answer.

use std::thread;

use crate::script::{Server, answer};
use crate::seat::{Seat, fine, get, in_full};
use crate::{Candidate, Terms};

pub(super) fn status_headers_and_body_come_back_byte_for_byte<C: Candidate>(candidate: &C) {
    let body: Vec<u8> = (0..=u8::MAX).collect();
    let head = "HTTP/1.1 299 Quite, fine!\r\nX-Order: 1\r\nx-between: a, b\r\nx-order:  2 \r\n\
                x-request-id: req_1\r\nX-ORDER:\r\ncontent-length: 256\r\n\r\n";
    let seat = Seat::new(candidate);
    let response = seat.answered([head.as_bytes(), &body].concat());
    assert_eq!(response.status(), 299);
    let values = |name| response.headers().get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(values("x-order"), ["1", "2", ""]);
    assert_eq!(values("x-between"), ["a, b"]);
    assert_eq!(values("x-request-id"), ["req_1"]);
    assert!(*response.body() == body, "another body came back");
}

pub(super) fn a_body_comes_in_any_framing<C: Candidate>(candidate: &C) {
    let seat = Seat::new(candidate);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                   3\r\n{\"a\r\n2;x=y\r\n\":\r\n2\r\n1}\r\n0\r\nx-trailer: 1\r\n\r\n";
    assert_eq!(seat.answered(chunked).body(), b"{\"a\":1}");
    for until_the_end in ["HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.0 200 OK\r\n\r\n{}"] {
        let server = Server::closing_after(until_the_end);
        let response = seat.send(get(&server, "/v1/x"));
        assert_eq!(response.unwrap_or_else(|error| panic!("{}", in_full(&error))).body(), b"{}");
    }
}

pub(super) fn an_answer_without_a_body_is_whole<C: Candidate>(candidate: &C) {
    // The connection stays open: who waits for a body waits in vain.
    let seat = Seat::new(candidate);
    for (head, status) in [
        ("204 No Content\r\n\r\n", 204),
        ("205 Reset Content\r\ncontent-length: 0\r\n\r\n", 205),
        ("304 Not Modified\r\n\r\n", 304),
        ("304 Not Modified\r\ncontent-length: 99\r\n\r\n", 304),
        ("200 OK\r\ncontent-length: 0\r\n\r\n", 200),
    ] {
        let response = seat.answered(format!("HTTP/1.1 {head}"));
        assert_eq!((response.status().as_u16(), response.body().len()), (status, 0));
    }
}

pub(super) fn interim_answers_are_skipped<C: Candidate>(candidate: &C) {
    let seat = Seat::new(candidate);
    let fine = String::from_utf8(fine()).unwrap();
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let response = seat.answered(format!("{interim}{fine}"));
        assert_eq!(response.status(), 200);
        assert_eq!(response.body(), b"{}");
    }
}

pub(super) fn every_refusal_is_an_answer<C: Candidate>(candidate: &C) {
    let seat = Seat::new(candidate);
    for status in [400, 401, 403, 404, 405, 407, 408, 409, 413, 421, 422, 429, 500, 502, 503, 599] {
        let server = Server::answering(answer(&format!("{status} No"), "{\"error\":{}}"));
        let response = seat.send(get(&server, "/v1/x"));
        let response = response.unwrap_or_else(|error| panic!("{status}: {}", in_full(&error)));
        assert_eq!(response.status(), status);
        assert_eq!(response.body(), b"{\"error\":{}}");
        assert_eq!(server.requests().len(), 1, "{status} was taken for an order to send again");
    }
}

pub(super) fn a_redirect_is_an_answer<C: Candidate>(candidate: &C) {
    let other = Server::answering(fine());
    let seat = Seat::new(candidate);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{}/elsewhere", other.authority());
        let response = seat.answered(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 2\r\n\r\nno"
        ));
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["location"], location);
        assert_eq!(response.body(), b"no");
    }
    assert_eq!(other.connections(), 0, "a redirect was followed");
}

pub(super) fn an_answer_as_large_as_the_bound_is_taken<C: Candidate>(candidate: &C) {
    let terms = Terms { max_response_size: 100_000, ..Terms::default() };
    let seat = Seat::on(candidate, &terms);
    let body = "x".repeat(terms.max_response_size);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert_eq!(seat.answered(answer("200 OK", &body)).body().len(), body.len());
    assert_eq!(seat.answered(chunked).body().len(), body.len());
}

pub(super) fn a_hundred_sends_at_once_get_each_its_own_answer<C: Candidate>(candidate: &C) {
    const MANY: usize = 100;
    // Answers nobody before all have asked.
    let server = Server::start(|peer| {
        while let Some(request) = peer.read() {
            let all = peer.until(|seen| seen.requests.len() >= MANY);
            if !all || !peer.write(&answer("200 OK", &request.target)) {
                return;
            }
        }
    });
    let seat = Seat::new(candidate);
    thread::scope(|scope| {
        for number in 0..MANY {
            let (seat, server) = (&seat, &server);
            scope.spawn(move || {
                let target = format!("/v1/{number}");
                match seat.send(get(server, &target)) {
                    Ok(response) => assert_eq!(response.body(), target.as_bytes()),
                    Err(error) => panic!("{target}: {}", in_full(&error)),
                }
            });
        }
    });
    assert_eq!(server.requests().len(), MANY);
}
