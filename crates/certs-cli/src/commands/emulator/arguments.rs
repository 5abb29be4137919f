//! The arguments of `certs emulator`, from flags and the environment.

use std::any::TypeId;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use certs_core::types::{ProjectId, Timestamp};
use certs_emulator::Propagation;
use clap::builder::{BoolishValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, Command};
use serde_json::Value;

use crate::duration::seconds;

/// The default admin key of `certs emulator`. No key of the real API has this form.
pub(crate) const EMULATOR_KEY: &str = "sk-admin-emulator";

const HELP: &str = "\
Each option is also an environment variable: CERTS_EMULATOR_ and its name, for example \
CERTS_EMULATOR_ADMIN_RATE_LIMIT=7, CERTS_EMULATOR_LOOSE=true or CERTS_EMULATOR_PROJECT=a,b. An empty variable counts \
as unset, and a flag overrides it.

The first line on stdout is the URL of the API, the next one that of the management API. Each request is logged to \
stderr as a line of JSON.

Example:
  certs emulator --listen 127.0.0.1:8080 --admin-key KEY --project proj_a --project proj_b";

#[derive(Args)]
#[command(mut_args = or_from_environment, after_help = HELP)]
pub(crate) struct EmulatorArguments {
    #[command(flatten)]
    pub(crate) listeners: Listeners,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) organization: Organization,
    #[command(flatten)]
    pub(crate) behavior: Behavior,
}

#[derive(Args)]
#[command(next_help_heading = "Listeners")]
pub(crate) struct Listeners {
    /// The address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Serve the management API here: health, reset, snapshot, projects, journal and faults, without a key
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) manage: Option<SocketAddr>,
    /// A host name under which the management API is reached, besides addresses and localhost; may be repeated
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub(crate) manage_host: Vec<String>,
    /// Allow addresses that other machines can reach
    #[arg(long)]
    pub(crate) expose: bool,
    /// Serve https, with a generated certificate for localhost unless one is given
    #[arg(long)]
    pub(crate) tls: bool,
    /// Write the generated certificate to this file, for clients to trust
    #[arg(long, value_name = "FILE", conflicts_with = "tls_cert")]
    pub(crate) tls_cert_out: Option<PathBuf>,
    /// The server certificate, followed by its intermediates, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the server certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Do not log requests
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArguments {
    /// The number of connections served at once; further ones wait
    #[arg(long, value_name = "N", default_value = "1024", value_parser = connections)]
    pub(crate) max_connections: usize,
    /// The time limit for receiving the head of a request, and for an idle connection
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) head_timeout: Duration,
    /// The time limit for receiving the body of a request
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) body_timeout: Duration,
    /// The time limit for a client that reads nothing of a response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) write_timeout: Duration,
    /// The maximum size of a request body
    #[arg(long, value_name = "BYTES", default_value = "65536")]
    pub(crate) body_limit: usize,
    /// The number of requests kept in the journal
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) journal_limit: usize,
}

#[derive(Args)]
#[command(next_help_heading = "Organization")]
pub(crate) struct Organization {
    /// Keep the state in this file: each change is stored before it is acknowledged
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Start from this state unless --state has one: a snapshot of the management API, or a state file
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// The admin key to accept
    #[arg(long, value_name = "KEY", default_value = EMULATOR_KEY)]
    pub(crate) admin_key: String,
    // This setting is for clients. It is an argument here only to be refused with an explanation.
    #[arg(long, hide = true)]
    pub(crate) admin_key_file: Option<PathBuf>,
    /// The key of a project's workload, which allows only GET /v1/models; may be repeated
    #[arg(long, value_name = "PROJECT=KEY", value_delimiter = ',', value_parser = project_key)]
    pub(crate) project_key: Vec<(ProjectId, String)>,
    /// A valid key without any scopes
    #[arg(long, value_name = "KEY")]
    pub(crate) key_without_scopes: Option<String>,
    /// A project of the organization; may be repeated
    #[arg(long, value_name = "PROJECT", value_delimiter = ',')]
    pub(crate) project: Vec<ProjectId>,
    /// An archived project; may be repeated
    #[arg(long, value_name = "PROJECT", value_delimiter = ',')]
    pub(crate) archived_project: Vec<ProjectId>,
    /// The maximum number of certificates
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) certificate_limit: usize,
    /// The time at the start, in Unix seconds or as 2026-01-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) clock: Option<Timestamp>,
    /// The seed of ids and probabilities: the same seed and requests reproduce them
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) random_seed: u64,
}

