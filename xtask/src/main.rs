//! The tasks of the project that cargo has no command for: `cargo xtask` lists them.
//!
//! It has few dependencies, so that a task starts quickly. A task that needs more of them runs an example of
//! the `tests` package.

mod bench;
mod ci;
mod conformance;
mod fuzz;
mod mutants;
mod screenshots;
mod sdks;
mod shell;
mod shells;
mod spec;
mod standalone;
mod steps;
mod tidy;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["ci"] => ci::run(),
        ["tidy"] => tidy::run(),
        ["bench"] => bench::run(false),
        ["bench", "--save"] => bench::run(true),
        ["conformance"] => conformance::run(),
        ["standalone"] => standalone::run(),
        ["spec", path] => spec::run(path),
        ["fuzz", "--seconds", seconds] => fuzz::run(seconds),
        ["mutants", ref crates @ ..] => mutants::run(crates),
        ["sdks"] => sdks::run(),
        ["screenshots"] => screenshots::run(),
        ["shells"] => shells::run(),
        _ => {
            eprintln!("no such task: {}\n\n{USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
cargo xtask TASK

  ci                  runs everything that must pass before a merge; stops at the first failure
  tidy                checks the repo lints: dependencies between our crates, promises and tests, file lengths
  bench [--save]      counts instructions and allocations of a call, compared with other clients (valgrind)
  conformance         prints which backend passes which case of the conformance suite
  standalone          checks that each published crate builds, tests and packages on its own (cargo-hack)
  spec PATH           checks the endpoints, the fixtures and the emulator against an OpenAPI document
  fuzz --seconds N    runs every fuzz target for N seconds (cargo-fuzz, a nightly toolchain)
  mutants [CRATE]...  runs mutation tests of types, plan and core (cargo-mutants)
  screenshots         takes screenshots of the page of `certs where` in a browser (chromium)
  sdks                runs the vendor's clients for Python and Node against `certs emulator` (pip, npm)
  shells              tests completions in zsh and fish, and the man pages in man";
