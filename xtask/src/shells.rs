//! `cargo xtask shells`: tests completions in zsh and fish, and the man pages in man.
//!
//! The tests of the command cover bash.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{self, Outcome, cargo};
use crate::steps::{self, Done};

/// Builds the command, and loads its completions and man pages in each program.
pub(crate) fn run() -> Outcome {
    shell::run(&mut cargo(["build", "--package=certs-cli", "--bin=certs"]))?;
    steps::run("shells", &[("zsh", zsh), ("fish", fish), ("man", man)])
}

fn zsh() -> Outcome<Done> {
    // A completion function reads the words from variables of zsh, and passes its results to `_describe`.
    const SCRIPT: &str = "
        autoload -U compinit; compinit -D -u; source <(certs completions zsh)
        [[ ${_comps[certs]} == _clap_dynamic_completer_certs ]] || exit 1
        _describe() { print -r -- ${(P)4:-${(P)3}} }
        words=(certs deac); CURRENT=2; _clap_dynamic_completer_certs";
    completes("zsh", &["-f", "-c", SCRIPT])
}

fn fish() -> Outcome<Done> {
    const SCRIPT: &str = "certs completions fish | source; complete -C 'certs deac'";
    completes("fish", &["--no-config", "-c", SCRIPT])
}

/// Checks that a script completes `certs deac`.
fn completes(program: &str, arguments: &[&str]) -> Outcome<Done> {
    if !shell::succeeds(Command::new(program).arg("--version")) {
        return Ok(Done::Skipped(format!("{program} is not installed")));
    }
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path()?);
    let printed = shell::read(&mut command)?;
    if printed.contains("deactivate") {
        Ok(Done::Passed)
    } else {
        Err(format!("{program} completes `certs deac` with: {printed}"))
    }
}

fn man() -> Outcome<Done> {
    if !shell::succeeds(Command::new("man").arg("--version")) {
        return Ok(Done::Skipped("man is not installed".into()));
    }
    let pages = shell::target_directory()?.join("man");
    shell::run(Command::new("certs").env("PATH", path()?).args(["man", "--out"]).arg(&pages))?;
    let entries = fs::read_dir(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    for page in entries.flatten() {
        let warnings = warnings(&page.path())?;
        if !warnings.is_empty() {
            return Err(format!("{}: {warnings}", page.path().display()));
        }
    }
    Ok(Done::Passed)
}

fn warnings(page: &Path) -> Outcome<String> {
    let output = Command::new("man").args(["--warnings", "--local-file"]).arg(page).output();
    let output = output.map_err(|error| format!("man: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The search path, with the built command first.
fn path() -> Outcome<std::ffi::OsString> {
    let built = shell::target_directory()?.join("debug");
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths([built].into_iter().chain(env::split_paths(&others)))
        .map_err(|error| format!("PATH: {error}"))
}
