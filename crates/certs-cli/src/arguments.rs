//! The command line: the command, and the settings that all commands share.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{Command, is_unused};
use crate::error::Error;
use crate::help::{self, Detail};
use crate::settings::SettingsArgs;

/// Manage the CA certificates that an OpenAI organization trusts for mutual TLS
#[derive(Parser)]
#[command(name = "certs", version, after_help = help::after_help(), max_term_width = help::MAX_COLUMNS, args_override_self = true)]
pub(crate) struct Arguments {
    /// The name of the command.
    #[arg(skip)]
    pub(crate) name: String,
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

impl Arguments {
    /// Reads the command line.
    pub(crate) fn read() -> Result<Self, ReadError> {
        let outline = Self::outline();
        let mut command = match command_name(&outline, std::env::args_os()) {
            Some(name) => with_only(outline, &name).unwrap_or_else(Self::command),
            None => outline,
        };
        let read = command.try_get_matches_from_mut(std::env::args_os());
        let mut matches = read.or_else(|error| match error.kind() {
            // Building all commands takes time, which only help needs.
            ErrorKind::DisplayHelp => help::screens(Self::all(), detail()).try_get_matches(),
            _ => Err(error),
        })?;
        if let Some((name, given)) = matches.subcommand()
            && let Some(subcommand) = command.find_subcommand(name)
        {
            let is_given = |setting: &&Arg| {
                given.value_source(setting.get_id().as_str()) == Some(ValueSource::CommandLine)
            };
            let unused = subcommand.get_arguments().filter(|argument| is_unused(argument, name));
            if let Some(flag) = unused.filter(is_given).find_map(Arg::get_long) {
                let message = format!("--{flag} does not apply to `certs {name}`");
                return Err(ReadError::Invalid(Error::usage(message)));
            }
        }
        let name = matches.subcommand_name().unwrap_or_default().to_owned();
        let arguments = Self::from_arg_matches_mut(&mut matches);
        Ok(Self { name, ..arguments.map_err(|error| error.format(&mut command))? })
    }

    /// All commands, each with the settings that it uses.
    pub(crate) fn all() -> clap::Command {
        help::with_own_settings(Self::command())
    }

    /// The settings without any command. clap copies them into each command, which takes most of the time of a start.
    fn outline() -> clap::Command {
        SettingsArgs::augment_args(clap::Command::new("certs"))
            .version(env!("CARGO_PKG_VERSION"))
            .override_usage("certs [OPTIONS] <COMMAND>")
            .max_term_width(help::MAX_COLUMNS)
            .args_override_self(true)
            .subcommand_required(true)
    }
}

/// The outline with one command; `None` if there is none of this name.
fn with_only(outline: clap::Command, name: &str) -> Option<clap::Command> {
    let all = Command::augment_subcommands(clap::Command::new("certs"));
    Some(outline.subcommand(all.find_subcommand(name)?.clone()))
}

/// Which help was requested: clap does not distinguish `-h` and `--help`.
fn detail() -> Detail {
    let is_full = |argument: OsString| argument == "--help" || argument == "help";
    if std::env::args_os().skip(1).any(is_full) { Detail::Full } else { Detail::Short }
}

/// Why there are no arguments.
pub(crate) enum ReadError {
    /// Wrong usage.
    Invalid(Error),
    /// Help or the version was requested.
    Help(clap::Error),
}

impl From<clap::Error> for ReadError {
    fn from(error: clap::Error) -> Self {
        if error.use_stderr() { Self::Invalid(usage_error(&error)) } else { Self::Help(error) }
    }
}

/// clap's error in one sentence, with the help command as a hint.
///
/// An invalid value is left out: it may be a secret that was pasted into the wrong place.
fn usage_error(error: &clap::Error) -> Error {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    ) {
        let text = error.render().to_string();
        let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
        let command = usage.and_then(|usage| usage.split(['[', '<']).next()).unwrap_or("certs");
        return Error::usage("no command was given")
            .with_hint(format!("{} --help", command.trim()));
    }
    if error.kind() == ErrorKind::ValueValidation
        && let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && let Some(why) = std::error::Error::source(error)
    {
        let argument = argument.trim_end_matches("...");
        // clap shows a positional argument as a name in brackets.
        let bare = argument.strip_prefix(['[', '<']).and_then(|name| name.strip_suffix([']', '>']));
        let why = if why.is::<std::num::ParseIntError>() {
            "give a whole number".to_owned()
        } else {
            why.to_string()
        };
        return Error::usage(format!("{}: {why}", bare.unwrap_or(argument)));
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let mut hints = Vec::new();
    let mut missing = Vec::new();
    for line in lines {
        if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if !line.starts_with("For more information") {
            missing.push(line.to_owned());
        }
    }
    let error = Error::usage(format!("{message} {}", missing.join(" ")).trim_end().to_owned());
    if hints.is_empty() {
        error.with_hint("certs --help")
    } else {
        error.with_hint(hints.join("\n"))
    }
}

/// Whether errors are printed as JSON, decided before the arguments are parsed: the last `--output` counts.
pub(crate) fn requests_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let mut is_json = false;
    let mut arguments = arguments.into_iter().take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy().into_owned();
        let value = match argument.as_str() {
            "--output" | "-o" => arguments.next().map(|value| value.to_string_lossy().into_owned()),
            text => text
                .strip_prefix("--output=")
                .or_else(|| text.strip_prefix("-o").map(|value| value.trim_start_matches('=')))
                .map(str::to_owned),
        };
        if let Some(value) = value {
            is_json = matches!(value.as_str(), "json" | "jsonl");
        }
    }
    is_json
}

