//! `cargo xtask mutants`: whether the tests notice when the code is changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Outcome, cargo, target_directory};

/// Of a hundred changes that compile, the tests must notice so many in each crate.
const NOTICED: usize = 98;

/// Changes the crates in every way that cargo-mutants knows, and runs the tests for each change.
///
/// The tests of the crate itself run first: they take seconds and notice most changes. What they miss is
/// then run against the tests that span crates, and those of the command. A change takes about ten seconds,
/// all of them some hours.
pub(crate) fn run(chosen: &[&str]) -> Outcome {
    let crates = if chosen.is_empty() { &CRATES[..] } else { chosen };
    let mut too_few = Vec::new();
    for &name in crates {
        let directory = target_directory()?.join("mutants").join(name);
        // Missed changes make cargo-mutants fail. What counts is in its files.
        let _ = shell::run(&mut mutants(name, name, &directory));
        let found = Found::read(&directory)?;
        let mut rest = mutants(name, "certs-tests,certs-cli", &directory);
        // The conformance suite is slow, and tests transports.
        rest.args(["--iterate", "--baseline", "skip"]);
        rest.args(["--", "--test", "it", "--", "--skip", "conformance::"]);
        let _ = shell::run(&mut rest);
        let missed = Found::read(&directory)?.missed;
        let noticed = found.viable.saturating_sub(missed);
        println!("{name}: {noticed} of {} changes are noticed", found.viable);
        if found.viable == 0 || noticed * 100 < found.viable * NOTICED {
            too_few.push(name);
        }
    }
    if too_few.is_empty() {
        return Ok(());
    }
    Err(format!("fewer than {NOTICED} % of the changes are noticed in {}", too_few.join(", ")))
}

const CRATES: [&str; 3] = ["certs-types", "certs-plan", "certs-core"];

fn mutants(name: &str, tests: &str, directory: &Path) -> Command {
    let mut command = cargo(["mutants", "--package", name, "--test-package", tests]);
    command.args(["--timeout", "60", "--output"]).arg(directory);
    // Building without debug information is much faster.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    // The first case that notices a change is enough.
    command.env("PROPTEST_MAX_SHRINK_ITERS", "0");
    command
}

/// What cargo-mutants found out.
struct Found {
    /// Changes that compile.
    viable: usize,
    missed: usize,
}

impl Found {
    fn read(directory: &Path) -> Outcome<Self> {
        let lines = |file: &str| {
            let path: PathBuf = directory.join("mutants.out").join(file);
            let text = fs::read_to_string(&path);
            text.map(|text| text.lines().count())
                .map_err(|error| format!("{}: {error}", path.display()))
        };
        let missed = lines("missed.txt")?;
        Ok(Self { viable: lines("caught.txt")? + lines("timeout.txt")? + missed, missed })
    }
}
