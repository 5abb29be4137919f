//! `cargo xtask mutants`: whether the tests notice when the code is wrong.

use crate::shell::{self, Outcome, cargo};

/// Breaks `certs-types` and `certs-core` in every way cargo-mutants knows, and runs the tests each time.
///
/// First those of the two crates, which take seconds and catch most; then, for what is left, those of the
/// whole workspace.
pub(crate) fn run() -> Outcome {
    // What it misses is the second pass's to judge.
    let _ = shell::run(&mut pass("certs-types,certs-core", "30"));
    // Unbroken, it would look for these tests in the two crates. The conformance suite is long, and tests transports.
    let rest =
        ["--iterate", "--baseline", "skip", "--", "--test", "it", "--", "--skip", "conformance::"];
    shell::run(pass("certs-tests", "60").args(rest))
}

fn pass(tests: &str, timeout: &str) -> std::process::Command {
    let mut mutants = cargo(["mutants", "--package", "certs-types", "--package", "certs-core"]);
    mutants.args(["--test-package", tests, "--timeout", timeout]);
    // Nobody looks at a mutant in a debugger, and without what that takes it is built much faster.
    mutants.env("CARGO_PROFILE_DEV_DEBUG", "0");
    mutants
}
