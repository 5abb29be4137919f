//! Starting other programs, always in the root of the workspace.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The error message of a task.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Runs a program with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = start(command, Command::status)?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", line(command))) }
}

/// Runs a program and returns what it writes on stdout.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    match output(command)? {
        (true, text) => Ok(text),
        (false, _) => Err(format!("{}: failed", line(command))),
    }
}

/// Runs a program and returns whether it succeeded, and what it wrote on stdout in either case.
pub(crate) fn output(command: &mut Command) -> Outcome<(bool, String)> {
    let output = start(command.stderr(Stdio::inherit()), Command::output)?;
    let text = String::from_utf8(output.stdout);
    let text = text.map_err(|error| format!("{}: {error}", line(command)))?;
    Ok((output.status.success(), text))
}

/// Runs a program without output, and returns whether it exists and succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    start(silent, Command::status).is_ok_and(|status| status.success())
}

/// The cargo that started this task, without the variables that `cargo run` sets.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // Some build scripts (ring's) depend on these variables: with them, their crates would be compiled again
    // whenever a task runs cargo.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> Outcome<PathBuf> {
    let text = read(&mut cargo(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let directory = metadata["target_directory"].as_str();
    directory.map(PathBuf::from).ok_or_else(|| "cargo metadata names no target directory".into())
}

/// The command as it would be typed.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let mut words = vec![program.to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

fn start<T>(
    command: &mut Command,
    how: impl FnOnce(&mut Command) -> std::io::Result<T>,
) -> Outcome<T> {
    how(command.current_dir(root()).stdin(Stdio::null()))
        .map_err(|error| format!("{}: {error}", line(command)))
}
