//! The table of misbehaviors.
//!
//! Each row lists what the server does, and how a toggle and an upload end: the number of requests that the
//! server received, the error, and whether the change may have been made.

use std::time::Duration;

use certs_core::transport::TransportErrorKind as Kind;

use crate::support::server::{Action, response, write};

/// The maximum response size of the client.
pub(super) const MAX_RESPONSE_SIZE: usize = 64 * 1024;
pub(super) const TOGGLED: &str = r#"{"object":"organization.certificate.deactivation","data":[{"object":"organization.certificate","id":"cert_a","created_at":1,"active":false}]}"#;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Done,
    NoResponse(Kind),
    Refused(u16),
    Unreadable,
}

/// The requests that the server received, how the call ended, and whether it may have acted.
pub(super) type Observed = (usize, End, bool);

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) actions: Vec<Action>,
    pub(super) toggle: Observed,
    pub(super) upload: Observed,
}

fn row(name: &'static str, actions: Vec<Action>, toggle: Observed, upload: Observed) -> Row {
    Row { name, actions, toggle, upload }
}

/// A row whose request may have been carried out: a toggle is repeated, an upload is not.
fn lost(name: &'static str, actions: Vec<Action>, end: End) -> Row {
    row(name, actions, (3, end, true), (1, end, true))
}

/// A row in which the first response ends every call.
fn at_once(name: &'static str, actions: Vec<Action>, end: End, acted: bool) -> Row {
    row(name, actions, (1, end, acted), (1, end, acted))
}

pub(super) fn raw(head: &str, body: impl AsRef<[u8]>) -> Action {
    write([format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body.as_ref()].concat())
}

