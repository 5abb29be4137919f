//! `cargo xtask spec PATH`: the client, the fixtures and the emulator against an OpenAPI file.

use std::fs;
use std::path::{self, Path};

use crate::shell::{self, Outcome, cargo};

/// Takes the path as it was typed, relative to where the chore was started.
pub(crate) fn run(document: &str) -> Outcome {
    hold(&path::absolute(document).map_err(|error| format!("{document}: {error}"))?)
}

/// The validator is heavy, so it is an example of the tests. It is given every answer that the
/// emulator's own tests provoke.
pub(crate) fn hold(document: &Path) -> Outcome {
    let answers = shell::root().join("target/answers.jsonl");
    let empty = || {
        fs::create_dir_all(shell::root().join("target"))?;
        fs::write(&answers, "")
    };
    empty().map_err(|error| format!("{}: {error}", answers.display()))?;
    let mut tests = cargo(["test", "--quiet", "--package", "certs-emulator", "--lib"]);
    shell::read(tests.env("CERTS_ANSWERS", &answers))?;
    let mut validator = cargo(["run", "--quiet", "--package", "certs-tests", "--example", "spec"]);
    shell::run(validator.arg("--").arg(document).arg(answers))
}