/// Whether the command is `check`, whose output and exit codes are those of a monitoring plugin even on wrong usage.
pub(crate) fn names_check(arguments: impl IntoIterator<Item = OsString>) -> bool {
    command_name(&Arguments::outline(), arguments).is_some_and(|name| name == "check")
}

/// The first argument that is neither a flag nor the value of one.
fn command_name(
    outline: &clap::Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Option<String> {
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy().into_owned();
        if !argument.starts_with('-') {
            return Some(argument);
        }
        if takes_the_next(outline, &argument) {
            arguments.next();
        }
    }
    None
}

/// Whether the next argument is the value of this flag.
fn takes_the_next(outline: &clap::Command, flag: &str) -> bool {
    outline.get_arguments().filter(|known| known.get_action().takes_values()).any(|known| {
        known.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long))
            || known.get_short().is_some_and(|short| flag == format!("-{short}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the first command of a line, as a shell splits it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quote, mut in_word) = (vec![String::new()], None, false);
        for c in line.chars() {
            match (c, quote) {
                ('\'' | '"', None) => (quote, in_word) = (Some(c), true),
                (c, Some(open)) if c == open => quote = None,
                ('|' | ';' | '>' | '#', None) => break,
                (' ', None) if in_word => (words.push(String::new()), in_word = false).1,
                (' ', None) => {}
                (c, _) => {
                    in_word = true;
                    words.last_mut().unwrap().push(c);
                }
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    /// Every command line that a document shows: in backticks, or on a line of its own.
    fn commands_in(text: &str) -> Vec<&str> {
        let lines = text.lines().map(|line| line.trim_start_matches([' ', '$']));
        let code = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        let commands = lines.chain(code).filter(|line| line.starts_with("certs "));
        let is_whole = |line: &&str| {
            !["COMMAND", "…", "certs 0", "certs -"].iter().any(|part| line.contains(part))
        };
        commands.filter(is_whole).collect()
    }

    #[test]
    fn every_command_line_in_the_documents_can_be_parsed() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let help = std::fs::read_dir(root.join("tests/it/help")).unwrap();
        let documents = ["FROM_OTHER_TOOLS.md", "README.md", "../../README.md"];
        let documents = documents.map(|document| root.join(document)).into_iter();
        let mut count = 0;
        for document in documents.chain(help.map(|file| file.unwrap().path())) {
            let text = std::fs::read_to_string(&document).unwrap();
            for line in commands_in(&text) {
                let parsed = Arguments::command().try_get_matches_from(words(line));
                let error = parsed.err().filter(clap::Error::use_stderr);
                assert!(error.is_none(), "{}: {line}: {error:?}", document.display());
                count += 1;
            }
        }
        assert!(count > 100, "{count} command lines");
    }

    #[test]
    fn the_command_is_recognized_also_on_wrong_usage() {
        let is_check = |line: &str| names_check(line.split(' ').map(OsString::from));
        for line in
            ["certs check", "certs check --bogus", "certs -o json check --warn", "certs --x check"]
        {
            assert!(is_check(line), "{line}");
        }
        for line in ["certs", "certs list check", "certs --profile check list", "certs chek"] {
            assert!(!is_check(line), "{line}");
        }
    }

    #[test]
    fn json_is_requested_in_every_form_that_clap_parses() {
        let json = |line: &str| requests_json(line.split(' ').map(OsString::from));
        for line in [
            "--output json x",
            "--output=json",
            "-o json",
            "-ojson",
            "-o=json -x",
            "-o table -o jsonl",
        ] {
            assert!(json(line), "{line}");
        }
        for line in ["", "json", "-o table", "-- -o json", "-o json --output=table"] {
            assert!(!json(line), "{line}");
        }
    }
}
