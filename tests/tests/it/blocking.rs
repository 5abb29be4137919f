//! The blocking client, from a thread that has no runtime.

use std::time::Duration;

use certs_core::blocking::{Client, Transport};
use certs_core::bytes::Bytes;
use certs_core::operations::{Deactivate, Get, List, PageSize, Scope, Upload};
use certs_core::pacer::SharedPacer;
use certs_core::transport::TransportErrorKind;
use certs_core::types::CertificateIds;
use certs_core::{Error, Retry};
use certs_emulator::{Emulator, Endpoint, Fault, Server};
use certs_ureq::{InvalidIdentity, Proxy, TlsError, UreqTransport, UreqTransportBuilder};
use http::Request;
use tokio::runtime::Runtime;

use crate::support::server::{Action, Server as Scripted, closing_on_reuse, write};
use crate::support::tls::{self, TlsServer};
use crate::support::{KEY, api, attempt, id};
use certs_emulator::pki::Authority;

/// A served emulator, and a blocking client.
struct Fixture {
    client: Client<UreqTransport>,
    emulator: Emulator,
    _server: Server,
    _runtime: Runtime,
}

fn fixture() -> Fixture {
    let emulator = Emulator::builder().admin_key(KEY).build();
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(emulator.bind("127.0.0.1:0")).unwrap();
    let mut once = Retry::default();
    once.attempts = 1;
    let client = Client::new(api(&server.base_url()), UreqTransport::loopback()).with_retry(once);
    Fixture { client, emulator, _server: server, _runtime: runtime }
}

fn upload(name: &str) -> Upload {
    Upload::new(Authority::new(name).unwrap().certificate().parse().unwrap())
}

fn pages_of_two() -> List {
    List::new(Scope::Organization).with_page_size(PageSize::try_from(2).unwrap())
}

#[test]
fn pages_end_with_the_list() {
    let fixture = fixture();
    let uploads = (0..5).map(|n| upload(&format!("Root {n}")));
    assert_eq!(fixture.client.series(uploads).unwrap().len(), 5);
    let pages = fixture.client.pages(pages_of_two());
    let sizes: Vec<_> = pages.map(|page| page.unwrap().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(fixture.client.all(pages_of_two()).unwrap().len(), 5);
}

#[test]
fn pages_end_after_the_first_error() {
    let fixture = fixture();
    fixture.client.series((0..5).map(|n| upload(&format!("Root {n}")))).unwrap();
    let list = Endpoint::ListOrganizationCertificates;
    fixture.emulator.add_fault(Fault::on(list).nth(2).close_before_commit());
    let pages: Vec<_> = fixture.client.pages(pages_of_two()).map(|page| page.is_ok()).collect();
    assert_eq!(pages, [true, false]);
}

#[test]
fn a_failed_series_reports_what_was_done_and_what_remains() {
    let fixture = fixture();
    let ids = CertificateIds::new((0..10).map(|n| id(&format!("cert_{n}")))).unwrap();
    let series = [ids.clone(), ids].map(|ids| Deactivate::new(Scope::Organization, ids));
    let error = fixture.client.series(series).unwrap_err();
    assert_eq!((error.done.len(), error.rest.len()), (0, 1));
    assert!(matches!(error.error, Error::Api { .. }));
}

#[test]
fn an_upload_uses_a_fresh_connection() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(Scripted::start(closing_on_reuse()));
    let client = Client::new(api(&server.base()), UreqTransport::loopback());
    client.call(Get::new(id("cert_a"))).unwrap();
    assert_eq!(client.call(upload("Root")).unwrap().attempts, 1);
    assert_eq!(server.connections(), 2);
}

#[test]
fn clones_share_the_pacer_and_wait_no_longer_than_the_deadline() {
    let fixture = fixture();
    let mut retry = Retry::default();
    retry.deadline = Duration::from_secs(30);
    let client = fixture.client.clone().with_pacer(SharedPacer::fixed(1)).with_retry(retry);
    client.call(pages_of_two()).unwrap();
    let started = std::time::Instant::now();
    let error = client.clone().call(pages_of_two()).unwrap_err();
    assert!(error.is_rate_limited() && !error.may_have_acted(), "{error}");
    assert_eq!(error.context().unwrap().attempts, 0);
    assert!(started.elapsed() < Duration::from_secs(30));
}

fn trusting(authority: &Authority) -> UreqTransportBuilder {
    let builder = UreqTransport::builder().without_platform_roots();
    builder.with_roots_pem(authority.certificate().as_bytes()).unwrap()
}

fn kind(error: &Error) -> TransportErrorKind {
    let Error::Transport { source, .. } = error else { panic!("{error:?}") };
    source.kind()
}

