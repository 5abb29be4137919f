//! `cargo xtask mutants`: whether the tests notice when the code is changed.

use std::process::Command;

use crate::shell::{self, Outcome, cargo};

/// Changes the crates in every way that cargo-mutants knows, and runs the tests for each change.
///
/// The tests of a crate itself run first: they take seconds and notice most changes. What they miss is
/// then run against the tests of the whole workspace.
pub(crate) fn run() -> Outcome {
    // The result that counts is that of the second pass.
    let _ = shell::run(&mut mutants(&CRATES.join(","), "30"));
    // The conformance suite is slow, and tests transports.
    let rest =
        ["--iterate", "--baseline", "skip", "--", "--test", "it", "--", "--skip", "conformance::"];
    shell::run(mutants("certs-tests", "60").args(rest))
}

const CRATES: [&str; 3] = ["certs-types", "certs-core", "certs-plan"];

fn mutants(tests: &str, timeout: &str) -> Command {
    let mut command = cargo(["mutants", "--test-package", tests, "--timeout", timeout]);
    for name in CRATES {
        command.args(["--package", name]);
    }
    // Building without debug information is much faster.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}
