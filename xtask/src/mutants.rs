//! `cargo xtask mutants`: whether the tests notice when the code is wrong.

use crate::shell::{self, Outcome, cargo};

/// Breaks `certs-types` and `certs-core` in every way cargo-mutants knows, and runs all tests each time.
pub(crate) fn run() -> Outcome {
    let mut mutants = cargo(["mutants", "--package", "certs-types", "--package", "certs-core"]);
    mutants.args(["--test-package", "certs-types,certs-core,certs-tests", "--timeout", "300"]);
    shell::run(&mut mutants)
}
