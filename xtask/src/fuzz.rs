//! `cargo xtask fuzz --seconds N`: every fuzz target for that long.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{self, Outcome};

/// Runs all targets one after the other, each from its committed seeds and what earlier runs found.
pub(crate) fn run(seconds: &str) -> Outcome {
    let seconds: u32 = seconds.parse().map_err(|_| format!("{seconds} is no number of seconds"))?;
    let home = shell::root().join("tests/fuzz");
    for target in targets(&home.join("seeds"))? {
        eprintln!("fuzz: {target} for {seconds} s");
        let corpus = home.join("corpus").join(&target);
        fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
        // The cargo that started this chore belongs to one toolchain; only rustup's knows `+nightly`.
        let mut fuzz = Command::new("cargo");
        fuzz.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        fuzz.args(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz"]);
        fuzz.arg(&target).arg(corpus).arg(home.join("seeds").join(&target));
        shell::run(fuzz.arg("--").arg(format!("-max_total_time={seconds}")))?;
    }
    Ok(())
}

/// A target has seeds, so the folders of seeds are the list of targets.
fn targets(seeds: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(seeds).map_err(|error| format!("{}: {error}", seeds.display()))?;
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}
