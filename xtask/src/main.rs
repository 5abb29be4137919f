//! The chores of the project: `cargo xtask` lists them.
//!
//! Little to compile, so that the first chore begins at once. What needs heavy crates is an example of
//! the `tests` package and only started from here.

mod bench;
mod ci;
mod conformance;
mod fuzz;
mod mutants;
mod piecemeal;
mod shell;
mod spec;
mod steps;
mod tidy;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["ci"] => ci::run(),
        ["bench"] => bench::run(false),
        ["bench", "--save"] => bench::run(true),
        ["profile"] => bench::profile(),
        ["peers"] => bench::peers(),
        ["tidy"] => tidy::run(),
        ["conformance"] => conformance::run(),
        ["piecemeal"] => piecemeal::run(),
        ["fuzz", "--seconds", seconds] => fuzz::run(seconds),
        ["mutants"] => mutants::run(),
        ["spec", path] => spec::run(path),
        _ => {
            eprintln!("no such chore: {}\n\n{USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
cargo xtask CHORE

  ci                  everything that must hold before a merge; stops at the first failure
  tidy                the rules of the house that no compiler checks
  bench [--save]      counts what a call costs; fails beyond the baseline, or renews it (valgrind)
  profile             where the instructions of a call go, as a table (valgrind)
  peers               what other clients cost beside ours, as a table (valgrind; a quarter of an hour)
  conformance         which backend passes which case of the conformance suite, as a table
  piecemeal           that each crate stands alone: features, tests, packages, versions, public API
  spec PATH           holds the endpoints, the fixtures and the emulator against an OpenAPI file
  fuzz --seconds N    every fuzz target for N seconds (cargo-fuzz, a nightly toolchain)
  mutants             breaks types and core in many ways; the tests must notice (cargo-mutants)";
