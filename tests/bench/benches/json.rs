//! Wall-clock time of the JSON paths: pages of 1 to 100 certificates, without and with their PEM.

use certs_bench::answers::Answer;
use certs_bench::canned::page;
use certs_core::{AdminKey, Api, BaseUrl, Call, Certificate, List, Next, Page, Retry, Scope};
use divan::Bencher;
use divan::counter::BytesCount;
use http::Response;

const SIZES: [usize; 4] = [1, 10, 50, 100];

fn main() {
    divan::main();
}

#[divan::bench_group]
mod without_pem {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn ours(bencher: Bencher<'_, '_>, size: usize) {
        answer(bencher, &page(0..size, size, ""));
    }

    #[divan::bench(args = SIZES)]
    fn owned_by_hand(bencher: Bencher<'_, '_>, size: usize) {
        owned(bencher, &page(0..size, size, ""));
    }

    #[divan::bench(args = SIZES)]
    fn borrowed_by_hand(bencher: Bencher<'_, '_>, size: usize) {
        borrowed(bencher, &page(0..size, size, ""));
    }
}

#[divan::bench_group]
mod with_pem {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn ours(bencher: Bencher<'_, '_>, size: usize) {
        answer(bencher, &page(0..size, size, &pem()));
    }

    #[divan::bench(args = SIZES)]
    fn owned_by_hand(bencher: Bencher<'_, '_>, size: usize) {
        owned(bencher, &page(0..size, size, &pem()));
    }

    #[divan::bench(args = SIZES)]
    fn borrowed_by_hand(bencher: Bencher<'_, '_>, size: usize) {
        borrowed(bencher, &page(0..size, size, &pem()));
    }
}

/// The answer to a list, judged and read by `certs-core`.
fn answer(bencher: Bencher<'_, '_>, text: &str) {
    let key = AdminKey::new("sk-admin-bench".into()).expect("a key");
    let api = Api::new(BaseUrl::default(), key);
    let list = List::new(Scope::Organization);
    let call = || Call::new(&api, &list, Retry::default()).expect("a call");
    bencher
        .counter(BytesCount::of_str(text))
        .with_inputs(|| (call(), Response::new(text.as_bytes().to_vec())))
        .bench_values(|(call, response)| match call.answer(Ok(response), Default::default()) {
            Next::Done(Ok(reply)) => reply.value,
            _ => panic!("an answer"),
        });
}

/// The same types through serde_json alone.
fn owned(bencher: Bencher<'_, '_>, text: &str) {
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| serde_json::from_slice::<Page<Certificate>>(divan::black_box(text.as_bytes())));
}

/// Strings that stay in the body, and nothing checked.
fn borrowed(bencher: Bencher<'_, '_>, text: &str) {
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| serde_json::from_slice::<Answer<'_>>(divan::black_box(text.as_bytes())));
}

/// As long as a certificate with an RSA key of 2048 bits.
fn pem() -> String {
    let line = "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n";
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", line.repeat(19))
}