#[test]
fn presents_a_client_certificate_on_request() {
    let (servers, clients) =
        (Authority::new("Servers").unwrap(), Authority::new("Clients").unwrap());
    let runtime = Runtime::new().unwrap();
    let leaf = servers.server("localhost").unwrap();
    let body = r#"{"object":"list","data":[],"has_more":false}"#;
    let server = runtime.block_on(TlsServer::start(&leaf, Some(&clients), body));
    let shown = clients.client("client").unwrap();
    let with =
        trusting(&servers).with_identity_pem(shown.certificate.as_bytes(), shown.key.as_bytes());
    let list = |builder: UreqTransportBuilder| {
        let transport = builder.build().unwrap();
        Client::new(api(&server.base("localhost")), transport).call(pages_of_two())
    };
    list(with.unwrap()).unwrap();
    assert!(server.clients()[0].is_some());
    let refused = list(trusting(&servers)).unwrap_err();
    assert_eq!(kind(&refused), TransportErrorKind::Connect);
    assert_eq!(server.clients().len(), 1, "{refused}");
}

#[test]
fn an_alert_after_the_handshake_may_follow_a_sent_request() {
    let authority = Authority::new("Servers").unwrap();
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TlsServer::alerting(&authority.server("localhost").unwrap()));
    let mut retry = Retry::default();
    retry.initial_backoff = Duration::from_millis(1);
    let transport = trusting(&authority).build().unwrap();
    let client = Client::new(api(&server.base("localhost")), transport).with_retry(retry);
    let error = client.call(upload("Root")).unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Interrupted, "{error:?}");
    assert!(error.may_have_acted());
    assert_eq!(server.clients().len(), 1, "an upload is made once");
}

#[test]
fn missing_close_notify_is_an_error() {
    let authority = Authority::new("Servers").unwrap();
    let leaf = authority.server("localhost").unwrap();
    let runtime = Runtime::new().unwrap();
    let chunk = "1\r\nx\r\n0\r\n\r\n";
    for (head, body, whole) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0", "", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1", "x", true),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked", chunk, true),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked", chunk, true),
        ("HTTP/1.1 204 No Content", "", true),
        ("HTTP/1.1 304 Not Modified", "", true),
        ("HTTP/1.1 200 OK", "", false),
        ("HTTP/1.1 200 OK", "x", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: identity", "x", false),
        ("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked", "x", false),
    ] {
        let response = format!("{head}\r\nconnection: close\r\n\r\n{body}");
        let server = runtime.block_on(TlsServer::responding(&leaf, &response));
        let uri = format!("{}/x", server.base("localhost"));
        let transport = trusting(&authority).build().unwrap();
        let request = Request::get(uri).body(Bytes::new()).unwrap();
        let sent = transport.send(request, attempt(Duration::from_secs(30)));
        let found = sent.map(|_| ()).map_err(|error| error.kind());
        let expected = if whole { Ok(()) } else { Err(TransportErrorKind::Interrupted) };
        assert_eq!(found, expected, "{head}");
    }
}

/// Asserts that an upload fails before it is sent.
fn assert_unsent(base: &str, connect: u64, attempt: u64) {
    let authority = Authority::new("Some").unwrap();
    let transport = trusting(&authority).with_connect_timeout(Duration::from_millis(connect));
    let mut retry = Retry::default();
    retry.attempts = 1;
    retry.attempt_timeout = Duration::from_millis(attempt);
    let client = Client::new(api(base), transport.build().unwrap()).with_retry(retry);
    let error = client.call(upload("Never")).unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Connect, "{base}: {error:?}");
    assert!(!error.may_have_acted());
}

#[test]
fn an_unfinished_handshake_sends_nothing() {
    let runtime = Runtime::new().unwrap();
    let silent = runtime.block_on(Scripted::start([vec![Action::Hang]]));
    let base = silent.base().replace("http://", "https://");
    for (connect, attempt) in [(50, 30_000), (30_000, 50)] {
        assert_unsent(&base, connect, attempt);
    }
}

#[test]
fn an_interrupted_handshake_sends_nothing() {
    let runtime = Runtime::new().unwrap();
    let garbage = write("no TLS at all\r\n\r\n");
    for actions in [vec![], vec![Action::Reset], vec![garbage, Action::Hang]] {
        let server = runtime.block_on(Scripted::start([actions]));
        assert_unsent(&server.base().replace("http://", "https://"), 30_000, 30_000);
    }
}

#[test]
fn an_unknown_or_unreachable_host_is_a_connect_error() {
    // A label of 64 letters is too long for DNS, and there is no route to the other address.
    let unknown = "a".repeat(64);
    for host in [&*unknown, "255.255.255.255"] {
        assert_unsent(&format!("https://{host}/v1"), 30_000, 30_000);
    }
}

