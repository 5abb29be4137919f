//! `cargo xtask profile`: where the instructions of a call go.

use std::collections::BTreeMap;

use super::programs::{BY_HAND, CALLS, OURS, Place, Program, Server, calls, in_a_folder};
use crate::shell::Outcome;

/// Prints what each part of a call takes, ours and that of the client by hand.
pub(crate) fn run() -> Outcome {
    in_a_folder(|folder| {
        let server = Server::start(folder)?;
        let parts = |program: &Program| {
            // Line tables say which file an instruction comes from, and change none.
            program.build(folder, &[("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")])?;
            calls(&program.path(folder), &server).map(sum)
        };
        let (ours, by_hand) = (parts(&OURS)?, parts(&BY_HAND)?);
        println!("| | ours | by hand |\n|---|---|---|");
        for (part, _) in PARTS {
            let of = |parts: &BTreeMap<&str, i64>| parts.get(part).map_or(0, |sum| sum / CALLS);
            println!("| {part} | {} | {} |", of(&ours), of(&by_hand));
        }
        Ok(())
    })
}

/// The parts, and what the name of a file has that belongs to them, or that of a function where the file
/// is one of the standard library. The first that fits.
const PARTS: [(&str, &[&str]); 10] = [
    (
        "reading JSON: the reader, serde, `certs-types`",
        &[
            "core/src/json",
            "core::json",
            "/serde",
            "serde_",
            "certs-types",
            "certs_types",
            "/memchr-",
        ],
    ),
    ("checking UTF-8", &["from_utf8"]),
    (
        "the client itself",
        &["certs-core", "certs_core", "certs-hyper", "certs_hyper", "bench/src", "certs_bench"],
    ),
    ("malloc and free", &["malloc", "_rust_alloc", "_rust_dealloc", "_rust_realloc", "raw_vec"]),
    ("memcpy, memcmp", &["multiarch", "memcpy", "memcmp", "memmove"]),
    (
        "hyper-util: the pool, and the hash of its key",
        &["/hyper-util", "hyper_util", "core::hash", "hash::random"],
    ),
    ("hyper, httparse", &["/hyper-1", "hyper::", "/httparse", "httparse::"]),
    (
        "http: headers, URIs",
        &["/http-1", "http::", "/http-body", "http_body", "/bytes-", "bytes::"],
    ),
    ("tokio", &["/tokio-", "tokio::", "/mio-", "mio::", "/futures-", "futures_"]),
    (REST, &[]),
];

const REST: &str = "the rest";

fn sum(costs: BTreeMap<Place, i64>) -> BTreeMap<&'static str, i64> {
    let mut parts = BTreeMap::new();
    for ((file, function), cost) in costs {
        let of_std = file.contains("/library/") || file == "???";
        let name = if of_std { &function } else { &file };
        let part = PARTS.iter().find(|(_, has)| has.iter().any(|part| name.contains(part)));
        *parts.entry(part.map_or(REST, |(part, _)| part)).or_default() += cost;
    }
    parts
}
