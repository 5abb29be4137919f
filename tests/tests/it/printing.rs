//! The errors of both transports are in plain words, whatever a server, a proxy or a TLS peer sends.

use std::error::Error as StdError;
use std::net::SocketAddr;

use certs_core::blocking;
use certs_core::operations::{List, Scope};
use certs_core::proxy::Proxy;
use certs_core::{Client, Error, Retry};
use certs_emulator::pki::Authority;
use certs_hyper::HyperTransport;
use certs_ureq::UreqTransport;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::runtime::Runtime;

use crate::support::api;
use crate::support::server::{Action, Server, write};

/// The beginnings of input in place of a response.
const BEGINNINGS: [&[u8]; 16] = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: ",
    b"HTTP/1.1 403 ",
    b"HTTP/1.1 407 No\r\nProxy-Authenticate: ",
    b"HTTP/1.1 \x1b[2J",
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"SSH-2.0-\x1b]0;title\x07\r\n",
    // TLS: a fatal alert, the beginning of a ServerHello, and a record of an unknown type.
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03",
    b"\x99\x03\x03\x00\x02\x00\x00",
    // HTTP/2: SETTINGS, GOAWAY with debug data, and RST_STREAM.
    b"\0\0\0\x04\0\0\0\0\0",
    b"\0\0\x0c\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b\x1b[2J",
    b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x07",
];

const CONTINUATIONS: [&[u8]; 4] = [b"x: \x1b[2J\r\n", b"\xe2\x80\xae", b"\r\n\r\n", b"\x9b31m"];

fn received() -> impl Strategy<Value = Vec<u8>> {
    let more = prop_oneof![any::<Vec<u8>>(), select(&CONTINUATIONS[..]).prop_map(<[u8]>::to_vec),];
    (select(&BEGINNINGS[..]), vec(more, 0..3))
        .prop_map(|(start, more)| [start.to_vec(), more.concat()].concat())
}

fn check(error: &Error) {
    let Error::Transport { source, .. } = error else { return };
    let causes = std::iter::successors(Some(source as &dyn StdError), |&error| error.source());
    let printed = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let controls_terminal =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert_eq!(printed.chars().find(|&c| controls_terminal(c)), None, "{printed:?}");
    // The names of types and states of other crates, as `Debug` writes them.
    for name in ["Other", "Error", "Invalid", "Some", "Kind", "Custom", "Hyper", "Unexpected", "{"]
    {
        assert!(!printed.contains(name), "{name}: {printed}");
    }
    assert!(!printed.contains("docs.rs") && !printed.contains("client error ("), "{printed}");
}

fn no_retry() -> Retry {
    Retry::default().with_attempts(1)
}

fn list() -> List {
    List::new(Scope::Organization)
}

/// One request by each transport to this server, directly or through it as a proxy.
fn errors(runtime: &Runtime, address: SocketAddr, base: &str, authority: &Authority) -> Vec<Error> {
    let proxy = Proxy::new(&format!("http://{address}"), "localhost").unwrap();
    let pem = authority.certificate();
    let hyper = HyperTransport::builder().without_platform_roots().with_proxy(proxy.clone());
    let hyper = hyper.with_roots_pem(pem.as_bytes()).unwrap().build().unwrap();
    let ureq = UreqTransport::builder().without_platform_roots().with_proxy(proxy);
    let ureq = ureq.with_roots_pem(pem.as_bytes()).unwrap().build().unwrap();
    let client = Client::new(api(base), hyper).with_retry(no_retry());
    let blocking = blocking::Client::new(api(base), ureq).with_retry(no_retry());
    [runtime.block_on(client.call(list())).err(), blocking.call(list()).err()]
        .into_iter()
        .flatten()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_input_in_place_of_a_response_is_reported_in_plain_words(bytes in received()) {
        let runtime = Runtime::new().unwrap();
        let authority = Authority::new("Servers").unwrap();
        let server = runtime.block_on(Server::start([vec![Action::Read, write(bytes)]]));
        let port = server.address.port();
        for base in [
            format!("http://127.0.0.1:{port}/v1"),
            "https://api.example/v1".into(),
        ] {
            for error in errors(&runtime, server.address, &base, &authority) {
                check(&error);
            }
        }
    }

    #[test]
    fn any_input_in_a_tls_handshake_is_reported_in_plain_words(bytes in received()) {
        let runtime = Runtime::new().unwrap();
        let authority = Authority::new("Servers").unwrap();
        let server = runtime.block_on(Server::start([vec![write(bytes)]]));
        let base = format!("https://localhost:{}/v1", server.address.port());
        for error in errors(&runtime, server.address, &base, &authority) {
            check(&error);
        }
    }
}