#[test]
fn reports_more_headers_than_ureq_accepts() {
    let runtime = Runtime::new().unwrap();
    let headers: String = (0..150).map(|n| format!("x-{n}: v\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\n{{}}");
    let server = runtime.block_on(Scripted::start([vec![Action::Read, write(head)]]));
    let retry = Retry::default().with_attempts(1);
    let client = Client::new(api(&server.base()), UreqTransport::loopback()).with_retry(retry);
    let message = chain(&client.call(pages_of_two()).unwrap_err());
    assert!(message.contains("the response has more than 128 headers"), "{message}");
}

#[test]
fn rejects_invalid_tls_settings_with_a_reason() {
    let builder = UreqTransport::builder;
    let authority = Authority::new("Some").unwrap();
    let (one, other) = (authority.client("one").unwrap(), authority.client("other").unwrap());
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    for pem in [&b"no PEM"[..], broken] {
        let error = builder().with_roots_pem(pem).unwrap_err();
        assert!(
            matches!(error, TlsError::InvalidBundle(_) | TlsError::NotACertificate(_)),
            "{error}"
        );
    }
    let identity =
        |cert: &str, key: &str| builder().with_identity_pem(cert.as_bytes(), key.as_bytes());
    assert!(identity(&one.certificate, &one.key).is_ok());
    for (cert, key) in
        [(&*one.certificate, &*other.key), (&one.certificate, "no PEM"), ("no PEM", &one.key)]
    {
        let error = identity(cert, key).unwrap_err();
        assert!(matches!(error, InvalidIdentity::Pem(_) | InvalidIdentity::KeyMismatch), "{error}");
        assert!(!format!("{error} {error:?}").contains("PRIVATE KEY"));
    }
    let rootless = builder().without_platform_roots().build().unwrap_err();
    assert_eq!(rootless, TlsError::NoTrustAnchors);
}

/// Asserts that an upload through this proxy was not sent, and returns the error with its causes.
fn unsent_through(proxy: &tls::Proxy, limit: u64) -> String {
    let authority = Authority::new("Servers").unwrap();
    let url = format!("http://user:s3cret@{}", proxy.address);
    let transport = trusting(&authority)
        .with_proxy(Proxy::new(&url, "").unwrap())
        .with_connect_timeout(Duration::from_millis(limit));
    let mut retry = Retry::default();
    retry.attempts = 1;
    let client = Client::new(api("https://api.example/v1"), transport.build().unwrap());
    let error = client.with_retry(retry).call(upload("Never")).unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Connect, "{error:?}");
    let message = chain(&error);
    assert!(message.contains(&format!("the proxy {}", proxy.address)), "{message}");
    assert!(!message.contains("s3cret") && !message.contains("other:"), "{message}");
    message
}

fn chain(error: &Error) -> String {
    let causes =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn a_proxy_sees_only_the_host() {
    let authority = Authority::new("Servers").unwrap();
    let runtime = Runtime::new().unwrap();
    let body = r#"{"object":"list","data":[],"has_more":false}"#;
    let leaf = authority.server("api.example").unwrap();
    let server = runtime.block_on(TlsServer::start(&leaf, None, body));
    for response in
        ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\n\n", "HTTP/1.1 201 Created 200 \r\n\r\n"]
    {
        let proxy = runtime.block_on(tls::Proxy::start(server.address, response));
        let url = format!("http://user:pass@{}", proxy.address);
        let through = |no_proxy| {
            let transport = trusting(&authority).with_proxy(Proxy::new(&url, no_proxy).unwrap());
            Client::new(api("https://api.example/v1"), transport.build().unwrap())
        };
        through("").call(pages_of_two()).unwrap();
        let head = proxy.heads().concat().to_lowercase();
        assert!(head.starts_with("connect api.example:443 http/1.1\r\n"), "{head}");
        assert!(head.contains("proxy-authorization: basic dxnlcjpwyxnz"), "{head}");
        let mut retry = Retry::default();
        retry.attempts = 1;
        through("other api.example.").with_retry(retry).call(pages_of_two()).unwrap_err();
        assert_eq!(proxy.heads().len(), 1, "a host in NO_PROXY does not go through it");
    }
}

#[test]
fn a_proxy_that_refuses_or_is_silent_is_reported_with_the_cause() {
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let runtime = Runtime::new().unwrap();
    for (response, expected) in [
        ("HTTP/1.1 407 X\r\n\r\n", "with 407 Proxy Authentication Required"),
        ("HTTP/1.1 403 X\r\n\r\n", "with 403 Forbidden"),
        ("nonsense\r\n\r\n", "does not respond in HTTP"),
        ("", "closed the connection without a response"),
    ] {
        let proxy = runtime.block_on(tls::Proxy::start(nowhere, response));
        let message = unsent_through(&proxy, 30_000);
        assert!(message.contains(expected), "{message}");
    }
    let silent = runtime.block_on(tls::Proxy::silent());
    let message = unsent_through(&silent, 50);
    assert!(message.contains("no response from the proxy"), "{message}");
    assert!(message.ends_with("within 1 s"), "{message}");
}
