//! `cargo xtask spec PATH`: the endpoints, the fixtures and the emulator against an OpenAPI document.

use std::fs;
use std::path::{self, Path};

use crate::shell::{self, Outcome, cargo};

/// Takes the path relative to where the task was started.
pub(crate) fn run(document: &str) -> Outcome {
    check(Path::new(document))
}

/// Records every response that the emulator's own tests get, and runs the validator over all of them.
///
/// The validator has many dependencies, so it is an example of the `tests` package.
pub(crate) fn check(document: &Path) -> Outcome {
    let document =
        path::absolute(document).map_err(|error| format!("{}: {error}", document.display()))?;
    let responses = shell::root().join("target/responses.jsonl");
    let create = || {
        fs::create_dir_all(shell::root().join("target"))?;
        fs::write(&responses, "")
    };
    create().map_err(|error| format!("{}: {error}", responses.display()))?;
    let mut tests = cargo(["test", "--quiet", "--package", "certs-emulator", "--lib"]);
    shell::read(tests.env(RECORD_RESPONSES, &responses))?;
    let mut validator = cargo(["run", "--quiet", "--package", "certs-tests", "--example", "spec"]);
    shell::run(validator.arg("--").arg(document).arg(responses))
}

/// The variable that the tests of the emulator read.
const RECORD_RESPONSES: &str = "CERTS_RESPONSES";
