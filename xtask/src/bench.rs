//! `cargo xtask bench`: the cost of a call in instructions and allocations, compared with other clients.

mod figures;

use std::fs;
use std::process::Command;

use crate::shell::{self, Outcome, cargo};
use figures::Figures;

/// Counts and prints the table. Then checks it against the budgets and the committed baseline, or renews the
/// baseline.
pub(crate) fn run(save: bool) -> Outcome {
    let now = count()?;
    println!("{now}");
    let path = shell::root().join(BASELINE);
    if save {
        return fs::write(&path, now.to_json()).map_err(|error| format!("{BASELINE}: {error}"));
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{BASELINE}: {error}"))?;
    let problems = now.problems(&Figures::from_json(&text)?);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The tools that counting needs and this machine does not have.
pub(crate) fn missing() -> Option<&'static str> {
    let has = |program: &str| shell::succeeds(Command::new(program).arg("--version"));
    if !has("valgrind") {
        return Some("valgrind is not installed");
    }
    if !has("gungraun-runner") {
        return Some("gungraun-runner is not installed (see tests/bench/README.md)");
    }
    None
}

const BASELINE: &str = "tests/bench/baseline.json";

fn count() -> Outcome<Figures> {
    let mut bench = cargo(["bench", "--manifest-path", "tests/bench/Cargo.toml"]);
    bench.args(["--bench", "calls", "--", "--output-format=json"]);
    Figures::from_gungraun(&shell::read(&mut bench)?)
}
