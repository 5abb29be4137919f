//! What is told when there is no whole answer.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use certs_core::{Delay, Transport, TransportErrorKind as Kind};
use http::Method;

use crate::script::{Server, answer};
use crate::seat::{Seat, as_of_a_call, assert_fails, fine, get, in_full, post, request};
use crate::{Candidate, Terms};

/// An answer may have so many bytes in the cases about larger ones.
const BOUND: usize = 64 * 1024;
/// What the buffers on the way may take beyond it.
const SLACK: usize = 16 * 1024 * 1024;

pub(super) fn a_refused_connection_is_connect<C: Candidate>(candidate: &C) {
    let nobody = Nobody::new();
    let seat = Seat::new(candidate);
    for (method, body) in [(Method::GET, ""), (Method::POST, "{}")] {
        let request = request(&nobody.authority(), method, "/v1/x", body.into());
        assert_fails(seat.send(request), Kind::Connect, "a refused connection");
    }
}

pub(super) fn silence_is_timeout<C: Candidate>(candidate: &C) {
    let server = Server::start(|peer| {
        peer.read();
        peer.hang();
    });
    assert_fails(Seat::new(candidate).send_in_haste(&server), Kind::Timeout, "silence");
    let half = Server::start(|peer| {
        peer.read();
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-le");
        peer.hang();
    });
    assert_fails(Seat::new(candidate).send_in_haste(&half), Kind::Timeout, "half a head");
}

pub(super) fn an_answer_that_drips_is_timeout<C: Candidate>(candidate: &C) {
    // Each byte comes soon enough; the whole never does.
    for (head, endless) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", " "),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n", "x-more: 1\r\n"),
    ] {
        let waited = Arc::new(AtomicBool::new(false));
        let dripped = Arc::clone(&waited);
        let server = Server::start(move |peer| {
            peer.read();
            let mut taken = peer.write(head.as_bytes());
            for _ in 0..1500 {
                taken = taken && peer.write(endless.as_bytes());
                thread::sleep(Duration::from_millis(if taken { 10 } else { 0 }));
            }
            dripped.fetch_or(taken, Ordering::SeqCst);
        });
        let outcome = Seat::new(candidate).send_in_haste(&server);
        // Three times what it was given at most.
        assert!(!waited.load(Ordering::SeqCst), "it took 15 s of {endless:?}, whatever its time");
        // A client may also lose its patience with the number of headers.
        match (endless.starts_with("x-more"), outcome) {
            (true, Err(error)) if error.kind() == Kind::Interrupted => {}
            (_, outcome) => drop(assert_fails(outcome, Kind::Timeout, endless)),
        }
    }
}

pub(super) fn a_close_instead_of_an_answer_is_interrupted<C: Candidate>(candidate: &C) {
    for begun in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"] {
        let server = Server::closing_after(begun);
        let outcome = Seat::new(candidate).send(post(&server, "/v1/x", "{}"));
        assert_fails(outcome, Kind::Interrupted, &format!("a close after {begun:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {begun:?}");
    }
}

pub(super) fn a_cut_body_is_interrupted<C: Candidate>(candidate: &C) {
    for cut in [
        "content-length: 99\r\n\r\n{",
        "content-length: 99\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n99\r\n{",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ] {
        let server = Server::closing_after(format!("HTTP/1.1 200 OK\r\n{cut}"));
        let outcome = Seat::new(candidate).send(post(&server, "/v1/x", "{}"));
        assert_fails(outcome, Kind::Interrupted, &format!("a body cut after {cut:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {cut:?}");
    }
}

pub(super) fn what_is_no_http_is_interrupted<C: Candidate>(candidate: &C) {
    for babble in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n{}",
    ] {
        let server = Server::closing_after(babble);
        let outcome = Seat::new(candidate).send(post(&server, "/v1/x", "{}"));
        assert_fails(outcome, Kind::Interrupted, &format!("{babble:?}"));
        assert_eq!(server.requests().len(), 1, "sent again after {babble:?}");
    }
}

pub(super) fn an_oversized_answer_is_too_large<C: Candidate>(candidate: &C) {
    let terms = Terms { max_response_size: BOUND, ..Terms::default() };
    for (head, endless) in [
        ("content-length: 999999999\r\n\r\n", "x".repeat(0x10000)),
        ("transfer-encoding: chunked\r\n\r\n", format!("10000\r\n{}\r\n", "x".repeat(0x10000))),
        ("connection: close\r\n\r\n", "x".repeat(0x10000)),
    ] {
        let server = Server::start(move |peer| {
            peer.read();
            let mut taken = peer.write(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes());
            for _ in 0..10_000 {
                taken = taken && peer.write(endless.as_bytes());
            }
        });
        let outcome = Seat::on(candidate, &terms).send(get(&server, "/v1/x"));
        assert_fails(outcome, Kind::TooLarge, head);
        let taken = server.written();
        assert!(taken < SLACK, "{taken} bytes were taken of an answer of at most {BOUND}");
    }
    let one_more = Server::answering(answer("200 OK", &"x".repeat(BOUND + 1)));
    let outcome = Seat::on(candidate, &terms).send(get(&one_more, "/v1/x"));
    assert_fails(outcome, Kind::TooLarge, "one byte more");
}