#[derive(Args)]
#[command(next_help_heading = "Behavior")]
pub(crate) struct Behavior {
    /// Require client certificates while certificates are active, as documented
    #[arg(long)]
    pub(crate) enforce_mtls: bool,
    /// Limit each endpoint to this many requests a minute, 7 without a value
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "7")]
    pub(crate) admin_rate_limit: Option<u32>,
    /// Delay when toggles become visible, by time or by lists of their scope: 900s, or 3reads
    #[arg(long, value_name = "DELAY", value_parser = propagation)]
    pub(crate) propagation: Option<Propagation>,
    /// Delay when uploads appear in lists, by time or by lists: 900s, or 3reads
    #[arg(long, value_name = "DELAY", value_parser = propagation)]
    pub(crate) upload_propagation: Option<Propagation>,
    /// Also accept uploads as older documents show them
    #[arg(long)]
    pub(crate) loose: bool,
    /// Respond to toggles as older documents show it: with a list
    #[arg(long)]
    pub(crate) legacy: bool,
    /// Make requests fail by the rules in this file: a JSON list, as in the management API
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Replace an assumption, for example certificate_in_use=409; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = assumption)]
    pub(crate) assume: Vec<(String, Value)>,
}

/// Lets an argument be set by an environment variable of the same name.
fn or_from_environment(argument: Arg) -> Arg {
    let Some(flag) = argument.get_long().filter(|&flag| flag != "help") else { return argument };
    let name = format!("CERTS_EMULATOR_{}", flag.replace('-', "_").to_uppercase());
    // To clap, an empty variable is an empty value.
    let Some(value) = std::env::var_os(&name).filter(|value| !value.is_empty()) else {
        return argument;
    };
    let is_path = argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let argument = argument.env(&name).hide_env(true);
    match argument.get_action() {
        _ if value.to_str().is_none() && !is_path => argument.value_parser(NotUtf8(name)),
        ArgAction::SetTrue => argument.value_parser(BoolishValueParser::new()),
        _ => argument,
    }
}

/// Refuses every value, because that of this environment variable is not UTF-8.
#[derive(Clone)]
struct NotUtf8(String);

impl TypedValueParser for NotUtf8 {
    type Value = String;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, _: &OsStr) -> Result<String, clap::Error> {
        let message = format!("{} is set, but not valid UTF-8\n", self.0);
        Err(clap::Error::raw(ErrorKind::InvalidUtf8, message))
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

fn assumption(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text.split_once('=').ok_or("give a name, = and a value")?;
    // A value that is not JSON is a word such as help_article.
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.into(), value))
}

fn propagation(text: &str) -> Result<Propagation, &'static str> {
    const EXPECTED: &str = "give seconds like 900s, or reads like 3reads";
    let reads = text.strip_suffix("reads").map(|count| count.parse().ok().map(Propagation::Reads));
    let time = text.strip_suffix('s').and_then(|time| time.parse().ok());
    let time = time.map(|seconds| Propagation::After(Duration::from_secs(seconds)));
    reads.unwrap_or(time).ok_or(EXPECTED)
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    let seconds = text.parse().or_else(|_| {
        text.parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_second)
            .map_err(|_| "give Unix seconds, or a time like 2026-01-31T12:00:00Z")
    });
    seconds?.try_into().map_err(|_| "outside the years 1 to 9999")
}
