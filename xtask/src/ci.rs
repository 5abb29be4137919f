//! `cargo xtask ci`: everything that must pass before a merge.

use std::env;
use std::path::Path;

use crate::shell::{self, Outcome, cargo};
use crate::steps::{self, Done, Step, passes, passes_if_installed};
use crate::{bench, spec, standalone, tidy};

/// Runs the fastest steps first, and the tests last, so that their count is the last output.
pub(crate) fn run() -> Outcome {
    steps::run("ci", &STEPS)
}

const STEPS: [(&str, Step); 11] = [
    ("fmt", || passes(&mut cargo(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::run().map(|()| Done::Passed)),
    ("clippy", || {
        passes(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    }),
    ("docs", || {
        passes(cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("deny", || {
        passes_if_installed("deny", &mut cargo(["deny", "check", "bans", "licenses", "sources"]))
    }),
    ("advisories", advisories),
    ("spec", check_spec),
    ("bench", check_bench),
    ("features", standalone::features),
    ("packages", standalone::packages),
    ("tests", || passes(&mut cargo(["test", "--workspace"]))),
];

/// The only check whose result changes without a commit. It needs a database from the network.
fn advisories() -> Outcome<Done> {
    if !shell::succeeds(&mut cargo(["deny", "fetch", "db"])) {
        return Ok(Done::Skipped("cargo-deny or its advisory database is missing".into()));
    }
    passes(&mut cargo(["deny", "--offline", "check", "advisories"]))
}

/// The document belongs to the vendor, and is not part of this repository.
fn check_spec() -> Outcome<Done> {
    match env::var_os("OPENAPI_DOCUMENT") {
        Some(path) => spec::check(Path::new(&path)).map(|()| Done::Passed),
        None => Ok(Done::Skipped("OPENAPI_DOCUMENT does not name the vendor's document".into())),
    }
}

fn check_bench() -> Outcome<Done> {
    match bench::missing() {
        None => bench::run(false).map(|()| Done::Passed),
        Some(what) => Ok(Done::Skipped(what.into())),
    }
}
