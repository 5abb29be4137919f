//! TLS roots, client certificates and proxies.

use std::error::Error as _;
use std::time::Duration;

use certs_core::operations::Upload;
use certs_core::transport::TransportErrorKind;
use certs_core::{Client, Error, Retry};
use certs_hyper::{
    ClientIdentity, HyperTransport, HyperTransportBuilder, InvalidProxy, Proxy, TlsError,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::support::server::CREATED;
use crate::support::tls::{self, TlsServer};
use crate::support::{KEY, api};
use certs_emulator::pki::{Authority, Leaf};

fn trusting(authority: &Authority) -> HyperTransportBuilder {
    HyperTransport::builder()
        .without_platform_roots()
        .with_roots_pem(authority.certificate().as_bytes())
        .unwrap()
}

/// Uploads without retries: of an upload it matters most whether it was sent.
async fn upload(transport: HyperTransport, base: &str) -> Result<(), Error> {
    let mut retry = Retry::default();
    retry.attempts = 1;
    let client = Client::new(api(base), transport).with_retry(retry);
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse().unwrap();
    client.call(Upload::new(pem)).await.map(|_| ())
}

/// Asserts that nothing was sent, and returns the error with its causes.
fn unsent(result: Result<(), Error>) -> String {
    let error = result.unwrap_err();
    let Error::Transport { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), TransportErrorKind::Connect, "{error:?}");
    assert!(!error.may_have_acted());
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words += &format!(": {next}");
        cause = next.source();
    }
    words
}

fn identity(leaf: &Leaf) -> ClientIdentity {
    ClientIdentity::from_pem(leaf.certificate.as_bytes(), leaf.key.as_bytes()).unwrap()
}

fn der(leaf: &Leaf) -> Vec<u8> {
    CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap().to_vec()
}

#[tokio::test]
async fn accepts_a_server_of_a_trusted_authority() {
    let authority = Authority::new("ours").unwrap();
    for name in ["localhost", "127.0.0.1"] {
        let server = TlsServer::start(&authority.server(name).unwrap(), None, CREATED).await;
        let transport = trusting(&authority).build().unwrap();
        upload(transport.clone(), &server.base(name)).await.unwrap();
        assert!(!transport.certificate_was_requested());
        assert_eq!(server.clients(), [None]);
    }
}

#[tokio::test]
async fn rejects_other_servers_with_a_reason() {
    let authority = Authority::new("ours").unwrap();
    let (stranger, impostor) = (Authority::new("theirs").unwrap(), Authority::new("ours").unwrap());
    let self_signed = Leaf::self_signed(&["localhost"]).unwrap();
    for (leaf, words) in [
        (authority.expired_server("localhost").unwrap(), "has expired"),
        (authority.server("other.example").unwrap(), "is for another host"),
        (stranger.server("localhost").unwrap(), "an authority that is not trusted here"),
        (impostor.server("localhost").unwrap(), "is not signed by the authority it names"),
        (self_signed, "an authority that is not trusted here"),
    ] {
        let server = TlsServer::start(&leaf, None, CREATED).await;
        let transport = trusting(&authority).build().unwrap();
        let message = unsent(upload(transport, &server.base("localhost")).await);
        assert!(message.contains(words), "{message}");
        assert!(server.clients().is_empty());
    }
}

#[tokio::test]
async fn presents_the_client_certificate_on_request_and_can_reload_it() {
    let authority = Authority::new("ours").unwrap();
    let (first, second) = (authority.client("one").unwrap(), authority.client("two").unwrap());
    let leaf = authority.server("localhost").unwrap();
    let server = TlsServer::start(&leaf, Some(&authority), CREATED).await;
    let identity = identity(&first);
    let transport = trusting(&authority).with_identity(identity.clone()).build().unwrap();
    assert!(!transport.certificate_was_requested());
    upload(transport.clone(), &server.base("localhost")).await.unwrap();
    identity.reload(second.certificate.as_bytes(), second.key.as_bytes()).unwrap();
    upload(transport.clone(), &server.base("localhost")).await.unwrap();
    assert!(transport.certificate_was_requested());
    assert_eq!(server.clients(), [Some(der(&first)), Some(der(&second))]);
}

