//! `cargo xtask mutants`: mutation tests, which check that the tests fail when the code is changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Outcome, cargo, target_directory};

/// The percentage of mutants that the tests of each crate must catch.
const MIN_CAUGHT_PERCENT: usize = 98;

/// Runs the tests for every mutant that cargo-mutants makes of the crates.
///
/// The tests of the crate itself run first: they take seconds and catch most mutants. For those that they
/// miss, the tests that span crates and the tests of the command run. A mutant takes about ten seconds, all
/// of them some hours.
pub(crate) fn run(chosen: &[&str]) -> Outcome {
    let crates = if chosen.is_empty() { &CRATES[..] } else { chosen };
    let mut too_few = Vec::new();
    for &name in crates {
        let directory = target_directory()?.join("mutants").join(name);
        // cargo-mutants fails if it misses a mutant. The results are in its files.
        let _ = shell::run(&mut mutants(name, name, &directory));
        let found = Results::read(&directory)?;
        let mut rest = mutants(name, "certs-tests,certs-cli", &directory);
        // The conformance suite is slow, and tests transports.
        rest.args(["--iterate", "--baseline", "skip"]);
        rest.args(["--", "--test", "it", "--", "--skip", "conformance::"]);
        let _ = shell::run(&mut rest);
        let missed = Results::read(&directory)?.missed;
        let caught = found.viable.saturating_sub(missed);
        println!("{name}: {caught} of {} mutants are caught", found.viable);
        if found.viable == 0 || caught * 100 < found.viable * MIN_CAUGHT_PERCENT {
            too_few.push(name);
        }
    }
    if too_few.is_empty() {
        return Ok(());
    }
    let crates = too_few.join(", ");
    Err(format!("fewer than {MIN_CAUGHT_PERCENT} % of the mutants are caught in {crates}"))
}

const CRATES: [&str; 3] = ["certs-types", "certs-plan", "certs-core"];

fn mutants(name: &str, tests: &str, directory: &Path) -> Command {
    let mut command = cargo(["mutants", "--package", name, "--test-package", tests]);
    command.args(["--timeout", "60", "--output"]).arg(directory);
    // Building without debug information is much faster.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    // One failing case catches a mutant, so it need not be minimal.
    command.env("PROPTEST_MAX_SHRINK_ITERS", "0");
    command
}

/// The results of cargo-mutants.
struct Results {
    /// The mutants that compile.
    viable: usize,
    missed: usize,
}

impl Results {
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
