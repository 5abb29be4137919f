//! Runs the commands of the rehearsal and compares their output.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::Folder;

const DOCUMENT: &str = include_str!("../../../certs-emulator/REHEARSAL.md");

#[test]
fn the_rehearsal_prints_what_it_shows() {
    let folder = Folder::new("rehearsal");
    let steps = steps();
    let mut script = String::from("set -eu\n");
    for (commands, _) in &steps {
        script += &format!("{commands}\nprintf '{MARK}'\n");
    }
    let certs = Path::new(env!("CARGO_BIN_EXE_certs")).parent().unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [certs.to_owned()].into_iter().chain(env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", env::join_paths(path).unwrap())
        // A user's proxy settings must not matter: nothing listens at this address.
        .envs(["HTTPS_PROXY", "https_proxy", "http_proxy"].map(|name| (name, "http://127.0.0.1:1")))
        .envs(["NO_PROXY", "no_proxy"].map(|name| (name, "internal.example")))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut printed = printed.split(MARK);
    for (commands, expected) in steps {
        assert_eq!(printed.next(), Some(expected.as_str()), "printed by\n{commands}");
    }
    assert!(output.status.success(), "{}", output.status);
}

/// The output after each step.
const MARK: &str = "=== done ===";

/// The commands of each step and their output.
fn steps() -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for block in DOCUMENT.split("\n```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').unwrap();
        match kind {
            "sh" => steps.push((text.to_owned(), String::new())),
            "text" => steps.last_mut().unwrap().1 = format!("{text}\n"),
            _ => panic!("a block of {kind}"),
        }
    }
    assert!(steps.len() > 10, "{} steps", steps.len());
    steps
}
