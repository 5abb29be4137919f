//! What can be said on the command line.

pub(crate) mod emulator;

use std::path::PathBuf;
use std::time::Duration;

use certs_core::BaseUrl;
use certs_core::operations::Scope;
use certs_core::types::{CertificateId, ProjectId};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use self::emulator::EmulatorArguments;
use crate::failure::Failure;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the server refused
  2  wrong usage or input, or stopped by you: nothing was changed
  3  not authorized (401 or 403)
  4  could not reach or understand the server
  5  outcome unknown: the change may have been made

Results go to stdout, everything else to stderr. An empty environment variable counts as unset.";

/// Manage the CA certificates that an OpenAI organization trusts for mutual TLS
#[derive(Parser)]
#[command(name = "certs", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

impl Arguments {
    /// Reads the command line.
    pub(crate) fn read() -> Result<Self, Unread> {
        let mut command = Self::command();
        let read = command.try_get_matches_from_mut(std::env::args_os());
        let mut matches = read.or_else(|error| match error.kind() {
            // Only help is worth what it takes to build all commands.
            ErrorKind::DisplayHelp => Self::tidied().try_get_matches(),
            _ => Err(error),
        })?;
        if let Some((name, given)) = matches.subcommand()
            && let Some(subcommand) = command.find_subcommand(name).filter(|_| calls_nobody(name))
        {
            let is_given = |setting: &&Arg| {
                given.value_source(setting.get_id().as_str()) == Some(ValueSource::CommandLine)
            };
            let idle = subcommand.get_arguments().filter(|argument| is_for_calls(argument));
            if let Some(flag) = idle.filter(is_given).find_map(Arg::get_long) {
                let why = format!("`certs {name}` has no use for --{flag}, a setting for calls");
                return Err(Unread::Fault(Failure::usage(why)));
            }
        }
        Ok(Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?)
    }

    /// The commands, each with the settings that mean something to it.
    fn tidied() -> clap::Command {
        let mut command = Self::command();
        // Only a command that was built has the settings that hold for all.
        command.build();
        let tidy = |argument: Arg| match is_for_calls(&argument) {
            true => argument.hide(true),
            false => argument,
        };
        command.mut_subcommands(|subcommand| match calls_nobody(subcommand.get_name()) {
            true => subcommand.mut_args(tidy),
            false => subcommand,
        })
    }
}

/// Whether a command makes no calls, or only to itself.
fn calls_nobody(command: &str) -> bool {
    matches!(command, "emulator" | "demo")
}

/// Whether an argument is one of the settings, other than that to say more. What a command has under the
/// same name is its own.
fn is_for_calls(argument: &Arg) -> bool {
    argument.is_global_set() && argument.get_id() != "verbose"
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the certificates of the organization or of a project, with their state there
    List {
        #[command(flatten)]
        scope: ScopeArgument,
    },
    /// Show one certificate
    Get {
        /// The certificate's id
        id: CertificateId,
        /// Ask for the certificate itself, in PEM
        #[arg(long)]
        content: bool,
    },
    /// Upload a CA certificate; it is not active until it is activated
    Upload {
        /// A file with exactly one certificate in PEM; `-` reads stdin
        file: PathBuf,
        /// What people shall call it
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Give a certificate another name
    Rename {
        /// The certificate's id
        id: CertificateId,
        /// The new name
        name: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Activate one to ten certificates: all of them or none
    Activate(ToggleArguments),
    /// Deactivate one to ten certificates: all of them or none
    Deactivate(ToggleArguments),
    /// Delete a certificate that is active nowhere; cannot be undone
    Delete {
        /// The certificate's id
        id: CertificateId,
        #[command(flatten)]
        consent: Consent,
    },
    /// List the projects of the organization
    Projects {
        /// List archived projects as well
        #[arg(long)]
        include_archived: bool,
    },
    /// Serve an emulated organization on this machine, until SIGINT or SIGTERM
    Emulator(Box<EmulatorArguments>),
    /// See it work: deactivate certificates of an emulated organization, over real HTTP
    Demo,
}

#[derive(Args)]
pub(crate) struct ToggleArguments {
    /// The certificates' ids, one to ten
    // Not required by clap, so that the count is judged in one place and told in one sentence.
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<CertificateId>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgument,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Args)]
pub(crate) struct ScopeArgument {
    /// In this project, instead of the organization
    #[arg(long)]
    project: Option<ProjectId>,
}

impl From<ScopeArgument> for Scope {
    fn from(argument: ScopeArgument) -> Self {
        argument.project.map_or(Self::Organization, Self::Project)
    }
}

#[derive(Args)]
pub(crate) struct Consent {
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub(crate) yes: bool,
}

const BASE_URL: &str =
    "Where the API is, ending in /v1 [default: https://api.openai.com/v1] [env: OPENAI_BASE_URL]";

/// What holds for every call.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// How to print results: for people, or the API's own objects for programs
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Log requests to stderr, without secrets
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Read the admin key from this file; `-` reads stdin; OPENAI_ADMIN_KEY holds the key itself
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) admin_key_file: Option<PathBuf>,
    /// The admin key; others on this machine can see it, so prefer the other ways
    #[arg(long, global = true, value_name = "KEY", conflicts_with = "admin_key_file")]
    pub(crate) admin_key: Option<String>,
    // No doc comment: rustdoc and a terminal want a URL written differently.
    #[arg(long, global = true, value_name = "URL", help = BASE_URL)]
    pub(crate) base_url: Option<BaseUrl>,
    /// How long one call may take, with all its retries
    #[arg(long, global = true, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// How often a call is repeated where that is safe
    #[arg(long, global = true, value_name = "N", default_value_t = 2)]
    pub(crate) max_retries: u32,
    /// Requests a minute to each endpoint, 0 for no limit [default: 7, or 0 for http://]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) pace: Option<u32>,
    /// Trust the authorities in this PEM file as well
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The client certificate for mutual TLS, in PEM [env: OPENAI_MTLS_CLIENT_CERT_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Its private key, in PEM [env: OPENAI_MTLS_CLIENT_KEY_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) client_key: Option<PathBuf>,
}

/// How results are printed: for people, or the API's own objects for programs.
// The variants have no docs, for with them clap gives every setting three lines of its help.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// Why there are no arguments.
pub(crate) enum Unread {
    /// Told in one line.
    Fault(Failure),
    /// Told by clap: what it tells better, and what was asked for, such as help.
    Clap(clap::Error),
}

impl From<clap::Error> for Unread {
    fn from(error: clap::Error) -> Self {
        fault(&error).map_or(Self::Clap(error), Self::Fault)
    }
}

/// A value that was refused, in one line.
///
/// The value itself is left out: it may be a secret that was pasted into the wrong place.
fn fault(error: &clap::Error) -> Option<Failure> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let why = std::error::Error::source(error)?;
    let argument = argument.trim_end_matches("...");
    // An argument without a flag is only a name in brackets.
    let bare = argument.strip_prefix(['[', '<']).and_then(|name| name.strip_suffix([']', '>']));
    let argument = bare.unwrap_or(argument);
    Some(Failure::usage(format!("{argument}: {why}")))
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    const WHAT: &str = "give seconds, more than 0 and at most 86400";
    let seconds: f64 = text.parse().map_err(|_| WHAT)?;
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(WHAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::tidied().debug_assert();
    }
}
