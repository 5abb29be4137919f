//! Running checks in turn.

use std::process::Command;

use crate::shell::{self, Outcome};

/// A check.
pub(crate) type Step = fn() -> Outcome<Done>;

/// The outcome of a check that does not fail.
pub(crate) enum Done {
    Passed,
    /// Something that the check needs is missing on this machine.
    Skipped(String),
}

/// Runs all steps until one fails, and names those that were skipped at the end.
pub(crate) fn run(task: &str, steps: &[(&str, Step)]) -> Outcome {
    let mut skipped = Vec::new();
    for (name, step) in steps {
        eprintln!("{task}: {name}");
        match step().map_err(|message| format!("{message}\n{task}: {name} failed"))? {
            Done::Passed => {}
            Done::Skipped(reason) => {
                eprintln!("{task}: {name} SKIPPED: {reason}");
                skipped.push(*name);
            }
        }
    }
    match skipped[..] {
        [] => eprintln!("{task}: passed"),
        _ => eprintln!("{task}: passed, but skipped: {}", skipped.join(", ")),
    }
    Ok(())
}

/// A step that is one command.
pub(crate) fn passes(command: &mut Command) -> Outcome<Done> {
    shell::run(command).map(|()| Done::Passed)
}

/// A step that is one command of a cargo subcommand that may not be installed.
pub(crate) fn passes_if_installed(subcommand: &str, command: &mut Command) -> Outcome<Done> {
    if shell::succeeds(&mut shell::cargo([subcommand, "--version"])) {
        passes(command)
    } else {
        Ok(Done::Skipped(format!("cargo install --locked cargo-{subcommand}")))
    }
}
