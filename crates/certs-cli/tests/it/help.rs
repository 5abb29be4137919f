//! Compares the help of every command with the reviewed files in `help`.
//!
//! With `CERTS_WRITE_SCREENS=1` it writes the files instead.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::{Run, certs};

/// The help that a command prints at this width.
fn help(command: &str, flag: &str, columns: &str) -> String {
    let arguments = command.split_whitespace().chain([flag]);
    let run = Run::of(certs().args(arguments).env("COLUMNS", columns));
    assert_eq!((run.exit, run.err.as_str()), (0, ""), "{run:?}");
    run.out
}

/// The subcommands that the help of a command lists, as they are typed after `certs`.
fn commands_below(command: &str) -> Vec<String> {
    let help = help(command, "-h", "100");
    let listed = help.split_once("\nOptions:\n").unwrap().0;
    let listed = listed.split_once("\nUsage: ").unwrap().1;
    let entries = listed.lines().filter_map(|line| line.strip_prefix("  "));
    let names = entries.filter_map(|entry| entry.split(' ').next());
    let names = names.filter(|name| !["", "help"].contains(name));
    names.map(|name| format!("{command} {name}").trim().to_owned()).collect()
}

/// All commands; `certs` itself is an empty text.
fn commands() -> Vec<String> {
    let mut commands = vec![String::new(), "man".into()];
    for command in commands_below("") {
        if ["rotate", "config"].contains(&command.as_str()) {
            commands.extend(commands_below(&command));
        }
        commands.push(command);
    }
    commands
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help")
}

fn file_of(command: &str) -> String {
    format!("certs {command}").trim().replace(' ', "-") + ".txt"
}

#[test]
fn the_help_of_every_command_is_the_reviewed_one() {
    let mut expected = Vec::new();
    for command in commands() {
        let file = file_of(&command);
        let screen = |flag| {
            let line = format!("$ certs {command} {flag}").replace("  ", " ");
            format!("{line}\n{}", help(&command, flag, "100"))
        };
        let screens = format!("{}\n{}", screen("-h"), screen("--help"));
        let path = directory().join(&file);
        if env::var_os("CERTS_WRITE_SCREENS").is_some() {
            fs::write(path, screens).unwrap();
        } else {
            let kept = fs::read_to_string(path).unwrap_or_default();
            assert_eq!(kept, screens, "tests/it/help/{file}, written by CERTS_WRITE_SCREENS=1");
        }
        expected.push(file);
    }
    let files = fs::read_dir(directory()).unwrap();
    let mut kept: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected, "a file for each command, and no other");
}

#[test]
fn help_fits_sixty_columns() {
    for command in commands() {
        for flag in ["-h", "--help"] {
            let help = help(&command, flag, "60");
            let long = |line: &&str| line.chars().count() > 60 && line.trim().contains(' ');
            assert_eq!(help.lines().find(long), None, "certs {command} {flag}");
        }
    }
}

#[test]
fn the_help_command_prints_what_the_flag_prints() {
    for command in ["list", "rotate begin"] {
        let arguments = ["help"].into_iter().chain(command.split(' '));
        let run = Run::of(certs().args(arguments).env("COLUMNS", "100"));
        assert_eq!(run.out, help(command, "--help", "100"));
    }
}