pub(super) fn a_broken_answer_keeps_its_head<C: Candidate>(candidate: &C) {
    let head = "HTTP/1.1 200 OK\r\nx-request-id: req_9\r\ncontent-length: 99999999\r\n\r\n{";
    let cut = || Server::closing_after(head);
    let long = format!("{head}{}", "x".repeat(BOUND));
    let held = || {
        Server::start(move |peer| {
            peer.read();
            peer.write(head.as_bytes());
            peer.hang();
        })
    };
    let taking = |max_response_size| Terms { max_response_size, ..Terms::default() };
    let patient = Seat::on(candidate, &taking(usize::MAX));
    let strict = Seat::on(candidate, &taking(BOUND));
    for (outcome, kind) in [
        (patient.send(get(&cut(), "/v1/x")), Kind::Interrupted),
        (patient.send_in_haste(&held()), Kind::Timeout),
        (strict.send(get(&Server::answering(long), "/v1/x")), Kind::TooLarge),
    ] {
        let error = as_of_a_call(assert_fails(outcome, kind, "a broken answer"));
        assert_eq!(error.status().unwrap(), 200, "{kind:?}");
        assert_eq!(error.request_id().unwrap().as_str(), "req_9", "{kind:?}");
    }
}

pub(super) fn one_send_is_one_request<C: Candidate>(candidate: &C) {
    // The first request is answered and its connection kept; every later one is read, then dropped.
    // Who takes that for a stale connection and sends again may upload twice.
    let server = Server::start(|peer| {
        while let Some(request) = peer.read() {
            if request.number > 1 || !peer.write(&fine()) {
                return;
            }
        }
    });
    let seat = Seat::new(candidate);
    if let Err(error) = seat.send(get(&server, "/v1/x")) {
        panic!("{}", in_full(&error));
    }
    for (sends, request) in [(2, get(&server, "/v1/x")), (3, post(&server, "/v1/x", "{}"))] {
        assert_fails(seat.send(request), Kind::Interrupted, "a connection that broke in use");
        assert_eq!(server.requests().len(), sends, "a request was sent again");
    }
}

pub(super) fn a_connection_closed_while_idle_is_no_doubt<C: Candidate>(candidate: &C) {
    // Nothing is sent on a connection whose end had been noticed: that is success on another one, or
    // `Connect`, and never a doubt whether an upload was carried out. No transport notices at once, so
    // there is ever more time to.
    let server = Server::closing_after(fine());
    let doubts = [10, 100, 1000].map(|pause| {
        let seat = Seat::new(candidate);
        if let Err(error) = seat.send(post(&server, "/v1/x", "{}")) {
            panic!("{}", in_full(&error));
        }
        server.until("the server closed its connections", |seen| seen.open == 0);
        let pause = Delay::exactly(Duration::from_millis(pause));
        candidate.run(seat.transport.sleep(pause));
        let again = seat.send(post(&server, "/v1/x", "{}"));
        again.err().filter(|error| error.kind() != Kind::Connect)
    });
    if let [Some(_), Some(_), Some(error)] = doubts {
        panic!("{}", in_full(&error));
    }
}

pub(super) fn no_error_shows_the_key<C: Candidate>(candidate: &C) {
    use crate::seat::KEY;
    let seat = Seat::new(candidate);
    let nobody = Nobody::new();
    let refused = request(&nobody.authority(), Method::GET, "/v1/x", Vec::new());
    let mut errors = vec![seat.send(refused).unwrap_err()];
    for echo in [
        format!("HTTP/1.1 2x0 {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{KEY}"),
        String::new(),
    ] {
        let server = Server::closing_after(echo);
        errors.push(seat.send(get(&server, "/v1/x")).unwrap_err());
    }
    for error in errors {
        let shown = in_full(&error);
        assert!(!shown.contains(KEY), "{shown}");
    }
}

/// An address on which nobody listens: it is the client's end of a connection, so that no listener can
/// come by it meanwhile.
struct Nobody {
    _listener: TcpListener,
    client: TcpStream,
}

impl Nobody {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self { _listener: listener, client }
    }

    fn authority(&self) -> String {
        self.client.local_addr().unwrap().to_string()
    }
}
