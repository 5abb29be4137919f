//! Runs the commands of README's screens and compares their output.
//!
//! With `CERTS_WRITE_SCREENS=1` it writes the screens instead.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::process::{KEY, Process};

/// The time of the emulator, for which the dates of the certificates are chosen.
const CLOCK: &str = "2026-11-26T08:00:00Z";

#[test]
fn the_screens_of_the_readme_are_what_the_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/emulator/readme.json");
    let emulator =
        Process::start(&["--quiet", "--admin-key", KEY, "--clock", CLOCK, "--seed", seed]);

    let mut parts = readme.split("```console\n");
    let mut made = parts.next().unwrap().to_owned();
    for part in parts {
        let (screen, rest) = part.split_once("```\n").unwrap();
        let command = screen.lines().next().unwrap();
        let line = command.strip_prefix("$ ").unwrap();
        made += &format!("```console\n{command}\n{}```\n{rest}", printed(line, &emulator.base));
    }
    if env::var_os("CERTS_WRITE_SCREENS").is_some() {
        fs::write(&file, made).unwrap();
    } else {
        assert_eq!(readme, made);
    }
}

/// The output of a command, or its message if it has no output.
fn printed(line: &str, base_url: &str) -> String {
    let certs = Path::new(env!("CARGO_BIN_EXE_certs")).parent().unwrap();
    let output = Command::new("/bin/sh")
        .args(["-c", line])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", certs.display()))
        .env("OPENAI_BASE_URL", base_url)
        .env("OPENAI_ADMIN_KEY", KEY)
        .output()
        .unwrap();
    let printed = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let printed = String::from_utf8(printed).unwrap();
    printed.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
