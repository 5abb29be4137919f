//! Requests arrive unchanged at the server.

use certs_core::bytes::Bytes;
use http::{HeaderValue, Method, Request};

use crate::harness::{Harness, error_chain, get, ok_response, post, request};
use crate::server::{Message, Server};
use crate::subject::{KEY, Subject};

/// Paths and queries as core writes them. What is percent-encoded must stay encoded.
const TARGETS: [&str; 4] = [
    "/v1/organization/certificates?limit=100&after=cert_a&order=asc",
    "/v1/organization/certificates/a%2Fb%5C..%2F%3F%23%25%7E~-._?include%5B%5D=content",
    "/v1/x%2f%2F%20/y%C3%BC?after=%2F%26%3D%2B%20%25&empty=",
    "/",
];

pub(super) fn sends_method_and_target_unchanged<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for target in TARGETS {
            let body = if method == Method::POST { "{}" } else { "" };
            let request = request(&server.authority(), method.clone(), target, body);
            let arrived = arrival(&harness, &server, request);
            assert_eq!(
                (arrived.method.as_str(), arrived.target.as_str()),
                (method.as_str(), target)
            );
            assert!(arrived.version.starts_with("HTTP/1."), "{}", arrived.version);
        }
    }
}

pub(super) fn sends_headers_unchanged<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    let mut request = post(&server, "/v1/x", "{}");
    let headers = request.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for value in ["1; a=\"b, c\"", "2", "3"] {
        headers.append("x-order", HeaderValue::from_static(value));
        headers.append("x-between", HeaderValue::from_static(value));
    }
    let arrived = arrival(&harness, &server, request);
    assert_eq!(values(&arrived, "x-order"), ["1; a=\"b, c\"", "2", "3"]);
    assert_eq!(values(&arrived, "x-between"), ["1; a=\"b, c\"", "2", "3"]);
    assert_eq!(values(&arrived, "authorization"), [format!("Bearer {KEY}")]);
    assert_eq!(values(&arrived, "content-type"), ["application/json"]);
    assert_eq!(values(&arrived, "accept"), ["application/json"]);
    assert_eq!(values(&arrived, "user-agent"), ["conformance/1"]);
    assert_eq!(values(&arrived, "host"), [server.authority()]);
}

pub(super) fn sends_body_unchanged<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for body in [every_byte.clone(), every_byte.repeat(1000), b"\r\n\r\n".to_vec()] {
        let arrived = arrival(&harness, &server, post(&server, "/v1/x", body.clone()));
        assert_eq!(values(&arrived, "content-length"), [body.len().to_string()]);
        assert!(arrived.body == body, "the body was changed; it has {} bytes", arrived.body.len());
    }
}

pub(super) fn sends_no_body_where_there_is_none<S: Subject>(subject: &S) {
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    for method in [Method::GET, Method::DELETE] {
        let request = request(&server.authority(), method.clone(), "/v1/x", "");
        let arrived = arrival(&harness, &server, request);
        assert!(values(&arrived, "transfer-encoding").is_empty(), "a {method} with a chunked body");
        assert!(values(&arrived, "content-length").iter().all(|length| length == "0"));
    }
}

pub(super) fn adds_no_headers<S: Subject>(subject: &S) {
    // Headers that an HTTP/1.1 client must or may add, because they do not change the response.
    const ALLOWED: [&str; 3] = ["host", "content-length", "connection"];
    let server = Server::responding(ok_response());
    let harness = Harness::new(subject);
    for request in [get(&server, "/v1/x"), post(&server, "/v1/x", "{}")] {
        let sent = request.headers().clone();
        let arrived = arrival(&harness, &server, request);
        for (name, _) in &arrived.headers {
            assert!(
                sent.contains_key(name) || ALLOWED.contains(&&**name),
                "the header {name} was added"
            );
        }
    }
}

/// Sends a request and returns it as it arrived.
fn arrival<S: Subject>(
    harness: &Harness<'_, S>,
    server: &Server,
    request: Request<Bytes>,
) -> Message {
    let before = server.requests().len();
    if let Err(error) = harness.send(request) {
        panic!("{}", error_chain(&error));
    }
    let mut requests = server.requests();
    assert_eq!(requests.len(), before + 1, "one send is one request");
    requests.remove(before)
}

fn values(message: &Message, name: &str) -> Vec<String> {
    let named = message.headers.iter().filter(|(other, _)| other == name);
    named.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
}