pub(super) fn rows() -> Vec<Row> {
    use Action::{Hang, Read, Repeat, Reset};
    use End::{NoResponse, Refused, Unreadable};
    let soon = Duration::from_millis(5);
    let deep = "[".repeat(50_000);
    let long_header = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(2_000_000));
    vec![
        // Responses that are not from the API.
        lost("HTML from a proxy", vec![Read, response("502 Bad Gateway", "<html>")], Refused(502)),
        lost("an empty 503", vec![Read, response("503 Busy", "")], Refused(503)),
        lost("a conflict", vec![Read, response("409 Conflict", "{}")], Refused(409)),
        lost("a server's own timeout", vec![Read, response("408 Timeout", "")], Refused(408)),
        at_once(
            "a bare-string error",
            vec![Read, response("403 No", r#"{"error":"no"}"#)],
            Refused(403),
            false,
        ),
        at_once(
            "a flat error",
            vec![Read, response("400 No", r#"{"message":"no"}"#)],
            Refused(400),
            false,
        ),
        at_once("an error nested deep", vec![Read, response("400 No", &deep)], Refused(400), false),
        at_once("an empty success", vec![Read, response("200 OK", "")], Unreadable, true),
        at_once("no content", vec![Read, raw("204 No Content", "")], Unreadable, true),
        at_once("the wrong JSON type", vec![Read, response("200 OK", "[1]")], Unreadable, true),
        at_once("JSON nested deep", vec![Read, response("200 OK", &deep)], Unreadable, true),
        at_once(
            "invalid UTF-8",
            vec![Read, raw("200 OK\r\ncontent-length: 3", b"\"\xff\"")],
            Unreadable,
            true,
        ),
        at_once(
            "an unrequested content-encoding",
            vec![
                Read,
                raw("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4", b"\x1f\x8b\x08\x00"),
            ],
            Unreadable,
            true,
        ),
        at_once(
            "a redirect",
            vec![Read, raw("307 Moved\r\nlocation: https://x.example/\r\ncontent-length: 0", "")],
            Refused(307),
            false,
        ),
        at_once(
            "hours of Retry-After",
            vec![Read, raw("429 Busy\r\nretry-after: 7200\r\ncontent-length: 0", "")],
            Refused(429),
            false,
        ),
        at_once(
            "x-should-retry: false",
            vec![Read, raw("500 No\r\nx-should-retry: false\r\ncontent-length: 0", "")],
            Refused(500),
            true,
        ),
        row(
            "x-should-retry: true",
            vec![
                Read,
                raw("500 No\r\nx-should-retry: true\r\nconnection: close\r\ncontent-length: 0", ""),
            ],
            (3, Refused(500), true),
            (1, Refused(500), true),
        ),
        row(
            "too many requests",
            vec![
                Read,
                raw("429 Busy\r\nretry-after-ms: 1\r\nconnection: close\r\ncontent-length: 0", ""),
            ],
            (3, Refused(429), false),
            (3, Refused(429), false),
        ),
        // Responses that are too large.
        at_once(
            "a large declared body",
            vec![Read, raw("200 OK\r\ncontent-length: 99999999", "{"), Hang],
            NoResponse(Kind::TooLarge),
            true,
        ),
        at_once(
            "an endless body",
            vec![
                Read,
                raw("200 OK\r\ntransfer-encoding: chunked", ""),
                Repeat(format!("10000\r\n{}\r\n", "x".repeat(65536)).into(), Duration::ZERO),
            ],
            NoResponse(Kind::TooLarge),
            true,
        ),
        lost(
            "oversized headers",
            vec![Read, write(long_header), Hang],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "endless headers",
            vec![
                Read,
                write("HTTP/1.1 200 OK\r\n"),
                Repeat(b"x-more: 1\r\n".repeat(20_000), Duration::ZERO),
            ],
            NoResponse(Kind::Interrupted),
        ),
        // Incomplete responses.
        lost("no response at all", vec![Read, Hang], NoResponse(Kind::Timeout)),
        lost("a close instead of a response", vec![Read], NoResponse(Kind::Interrupted)),
        lost("a reset instead of a response", vec![Read, Reset], NoResponse(Kind::Interrupted)),
        lost("half a head", vec![Read, write("HTTP/1.1 20")], NoResponse(Kind::Interrupted)),
        lost(
            "a truncated chunk",
            vec![Read, raw("200 OK\r\ntransfer-encoding: chunked", "99\r\n{")],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "a body shorter than declared",
            vec![Read, raw("200 OK\r\ncontent-length: 99", "{")],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "a body that stops",
            vec![Read, raw("200 OK\r\ncontent-length: 99", "{"), Hang],
            NoResponse(Kind::Timeout),
        ),
        lost(
            "an endless slow body",
            vec![Read, raw("200 OK\r\ncontent-length: 9999", ""), Repeat(b" ".into(), soon)],
            NoResponse(Kind::Timeout),
        ),
        lost(
            "endless early hints",
            vec![Read, Repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n".into(), soon)],
            NoResponse(Kind::Timeout),
        ),
        // Responses that are not HTTP.
        lost(
            "another protocol",
            vec![Read, write("SSH-2.0-OpenSSH_9.6\r\n"), Hang],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "two different lengths",
            vec![Read, raw("200 OK\r\ncontent-length: 2\r\ncontent-length: 3", "{}"), Hang],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "a length that is no number",
            vec![Read, raw("200 OK\r\ncontent-length: -1", "{}"), Hang],
            NoResponse(Kind::Interrupted),
        ),
        lost(
            "a null byte in a header",
            vec![Read, raw("200 OK\r\nx: \0\r\ncontent-length: 2", "{}"), Hang],
            NoResponse(Kind::Interrupted),
        ),
        // Unusual but valid.
        valid(
            "early hints before the response",
            vec![
                Read,
                write("HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"),
                response("200 OK", TOGGLED),
            ],
        ),
        valid(
            "an unrequested 100 Continue",
            vec![Read, write("HTTP/1.1 100 Continue\r\n\r\n"), response("200 OK", TOGGLED)],
        ),
        valid("a byte order mark", vec![Read, response("200 OK", &format!("\u{feff}{TOGGLED}"))]),
        valid("another success status", vec![Read, response("201 Created", TOGGLED)]),
        valid("a response that ends with the connection", vec![Read, raw("200 OK", TOGGLED)]),
        valid(
            "a response of HTTP/1.0",
            vec![Read, write(format!("HTTP/1.0 200 OK\r\n\r\n{TOGGLED}"))],
        ),
    ]
}

/// A row in which a toggle succeeds; an upload finds no certificate in the response.
fn valid(name: &'static str, actions: Vec<Action>) -> Row {
    row(name, actions, (1, End::Done, false), (1, End::Unreadable, true))
}
