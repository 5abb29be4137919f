//! What arrives at the server of a request.

use http::{HeaderValue, Method};

use crate::Candidate;
use crate::script::{Message, Server};
use crate::seat::{KEY, Seat, fine, get, in_full, post, request};

/// Paths and queries of the kinds that core writes: what it encoded must stay so.
const TARGETS: [&str; 4] = [
    "/v1/organization/certificates?limit=100&after=cert_a&order=asc",
    "/v1/organization/certificates/a%2Fb%5C..%2F%3F%23%25%7E~-._?include%5B%5D=content",
    "/v1/x%2f%2F%20/y%C3%BC?after=%2F%26%3D%2B%20%25&empty=",
    "/",
];

pub(super) fn method_and_target_arrive_byte_for_byte<C: Candidate>(candidate: &C) {
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for target in TARGETS {
            let body = if method == Method::POST { b"{}".to_vec() } else { Vec::new() };
            let request = request(&server.authority(), method.clone(), target, body);
            let arrived = arrival(&seat, &server, request);
            assert_eq!(
                (arrived.method.as_str(), arrived.target.as_str()),
                (method.as_str(), target)
            );
            assert!(arrived.version.starts_with("HTTP/1."), "{}", arrived.version);
        }
    }
}

pub(super) fn every_header_arrives_as_it_is<C: Candidate>(candidate: &C) {
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    let mut request = post(&server, "/v1/x", "{}");
    let headers = request.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for value in ["1; a=\"b, c\"", "2", "3"] {
        headers.append("x-order", HeaderValue::from_static(value));
        headers.append("x-between", HeaderValue::from_static(value));
    }
    let arrived = arrival(&seat, &server, request);
    assert_eq!(values(&arrived, "x-order"), ["1; a=\"b, c\"", "2", "3"]);
    assert_eq!(values(&arrived, "x-between"), ["1; a=\"b, c\"", "2", "3"]);
    assert_eq!(values(&arrived, "authorization"), [format!("Bearer {KEY}")]);
    assert_eq!(values(&arrived, "content-type"), ["application/json"]);
    assert_eq!(values(&arrived, "accept"), ["application/json"]);
    assert_eq!(values(&arrived, "user-agent"), ["exam/1"]);
    assert_eq!(values(&arrived, "host"), [server.authority()]);
}

pub(super) fn a_body_arrives_byte_for_byte<C: Candidate>(candidate: &C) {
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for body in [every_byte.clone(), every_byte.repeat(1000), b"\r\n\r\n".to_vec()] {
        let arrived = arrival(&seat, &server, post(&server, "/v1/x", body.clone()));
        assert_eq!(values(&arrived, "content-length"), [body.len().to_string()]);
        assert!(arrived.body == body, "another body of {} bytes arrived", arrived.body.len());
    }
}

pub(super) fn a_request_without_a_body_stays_without<C: Candidate>(candidate: &C) {
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    for method in [Method::GET, Method::DELETE] {
        let request = request(&server.authority(), method.clone(), "/v1/x", Vec::new());
        let arrived = arrival(&seat, &server, request);
        assert!(values(&arrived, "transfer-encoding").is_empty(), "a chunked {method}");
        assert!(values(&arrived, "content-length").iter().all(|length| length == "0"));
    }
}

pub(super) fn nothing_is_added<C: Candidate>(candidate: &C) {
    // What every HTTP/1.1 client must or may say without changing the answer.
    const FREE: [&str; 3] = ["host", "content-length", "connection"];
    let server = Server::answering(fine());
    let seat = Seat::new(candidate);
    for request in [get(&server, "/v1/x"), post(&server, "/v1/x", "{}")] {
        let sent = request.headers().clone();
        let arrived = arrival(&seat, &server, request);
        for (name, _) in &arrived.headers {
            assert!(sent.contains_key(name) || FREE.contains(&&**name), "{name} was added");
        }
    }
}

/// What arrives of a request.
fn arrival<C: Candidate>(
    seat: &Seat<'_, C>,
    server: &Server,
    request: http::Request<Vec<u8>>,
) -> Message {
    let before = server.requests().len();
    if let Err(error) = seat.send(request) {
        panic!("{}", in_full(&error));
    }
    let mut requests = server.requests();
    assert_eq!(requests.len(), before + 1, "one send is one request");
    requests.remove(before)
}

fn values(message: &Message, name: &str) -> Vec<String> {
    let named = message.headers.iter().filter(|(other, _)| other == name);
    named.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
}
