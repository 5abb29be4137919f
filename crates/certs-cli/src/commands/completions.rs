//! `certs completions`

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Arg, Args, FromArgMatches, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::commands::Describe;
use crate::completion_cache::{CompletionCache, Entry, Kind};
use crate::error::Error;
use crate::settings::{Settings, SettingsArgs};

/// Print a script that lets a shell complete commands, flags, ids and names
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

const HELP: &str = "\
Put one of these lines into the file that your shell reads when it starts:
  source <(certs completions bash)         # ~/.bashrc
  source <(certs completions zsh)          # ~/.zshrc, after compinit
  certs completions fish | source          # ~/.config/fish/config.fish
  certs completions powershell | Out-String | Invoke-Expression    # $PROFILE

Ids and names are those of the last `certs list` and `certs projects`, kept in the user's cache directory for each \
profile: completing sends nothing. With `completion_cache = false` in a profile none are kept.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

/// A shell sets this variable to request completions of the words after `--`.
const VARIABLE: &str = "CERTS_COMPLETE";

/// A comment in every shell, which says where the script comes from.
const NOTE: &str = "# Made by `certs completions`. Certificates and projects are those of the last `certs list`.\n";

pub(crate) fn run(args: CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    let completer = args.shell.completer();
    let written = completer.write_registration(VARIABLE, "certs", "certs", "certs", &mut script);
    // A first line of zsh's script must stay the first.
    script.extend_from_slice(NOTE.as_bytes());
    written
        .and_then(|()| io::stdout().write_all(&script))
        .map_err(|error| Error::invalid("stdout", &error))
}

/// Prints completions, if a shell requests them.
///
/// Nothing is sent, and no admin key is read.
pub(crate) fn complete(describe: Describe) -> Option<ExitCode> {
    let name = env::var(VARIABLE).ok().filter(|name| !name.is_empty())?;
    // A shell cannot show an error message in place of completions.
    let Ok(shell) = Shell::from_str(&name, true) else { return Some(ExitCode::FAILURE) };
    let words: Vec<_> = env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let printed = print(shell, words, describe);
    Some(if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(shell: Shell, words: Vec<OsString>, describe: Describe) -> io::Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let line = Line { shell, words: words.clone(), describe };
    let mut command = with_values(describe(), &line);
    let directory = env::current_dir().ok();
    let mut completions = Vec::new();
    shell.completer().write_complete(
        &mut command,
        words,
        directory.as_deref(),
        &mut completions,
    )?;
    io::stdout().write_all(&completions)
}

/// Completes each argument that takes a certificate or a project, in every command.
fn with_values(command: clap::Command, line: &Line) -> clap::Command {
    command
        .mut_args(|argument| {
            let Some(kind) = kind_of(&argument) else { return argument };
            let line = line.clone();
            let complete = move |current: &OsStr| candidates(kind, &line, current);
            argument.add(ArgValueCompleter::new(complete))
        })
        .mut_subcommands(|subcommand| with_values(subcommand, line))
}

/// The command line that is completed.
#[derive(Clone)]
struct Line {
    shell: Shell,
    words: Vec<OsString>,
    describe: Describe,
}

/// The kind of value that an argument takes, by its value name in help.
fn kind_of(argument: &Arg) -> Option<Kind> {
    match argument.get_value_names()?.first()?.as_str() {
        "CERT" | "OLD" | "NEW" | "FILE|CERT" => Some(Kind::Certificates),
        "PROJECT" => Some(Kind::Projects),
        _ => None,
    }
}

/// The values that begin with the typed text, each with its name or id as a description.
fn candidates(kind: Kind, line: &Line, current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = unquoted(&current.to_string_lossy());
    let entries = line.cache().map(|cache| cache.read(kind)).unwrap_or_default();
    let mut candidates = Vec::new();
    for Entry { id, name } in &entries {
        let is_completed = id.starts_with(&typed) && id.chars().all(is_plain);
        if is_completed {
            let help = name.clone().filter(|name| is_printable(name));
            candidates.push(CompletionCandidate::new(id).help(help.map(Into::into)));
        }
    }
    if kind == Kind::Certificates {
        let with_name = |wanted: &str| {
            entries.iter().filter(|entry| entry.name.as_deref() == Some(wanted)).count()
        };
        for Entry { id, name } in &entries {
            let Some(name) = name else { continue };
            let is_completed = name.starts_with(&typed) && !name.is_empty() && is_printable(name);
            // An ambiguous name would be refused.
            if is_completed && with_name(name) == 1 {
                let value = line.shell.quoted(name);
                candidates.push(CompletionCandidate::new(value).help(Some(id.clone().into())));
            }
        }
    }
    candidates
}

impl Line {
    /// The cache for the settings in the words so far and in the environment.
    fn cache(&self) -> Option<CompletionCache> {
        let command = (self.describe)().ignore_errors(true);
        let matches = command.try_get_matches_from(&self.words).ok()?;
        let settings = match matches.subcommand() {
            Some((_, matches)) => SettingsArgs::from_arg_matches(matches),
            None => SettingsArgs::from_arg_matches(&matches),
        };
        CompletionCache::of(&Settings::new(settings.ok()?).ok()?)
    }
}

/// The typed text, without the quotes and backslashes of a shell.
fn unquoted(typed: &str) -> String {
    let mut text = String::new();
    let mut characters = typed.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {}
            '\\' => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}

/// Whether the character has no special meaning in any shell.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// Whether a text fits on one line, as a list of completions requires.
fn is_printable(text: &str) -> bool {
    crate::terminal::sanitize(text) == text
}

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
            Self::Powershell => &Powershell,
        }
    }

    /// A value quoted as one word of the command line, because a name must never be run as a command.
    fn quoted(self, value: &str) -> String {
        match self {
            // These shells quote the value themselves.
            Self::Zsh | Self::Fish => value.to_owned(),
            Self::Bash => value.chars().fold(String::new(), |mut quoted, character| {
                if !is_plain(character) && character.is_ascii() {
                    quoted.push('\\');
                }
                quoted.push(character);
                quoted
            }),
            Self::Powershell if value.chars().all(is_plain) => value.to_owned(),
            // PowerShell treats four Unicode quotation marks as an apostrophe.
            Self::Powershell => {
                let is_quote = |c: char| matches!(c, '\'' | '‘' | '’' | '‚' | '‛');
                let doubled = value.chars().flat_map(|character| {
                    std::iter::repeat_n(character, if is_quote(character) { 2 } else { 1 })
                });
                format!("'{}'", doubled.collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_as_one_word_in_each_shell() {
        assert_eq!(Shell::Bash.quoted("Root 2027"), "Root\\ 2027");
        assert_eq!(Shell::Bash.quoted("$(id)`*;"), "\\$\\(id\\)\\`\\*\\;");
        assert_eq!(Shell::Bash.quoted("根 é"), "根\\ é");
        assert_eq!(Shell::Powershell.quoted("Root"), "Root");
        assert_eq!(Shell::Powershell.quoted("$(id) ' ’"), "'$(id) '' ’’'");
        assert_eq!(Shell::Fish.quoted("Root 2027"), "Root 2027");
    }

    #[test]
    fn typed_text_is_compared_without_its_quotes() {
        for typed in ["Root\\ 20", "'Root 20", "\"Root 20", "Root' '20"] {
            assert_eq!(unquoted(typed), "Root 20", "{typed}");
        }
    }
}
