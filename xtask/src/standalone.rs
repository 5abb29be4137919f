//! `cargo xtask standalone`: checks that each published crate builds, tests and packages on its own.

use crate::shell::{Outcome, cargo};
use crate::steps::{self, Done, Step, passes, passes_if_installed};

/// Runs the steps whose subcommands are installed.
pub(crate) fn run() -> Outcome {
    steps::run("standalone", &STEPS)
}

const STEPS: [(&str, Step); 5] = [
    ("features", features),
    // The tests of a crate must not need features that only other crates of the workspace enable.
    ("tests of each crate", || hack(&["test", "--quiet"])),
    ("packages", packages),
    ("oldest compiler", || hack(&["check", "--quiet", "--rust-version"])),
    ("lowest versions", || {
        let mut check = cargo(["minimal-versions", "check", "--direct", "--workspace"]);
        passes_if_installed("minimal-versions", check.args(UNPUBLISHED))
    }),
];

/// Checks that every set of features of every crate compiles.
pub(crate) fn features() -> Outcome<Done> {
    hack(&["check", "--quiet", "--feature-powerset"])
}

/// Checks that every published crate can be packaged, so has no dependency without a version.
pub(crate) fn packages() -> Outcome<Done> {
    let mut package = cargo(["package", "--quiet", "--workspace", "--no-verify", "--allow-dirty"]);
    passes(package.args(UNPUBLISHED))
}

const UNPUBLISHED: [&str; 4] = ["--exclude", "certs-tests", "--exclude", "xtask"];

/// A cargo command for one published crate after the other.
fn hack(command: &[&str]) -> Outcome<Done> {
    passes_if_installed("hack", cargo(["hack", "--no-private"]).args(command))
}
