//! An error contains no text of the server that controls a terminal, and never the key.

use std::error::Error as StdError;
use std::sync::LazyLock;

use certs_core::operations::{Deactivate, Delete, List, Scope, Upload};
use certs_core::proxy::Proxy;
use certs_core::{Client, Error, Retry};
use certs_testing::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use crate::support::{KEY, Outcome, api, id, pem, scripted};

/// Text that controls a terminal, changes the reading direction, ends a line or is a secret.
const PIECES: [&str; 16] = [
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31m",
    "\u{7f}",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{61c}",
    "\u{200f}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "No.",
    " ",
    KEY,
    "sk-admin-QZXJ...WKPHG",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => select(&PIECES[..]).prop_map(str::to_owned), 1 => any::<String>()];
    vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn body(text: &str, shape: usize) -> Vec<u8> {
    let shapes = [
        json!({ "error": { "message": text, "type": text, "code": text, "param": text } })
            .to_string(),
        json!({ "error": text }).to_string(),
        json!({ "detail": [{ "msg": text }] }).to_string(),
        json!({ "object": "certificate", "id": text, "created_at": text, "has_more": text })
            .to_string(),
        format!("<title>{text}</title>"),
        text.to_owned(),
    ];
    shapes[shape % shapes.len()].clone().into_bytes()
}

/// All texts of an error.
fn printed(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn StdError), |&error| error.source());
    let chain: Vec<_> = causes.map(ToString::to_string).collect();
    let names =
        (error.request_id().map(ToString::to_string), error.code().map(ToString::to_string));
    format!("{} {} {}", chain.join(": "), names.0.unwrap_or_default(), names.1.unwrap_or_default())
}

/// Whether a character is visible, and does not control the terminal.
fn is_shown(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c == '\n' || !c.is_control() && !turns
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_error_contains_nothing_that_controls_a_terminal(
        text in text(),
        shape in 0..6_usize,
        status in select(&[200_u16, 302, 400, 401, 403, 404, 409, 429, 500, 502, 520][..]),
    ) {
        static PEM: LazyLock<String> = LazyLock::new(pem);
        let header = text.replace(char::is_control, "").replace(|c: char| !c.is_ascii(), "");
        let response = Outcome::response(status, body(&text, shape))
            .header("x-request-id", &header)
            .header("retry-after", &header)
            .header("x-should-retry", &header);
        let client = || {
            let retry = Retry::default().with_attempts(1);
            Client::new(api(), scripted([response.clone(), response.clone()])).with_retry(retry)
        };
        let results = [
            block_on(client().call(List::new(Scope::Organization))).err(),
            block_on(client().call(Deactivate::new(Scope::Organization, [id("cert_a")]))).err(),
            block_on(client().call(Delete::new(id("cert_a")))).err(),
            block_on(client().upload(Upload::new(PEM.parse().unwrap()))).err(),
        ];
        for error in results.iter().flatten() {
            let printed = printed(error);
            prop_assert_eq!(printed.chars().find(|&c| !is_shown(c)), None, "{:?}", printed);
            prop_assert!(!printed.contains(&KEY[9..16]) && !printed.contains(&KEY[16..24]), "{}", printed);
        }
    }

    #[test]
    fn a_proxy_error_contains_nothing_that_controls_a_terminal(
        text in vec(prop_oneof![select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()), any::<Vec<u8>>()], 0..4),
        head in select(&["", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 403 ", "HTTP/1.1 407 X\r\nProxy-Authenticate: "][..]),
    ) {
        let proxy = Proxy::new("http://user:s3cret@proxy.example", "").unwrap();
        let tunnel = proxy.tunnel_to(&"https://api.example/v1".parse().unwrap()).unwrap();
        let received = [head.as_bytes(), &text.concat(), b"\r\n\r\n"].concat();
        if let Err(error) = tunnel.is_open(&received) {
            let printed = format!("{error} {error:?}");
            prop_assert_eq!(printed.chars().find(|&c| !is_shown(c)), None, "{:?}", printed);
            prop_assert!(!printed.contains("s3cret"), "{}", printed);
        }
    }
}