#[tokio::test]
async fn a_refused_client_certificate_means_nothing_was_sent() {
    let authority = Authority::new("ours").unwrap();
    let leaf = authority.server("localhost").unwrap();
    let server = TlsServer::start(&leaf, Some(&authority), CREATED).await;
    let stranger = identity(&Authority::new("theirs").unwrap().client("one").unwrap());
    for builder in [trusting(&authority), trusting(&authority).with_identity(stranger)] {
        let transport = builder.build().unwrap();
        let message = unsent(upload(transport.clone(), &server.base("localhost")).await);
        assert!(message.contains("the server refused the TLS handshake"), "{message}");
        assert!(transport.certificate_was_requested());
    }
    assert!(server.clients().is_empty());
}

#[tokio::test]
async fn an_alert_after_the_handshake_may_follow_a_sent_request() {
    let authority = Authority::new("ours").unwrap();
    let server = TlsServer::alerting(&authority.server("localhost").unwrap()).await;
    let mut retry = Retry::default();
    retry.initial_backoff = Duration::from_millis(1);
    let transport = trusting(&authority).build().unwrap();
    let client = Client::new(api(&server.base("localhost")), transport).with_retry(retry);
    let pem = authority.certificate().parse().unwrap();
    let error = client.call(Upload::new(pem)).await.unwrap_err();
    let Error::Transport { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), TransportErrorKind::Interrupted, "{error:?}");
    assert!(error.may_have_acted());
    assert_eq!(server.clients().len(), 1, "an upload is made once");
}

#[test]
fn rejects_an_invalid_identity_without_showing_it() {
    let authority = Authority::new("ours").unwrap();
    let (one, two) = (authority.client("one").unwrap(), authority.client("two").unwrap());
    let encrypted = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let garbage = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    for (cert, key, expected) in [
        (&*one.certificate, &*two.key, "the client key does not belong to the client certificate"),
        ("", &one.key, "the client certificate: no PEM block found: this is empty"),
        (&one.key, &one.key, "the client certificate: there is a private key, but no certificate"),
        (
            &one.certificate,
            &one.certificate,
            "the client key: there are certificates, but no private key",
        ),
        (
            &one.certificate,
            &encrypted,
            "the client key: block 1 (`ENCRYPTED PRIVATE KEY`, line 1) is an encrypted",
        ),
        (&one.certificate, garbage, "the client key is no private key of a known kind"),
    ] {
        let error = ClientIdentity::from_pem(cert.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!format!("{error:?}").contains("MIIB"), "{error:?}");
    }
    let identity = identity(&one);
    assert!(identity.reload(one.certificate.as_bytes(), two.key.as_bytes()).is_err());
    assert_eq!(format!("{identity:?}"), "ClientIdentity(…)");
}

#[test]
fn rejects_a_bundle_without_certificates() {
    for pem in ["", "garbage", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"] {
        let error = HyperTransport::builder().with_roots_pem(pem.as_bytes()).unwrap_err();
        assert!(
            matches!(error, TlsError::InvalidBundle(_) | TlsError::NotACertificate(_)),
            "{pem}"
        );
    }
    let bundle = Authority::new("ours").unwrap().certificate()
        + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let error = HyperTransport::builder().with_roots_pem(bundle.as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("block 2 (`CERTIFICATE`, line "), "{error}");
    let rootless = HyperTransport::builder().without_platform_roots().build().unwrap_err();
    assert_eq!(rootless, TlsError::NoTrustAnchors);
}

#[tokio::test]
async fn a_proxy_sees_only_the_host() {
    let authority = Authority::new("ours").unwrap();
    let server = TlsServer::start(&authority.server("api.example").unwrap(), None, CREATED).await;
    let proxy = tls::Proxy::start(server.address, "HTTP/1.1 200 OK\r\n\r\n").await;
    let url = format!("http://user:pass@{}", proxy.address);
    let through = |no_proxy| Proxy::new(&url, no_proxy).unwrap();

    let transport = trusting(&authority).with_proxy(through("")).build().unwrap();
    upload(transport, "https://api.example/v1").await.unwrap();
    let head = proxy.heads().concat().to_lowercase();
    assert!(head.starts_with("connect api.example:443 http/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: basic dxnlcjpwyxnz"), "{head}");
    assert!(!head.contains(&KEY.to_lowercase()), "{head}");
    assert_eq!(server.clients().len(), 1);

    let transport =
        trusting(&authority).with_proxy(through("localhost,api.example")).build().unwrap();
    let message = unsent(upload(transport, "https://api.example/v1").await);
    assert!(!message.contains("pass"), "{message}");
    assert_eq!(proxy.heads().len(), 1, "a host in NO_PROXY does not go through it");
}

