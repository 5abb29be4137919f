//! `cargo xtask bench`: what a call costs in instructions and allocations, beside clients by hand.

mod figures;
mod peers;
mod profile;
mod programs;

use std::fs;

use crate::shell::{self, Outcome, cargo};
use figures::Figures;
pub(crate) use peers::run as peers;
pub(crate) use profile::run as profile;

/// Counts, prints the table and holds it against the committed baseline, or renews that.
pub(crate) fn run(save: bool) -> Outcome {
    let now = count()?;
    println!("{now}");
    let path = shell::root().join(BASELINE);
    if save {
        return fs::write(&path, now.to_json()).map_err(|error| format!("{BASELINE}: {error}"));
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{BASELINE}: {error}"))?;
    let complaints = now.against(&Figures::from_json(&text)?);
    match complaints.len() {
        0 => Ok(()),
        _ => Err(format!("{}\n{RENEW}", complaints.join("\n"))),
    }
}

/// What this machine lacks for counting.
pub(crate) fn missing() -> Option<&'static str> {
    let has = |program: &str| shell::succeeds(std::process::Command::new(program).arg("--version"));
    match (has("valgrind"), has("gungraun-runner")) {
        (false, _) => Some("valgrind is not installed"),
        (_, false) => Some("gungraun-runner is not installed (tests/bench/README.md says how)"),
        _ => None,
    }
}

const BASELINE: &str = "tests/bench/baseline.json";

const RENEW: &str = "bench: if it must cost that, renew the baseline in the same commit: \
cargo xtask bench --save";

fn count() -> Outcome<Figures> {
    let mut bench = cargo(["bench", "--manifest-path", "tests/bench/Cargo.toml"]);
    bench.args(["--features", "certs,reqwest,tls", "--bench", "instructions"]);
    bench.args(["--", "--output-format=json"]);
    Figures::from_gungraun(&shell::read(&mut bench)?)
}
