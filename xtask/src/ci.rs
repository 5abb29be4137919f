//! `cargo xtask ci`: everything that must hold before a merge.

use crate::shell::{self, Outcome, cargo};
use crate::steps::{self, Done, Step, held};
use crate::{bench, piecemeal, spec, tidy};

/// Runs the steps, what fails soonest first, and ends with the tests so that their count is read last.
pub(crate) fn run() -> Outcome {
    steps::run("ci", &STEPS)
}

const STEPS: [(&str, Step); 11] = [
    ("fmt", || held(&mut cargo(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::run().map(|()| Done::Held)),
    ("clippy", || {
        held(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    }),
    ("docs", || {
        held(cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("deny", deny),
    ("advisories", advisories),
    ("spec", hold_against_spec),
    ("bench", hold_against_baseline),
    ("features", piecemeal::features),
    ("packages", || piecemeal::package().map(|_| Done::Held)),
    ("tests", || held(&mut cargo(["test", "--workspace"]))),
];

fn deny() -> Outcome<Done> {
    if no_cargo_deny() {
        return Ok(Done::LeftOut(NO_CARGO_DENY.into()));
    }
    held(&mut cargo(["deny", "check", "bans", "licenses", "sources"]))
}

/// The one check whose answer changes without a commit, from a database that not every machine reaches.
fn advisories() -> Outcome<Done> {
    if no_cargo_deny() {
        return Ok(Done::LeftOut(NO_CARGO_DENY.into()));
    }
    if !shell::succeeds(&mut cargo(["deny", "fetch", "db"])) {
        return Ok(Done::LeftOut("the advisory database cannot be fetched".into()));
    }
    held(&mut cargo(["deny", "--offline", "check", "advisories"]))
}

fn no_cargo_deny() -> bool {
    !shell::succeeds(&mut cargo(["deny", "--version"]))
}

const NO_CARGO_DENY: &str = "cargo-deny is not installed (cargo install cargo-deny --locked)";

/// The document belongs to its vendor and is not part of this repository.
fn hold_against_spec() -> Outcome<Done> {
    let document = shell::root().join("../shared/openapi-certificates.yaml");
    if document.exists() {
        spec::hold(&document).map(|()| Done::Held)
    } else {
        Ok(Done::LeftOut("no ../shared/openapi-certificates.yaml beside the workspace".into()))
    }
}

fn hold_against_baseline() -> Outcome<Done> {
    match bench::missing() {
        None => bench::run(false).map(|()| Done::Held),
        Some(why) => Ok(Done::LeftOut(why.into())),
    }
}