#[tokio::test]
async fn names_the_proxy_that_refused() {
    let authority = Authority::new("ours").unwrap();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    for (response, expected) in [
        ("HTTP/1.1 407 Auth\r\n\r\n", "with 407 Proxy Authentication Required"),
        ("HTTP/1.1 502 No\r\n\r\n", "with 502 Bad Gateway"),
        ("HTTP/1.1 302 No\r\n\r\n", "with 302 Found"),
        ("nonsense\r\n\r\n", "does not respond in HTTP"),
        ("", "closed the connection without a response"),
    ] {
        let proxy = tls::Proxy::start(nowhere, response).await;
        let url = format!("http://user:s3cret@{}", proxy.address);
        let transport =
            trusting(&authority).with_proxy(Proxy::new(&url, "").unwrap()).build().unwrap();
        let message = unsent(upload(transport, "https://api.example/v1").await);
        assert!(message.contains(&format!("the proxy {} ", proxy.address)), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[tokio::test]
async fn uses_the_tls_configuration_of_the_caller() {
    let (authority, clients) = (Authority::new("ours").unwrap(), Authority::new("theirs").unwrap());
    let leaf = authority.server("localhost").unwrap();
    let server = TlsServer::start(&leaf, Some(&clients), CREATED).await;
    let shown = clients.client("one").unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate().as_bytes()).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(shown.certificate.as_bytes()).unwrap()];
    let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key);
    let mut config = config.unwrap();
    config.alpn_protocols = vec![b"spdy/1".to_vec()];
    let transport = HyperTransport::builder().with_tls_config(config).build().unwrap();
    upload(transport, &server.base("localhost")).await.unwrap();
    assert_eq!(server.clients(), [Some(der(&shown))]);
}

#[tokio::test]
async fn a_connection_timeout_reports_the_missing_step() {
    let authority = Authority::new("ours").unwrap();
    let proxy = tls::Proxy::silent().await;
    let url = format!("http://{}", proxy.address);
    let silent = tls::Proxy::silent().await;
    let base = format!("https://localhost:{}/v1", silent.address.port());
    for (proxy, base, expected) in [
        (
            Some(&url),
            "https://api.example/v1",
            format!("no response from the proxy {}", proxy.address),
        ),
        (None, &*base, "no TLS handshake with localhost".into()),
    ] {
        let mut builder = trusting(&authority).with_connect_timeout(Duration::from_millis(50));
        if let Some(url) = proxy {
            builder = builder.with_proxy(Proxy::new(url, "").unwrap());
        }
        let message = unsent(upload(builder.build().unwrap(), base).await);
        assert!(message.contains(&format!("{expected} within 0.05 s")), "{message}");
    }
}

#[test]
fn a_proxy_is_an_http_url_and_its_password_is_hidden() {
    assert!(Proxy::new("proxy.example:8080", "").is_ok());
    for (url, expected) in [
        ("", InvalidProxy::Malformed),
        ("http://", InvalidProxy::Malformed),
        ("https://proxy.example", InvalidProxy::Https),
        ("socks5://proxy.example", InvalidProxy::Socks),
        // The rest would be sent, with the password, to another port or host than was intended.
        ("http://user:pass@127.0.0.1:99999", InvalidProxy::Malformed),
        ("http://user:pass@proxy.example:", InvalidProxy::Malformed),
        ("http://user:p@ss@proxy.example:8080", InvalidProxy::Malformed),
        ("http://user:1/pass@proxy.example:8080", InvalidProxy::Malformed),
        ("http://user:1?pass@proxy.example:8080", InvalidProxy::Malformed),
        ("http://user:1#pass@proxy.example:8080", InvalidProxy::Malformed),
        ("http://proxy.example:8080/?user:pass", InvalidProxy::Malformed),
        ("http://proxy.example:8080#pass", InvalidProxy::Malformed),
    ] {
        let error = Proxy::new(url, "").unwrap_err();
        assert_eq!(error, expected, "{url}");
        assert!(!format!("{error} {error:?}").contains("pass"), "{error}");
    }
    for url in [
        "http://user:pass@proxy.example:8080/",
        "http://user:p%40ss@[::1]:8080",
        "user:pass@proxy.example",
        "http://[::1]",
    ] {
        assert!(Proxy::new(url, "").is_ok(), "{url}");
    }
    let proxy = Proxy::new("http://user:pass@proxy.example", "").unwrap();
    let builder = HyperTransport::builder().with_proxy(proxy);
    assert!(!format!("{builder:?} {:?}", builder.clone().build_loopback()).contains("pass"));
}
