//! What `certs emulator` can be told, by flag and by environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use certs_core::{ProjectId, Timestamp};
use certs_emulator::Propagation;
use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Args};
use serde_json::Value;

use super::seconds;

/// What `certs emulator` accepts unless told otherwise. No key of the real API looks like it.
pub(crate) const EMULATOR_KEY: &str = "sk-admin-emulator";

const ENVIRONMENT: &str = "\
Each option above the settings is also an environment variable: CERTS_EMULATOR_ and its name, for
example CERTS_EMULATOR_ADMIN_RATE_LIMIT=7, CERTS_EMULATOR_LOOSE=true or CERTS_EMULATOR_PROJECT=a,b.
An empty one counts as unset, and a flag goes before it.

stdout tells where it listens: the API on the first line, the management on the next.
stderr has a line of JSON for each request.";

#[derive(Args)]
#[command(mut_args = or_from_environment, after_help = ENVIRONMENT)]
pub(crate) struct EmulatorArguments {
    #[command(flatten)]
    pub(crate) listeners: Listeners,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) organization: Organization,
    #[command(flatten)]
    pub(crate) behaviour: Behaviour,
}

#[derive(Args)]
#[command(next_help_heading = "Listeners")]
pub(crate) struct Listeners {
    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Listen here for the management: health, reset, snapshot, journal and faults, without a key
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) manage: Option<SocketAddr>,
    /// Listen even where other machines can reach it
    #[arg(long)]
    pub(crate) expose: bool,
    /// Serve https, with a certificate for localhost that is made now unless one is given
    #[arg(long)]
    pub(crate) tls: bool,
    /// Write the certificate that is made here, for clients to trust
    #[arg(long, value_name = "FILE", conflicts_with = "tls_cert")]
    pub(crate) tls_cert_out: Option<PathBuf>,
    /// The certificate to serve with, and those that link it to an authority, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Do not log requests
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArguments {
    /// How many connections are served at once; more of them wait
    #[arg(long, value_name = "N", default_value = "1024", value_parser = connections)]
    pub(crate) max_connections: usize,
    /// How long the head of a request may take, and a connection be idle
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) head_timeout: Duration,
    /// How long the body of a request may take
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) body_timeout: Duration,
    /// How long a client may take nothing of an answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) answer_timeout: Duration,
    /// How many bytes the body of a request may have
    #[arg(long, value_name = "BYTES", default_value = "65536")]
    pub(crate) body_limit: usize,
    /// How many requests the journal keeps
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) journal_limit: usize,
}

#[derive(Args)]
#[command(next_help_heading = "Organization")]
pub(crate) struct Organization {
    /// Keep the state in this file: no change is acknowledged before it lasts
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Start from this state, where --state has none yet: a snapshot of the management, or a state file
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// The admin key to accept
    #[arg(long, value_name = "KEY", default_value = EMULATOR_KEY)]
    pub(crate) admin_key: String,
    // The setting of this name is for a client. It is taken here only to be refused.
    #[arg(long, hide = true)]
    pub(crate) admin_key_file: Option<PathBuf>,
    /// A key of a project's workload, which may only GET /v1/models; may be repeated
    #[arg(long, value_name = "PROJECT=KEY", value_delimiter = ',', value_parser = project_key)]
    pub(crate) project_key: Vec<(ProjectId, String)>,
    /// A key that is right but may do nothing
    #[arg(long, value_name = "KEY")]
    pub(crate) key_without_scopes: Option<String>,
    /// A project of the organization; may be repeated
    #[arg(long, value_name = "PROJECT", value_delimiter = ',')]
    pub(crate) project: Vec<ProjectId>,
    /// A project that is archived; may be repeated
    #[arg(long, value_name = "PROJECT", value_delimiter = ',')]
    pub(crate) archived_project: Vec<ProjectId>,
    /// How many certificates there may be
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) certificate_limit: usize,
    /// What time it is at the start, in Unix seconds or as 2026-01-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) clock: Option<Timestamp>,
    /// Decides ids and chances: the same number and requests repeat them
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) random_seed: u64,
}

#[derive(Args)]
#[command(next_help_heading = "Behaviour")]
pub(crate) struct Behaviour {
    /// Ask for client certificates where certificates are active, as the real server does
    #[arg(long)]
    pub(crate) enforce_mtls: bool,
    /// Let only so many requests a minute through to each endpoint, 7 unless given
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "7")]
    pub(crate) admin_rate_limit: Option<u32>,
    /// Show toggles only after a time or some lists of their scope: 900s, or 3reads
    #[arg(long, value_name = "LAG", value_parser = propagation)]
    pub(crate) propagation: Option<Propagation>,
    /// Also take uploads as older documents show them
    #[arg(long)]
    pub(crate) loose: bool,
    /// Answer toggles as older documents show it: with a list
    #[arg(long)]
    pub(crate) legacy: bool,
    /// Make requests go wrong by the rules in this file: a JSON list, as the management takes it
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Replace a guess, for example certificate_in_use=409; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = guess)]
    pub(crate) guess: Vec<(String, Value)>,
}

/// Lets an argument be given by a variable of the same name.
fn or_from_environment(argument: Arg) -> Arg {
    let Some(flag) = argument.get_long().filter(|&flag| flag != "help") else { return argument };
    let name = format!("CERTS_EMULATOR_{}", flag.replace('-', "_").to_uppercase());
    // clap would take an empty variable for an empty value.
    if std::env::var_os(&name).is_none_or(|value| value.is_empty()) {
        return argument;
    }
    let argument = argument.env(name).hide_env(true);
    match argument.get_action() {
        ArgAction::SetTrue => argument.value_parser(BoolishValueParser::new()),
        _ => argument,
    }
}

fn connections(text: &str) -> Result<usize, &'static str> {
    let count = text.parse().ok().filter(|count| (1..=1_000_000).contains(count));
    count.ok_or("give a number from 1 to 1000000")
}

fn project_key(text: &str) -> Result<(ProjectId, String), String> {
    match text.split_once('=') {
        Some((project, key)) if !key.is_empty() => {
            let project = project.parse().map_err(|error| format!("the project {error}"))?;
            Ok((project, key.into()))
        }
        _ => Err("give a project, = and the key".into()),
    }
}

fn guess(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text.split_once('=').ok_or("give a name, = and a value")?;
    let value = serde_json::from_str(value).map_err(|_| "the value is a number, true or false")?;
    Ok((name.into(), value))
}

fn propagation(text: &str) -> Result<Propagation, &'static str> {
    const WHAT: &str = "give seconds like 900s, or reads like 3reads";
    let lag = text.strip_suffix("reads").map(|count| count.parse().ok().map(Propagation::Reads));
    let time = text.strip_suffix('s').and_then(|time| time.parse().ok());
    let time = time.map(|seconds| Propagation::After(Duration::from_secs(seconds)));
    lag.unwrap_or(time).ok_or(WHAT)
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    let seconds = text.parse().or_else(|_| {
        text.parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_second)
            .map_err(|_| "give Unix seconds, or a time like 2026-01-31T12:00:00Z")
    });
    seconds?.try_into().map_err(|_| "outside the years 1 to 9999")
}
