//! The help: commands in groups, and the common settings only in `--help`.

use std::fmt::Write as _;

use crate::commands::{GROUPS, Properties, is_local, is_unused};
use crate::exit;
use crate::format::Format;
use crate::output;
use crate::terminal::wrap;

/// How much the help of a command contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What `-h` shows: without the settings that all commands have, except the format.
    Short,
    /// What `--help` shows.
    Full,
}

const EXAMPLES: &str = "\
Examples:
  certs where
  certs upload root.pem --name 'Root 2027'
  certs activate 'Root 2027' --project proj_canary
  certs rotate begin 'Root 2025' --to root2027.pem

`certs COMMAND --help` shows everything about a command.";

const TERMS: &str = "\
Terms:
  scope      the organization, or one project
  active     in a scope: activated there; a project inherits what is active in the organization
  enforced   of a scope: a certificate is active or inherited there, even an expired one, so that
             requests there need a client certificate";

const NOTES: &str = "\
Results are printed to stdout, everything else to stderr. An empty environment variable counts as unset.";

/// No line of the help is longer, however wide the terminal is.
pub(crate) const MAX_COLUMNS: usize = 100;

/// The text behind the options in the help of `certs` itself.
pub(crate) fn after_help() -> String {
    format!("{EXAMPLES}\n\n{TERMS}\n\n{}\n\n{NOTES}", exit::HELP)
}

/// Describes the global settings of each command as that command uses them.
pub(crate) fn with_own_settings(mut command: clap::Command) -> clap::Command {
    // clap copies the global settings into the commands when it builds them.
    command.build();
    command.mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        with_settings_of(&name, subcommand)
    })
}

/// All commands as their help shows them.
pub(crate) fn screens(commands: clap::Command, detail: Detail) -> clap::Command {
    let columns = output::columns().ok().flatten().unwrap_or(MAX_COLUMNS).min(MAX_COLUMNS);
    let command = match detail {
        Detail::Short => shortened(commands).mut_args(without_formats).after_help(EXAMPLES),
        Detail::Full => commands,
    };
    grouped(command, columns)
}

/// Hides `--output`, because which formats there are depends on the command.
fn without_formats(argument: clap::Arg) -> clap::Arg {
    if argument.get_id() == "output" { argument.hide(true) } else { argument }
}

fn with_settings_of(name: &str, command: clap::Command) -> clap::Command {
    let formats = Properties::of(name).formats;
    let command = command.mut_args(|argument| match argument.get_id().as_str() {
        _ if is_unused(&argument, name) => argument.hide(true),
        "output" if argument.is_global_set() => match formats {
            [default, _, ..] => argument.help(format!(
                "How to print results: {} [default: {}]",
                Format::names(formats),
                default.name()
            )),
            _ => argument.hide(true),
        },
        _ => argument,
    });
    command.mut_subcommands(|step| with_settings_of(name, step))
}

/// Leaves out the settings that all commands have, except the format.
fn shortened(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| match argument.get_id().as_str() {
        "help" => argument.help("Print help; --help also shows the settings of every command"),
        "output" => argument,
        _ if argument.is_global_set() => argument.hide(true),
        _ => argument,
    });
    command.mut_subcommands(|subcommand| {
        if is_local(subcommand.get_name()) { subcommand } else { shortened(subcommand) }
    })
}

/// Shows the commands of `certs` in groups, which clap has for options only.
fn grouped(command: clap::Command, columns: usize) -> clap::Command {
    const INDENT: usize = 15;
    let mut groups = String::new();
    for (heading, members) in GROUPS {
        let _ = writeln!(groups, "\n{heading}:");
        for Properties { name, .. } in *members {
            let Some(command) = command.find_subcommand(name) else { continue };
            let mut about = command.get_about().map(ToString::to_string).unwrap_or_default();
            about.extend(command.get_visible_aliases().map(|alias| format!(" [alias: {alias}]")));
            let about = wrap(&about, Some(columns.saturating_sub(INDENT)));
            let about = about.replace('\n', &format!("\n{:INDENT$}", ""));
            let _ = writeln!(groups, "  {name:13}{about}");
        }
    }
    let template = "{about-with-newline}\n{usage-heading} {usage}\n";
    command
        .override_usage("certs [OPTIONS] <COMMAND>")
        .help_template(format!("{template}{groups}\n{{all-args}}{{after-help}}"))
        .mut_subcommands(|subcommand| subcommand.hide(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::all().debug_assert();
    }

    #[test]
    fn every_command_is_in_one_group() {
        let commands = Arguments::all();
        let shown = commands.get_subcommands().filter(|command| !command.is_hide_set());
        let mut shown: Vec<_> = shown.map(clap::Command::get_name).collect();
        let groups = GROUPS.iter().flat_map(|(_, members)| *members);
        let mut grouped: Vec<_> = groups.map(|command| command.name).collect();
        shown.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(shown, grouped);
    }
}
