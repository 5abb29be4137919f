//! `cargo xtask fuzz --seconds N`: runs every fuzz target for N seconds.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{self, Outcome};

/// Runs all targets in turn, each from its committed seeds and the corpus of earlier runs.
pub(crate) fn run(seconds: &str) -> Outcome {
    let seconds: u32 =
        seconds.parse().map_err(|_| format!("not a number of seconds: {seconds}"))?;
    let fuzz_dir = shell::root().join("tests/fuzz");
    for target in targets(&fuzz_dir.join("seeds"))? {
        eprintln!("fuzz: {target} for {seconds} s");
        let corpus = fuzz_dir.join("corpus").join(&target);
        fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
        // The cargo that started this task belongs to one toolchain. Only rustup's cargo accepts `+nightly`.
        let mut fuzz = Command::new("cargo");
        fuzz.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        fuzz.args(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz"]);
        fuzz.arg(&target).arg(corpus).arg(fuzz_dir.join("seeds").join(&target));
        shell::run(fuzz.arg("--").arg(format!("-max_total_time={seconds}")))?;
    }
    Ok(())
}

/// Every target has a folder of seeds with its name.
fn targets(seeds: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(seeds).map_err(|error| format!("{}: {error}", seeds.display()))?;
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}
