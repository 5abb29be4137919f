//! Running checks in turn, and telling which of them this machine cannot make.

use std::process::Command;

use crate::shell::{self, Outcome};

/// A check.
pub(crate) type Step = fn() -> Outcome<Done>;

/// What became of a check that did not fail.
pub(crate) enum Done {
    Held,
    LeftOut(String),
}

/// Runs all steps until one fails.
pub(crate) fn run(chore: &str, steps: &[(&str, Step)]) -> Outcome {
    let mut left_out = Vec::new();
    for (name, step) in steps {
        eprintln!("{chore}: {name}");
        match step().map_err(|why| format!("{why}\n{chore}: {name} failed"))? {
            Done::Held => {}
            Done::LeftOut(why) => {
                eprintln!("{chore}: {name} LEFT OUT: {why}");
                left_out.push(*name);
            }
        }
    }
    match left_out[..] {
        [] => eprintln!("{chore}: passed"),
        _ => eprintln!("{chore}: passed, but left out: {}", left_out.join(", ")),
    }
    Ok(())
}

/// A step that is one command.
pub(crate) fn held(command: &mut Command) -> Outcome<Done> {
    shell::run(command).map(|()| Done::Held)
}
