//! Settings: a flag overrides the environment, which overrides the profile, which overrides the default.

mod file;
pub(crate) mod key;
mod pace;

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use certs_core::BaseUrl;
use clap::Args;

use crate::duration;
use crate::environment;
use crate::error::Error;
use crate::format::Format;
use crate::terminal::ColorChoice;

/// The heading of settings of results and logs in the help.
const OUTPUT: &str = "Output";

// Not a doc comment, because rustdoc would want the URL in angle brackets.
const BASE_URL: &str =
    "URL of the API, ending in /v1 [default: https://api.openai.com/v1] [env: OPENAI_BASE_URL]";

pub(crate) use self::file::{cache_directory, state_directory};
pub(crate) use self::pace::Pace;

/// The settings on the command line.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct SettingsArgs {
    /// How to print results
    #[arg(
        long, short, global = true, help_heading = OUTPUT,
        value_name = "FORMAT", value_enum, hide_possible_values = true
    )]
    pub(crate) output: Option<Format>,
    /// Use this profile of config.toml; see `certs config show --help` [env: CERTS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Log each request to stderr; -vv adds the headers, without secrets
    #[arg(long, short, global = true, help_heading = OUTPUT, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colors: auto, always or never [default: auto]
    #[arg(
        long, global = true, help_heading = OUTPUT, value_name = "WHEN", value_enum,
        default_value_t = ColorChoice::Auto, hide_possible_values = true, hide_default_value = true
    )]
    pub(crate) color: ColorChoice,
    /// Read the admin key from this file; `-` reads stdin
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) admin_key_file: Option<PathBuf>,
    /// The admin key itself, which `ps` shows: prefer the variable [env: OPENAI_ADMIN_KEY]
    #[arg(long, global = true, value_name = "KEY", conflicts_with = "admin_key_file")]
    pub(crate) admin_key: Option<String>,
    #[arg(long, global = true, value_name = "URL", help = BASE_URL)]
    pub(crate) base_url: Option<BaseUrl>,
    /// Time limit of the command, such as 90 or 5m [default: 120; none if it reads every project]
    #[arg(long, global = true, value_name = "TIME", value_parser = duration::seconds)]
    pub(crate) timeout: Option<Duration>,
    /// How often a failed request is repeated, where that is safe [default: 2]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) max_retries: Option<u32>,
    /// Requests per minute to each endpoint: a number, auto or off [default: auto]
    #[arg(long, global = true, value_name = "PACE")]
    pub(crate) pace: Option<Pace>,
    /// Also trust the certificate authorities in this PEM file, to check the server
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Client certificate for mutual TLS, in PEM [env: OPENAI_MTLS_CLIENT_CERT_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Private key of the client certificate, in PEM [env: OPENAI_MTLS_CLIENT_KEY_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) client_key: Option<PathBuf>,
}

/// The settings of this run, each with its source.
pub(crate) struct Settings {
    /// The profile in use, and its file.
    pub(crate) profile: Option<(String, PathBuf)>,
    /// Whether the profile was chosen by `--profile`.
    pub(crate) profile_is_flag: bool,
    /// Whether the profile requires a typed name even before additions.
    pub(crate) protected: bool,
    pub(crate) output: Option<Sourced<Format>>,
    pub(crate) verbose: u8,
    pub(crate) color: ColorChoice,
    pub(crate) key: KeySource,
    pub(crate) base_url: Sourced<BaseUrl>,
    pub(crate) timeout: Option<Sourced<Duration>>,
    pub(crate) max_retries: Sourced<u32>,
    pub(crate) pace: Sourced<Pace>,
    pub(crate) ca_file: Option<Sourced<PathBuf>>,
    pub(crate) client_cert: Option<Sourced<PathBuf>>,
    pub(crate) client_key: Option<Sourced<PathBuf>>,
    /// Whether ids and names of the last list are cached for completions.
    pub(crate) completion_cache: bool,
}

/// Where the admin key is.
pub(crate) enum KeySource {
    Flag(String),
    File(Sourced<PathBuf>),
    Variable,
    Command(Sourced<Vec<String>>),
    Missing,
}

/// A value and its source.
#[derive(Clone)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// Where a setting comes from.
#[derive(Clone)]
pub(crate) enum Source {
    Flag(&'static str),
    Variable(&'static str),
    Profile { key: &'static str, profile: String },
    Default,
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Profile { key, profile } => write!(f, "{key} of profile {profile}"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Settings {
    /// Resolves the settings.
    ///
    /// # Errors
    ///
    /// A usage error with the name of the setting that cannot be used.
    pub(crate) fn new(args: SettingsArgs) -> Result<Self, Error> {
        let profile_is_flag = args.profile.is_some();
        let name = match args.profile {
            Some(name) => Some(name),
            None => environment::text("CERTS_PROFILE")?,
        };
        let found = file::read(name.as_deref())?;
        let (profile, in_use) = match found {
            Some(found) => (found.profile, Some((found.name, found.file))),
            None => (file::Profile::default(), None),
        };
        let sources = Sources { profile: in_use.as_ref().map(|(name, _)| name.as_str()) };
        let base_url = match environment::parsed("OPENAI_BASE_URL")? {
            variable if args.base_url.is_some() || variable.is_some() => {
                sources.first("--base-url", args.base_url, "OPENAI_BASE_URL", variable)
            }
            _ => sources.parsed("base_url", profile.base_url)?,
        };
        let pace = match args.pace {
            Some(pace) => Some(Sourced { value: pace, source: Source::Flag("--pace") }),
            None => sources.parsed("pace", profile.pace.map(|pace| pace.to_string()))?,
        };
        let timeout = match args.timeout {
            Some(timeout) => Some(Sourced { value: timeout, source: Source::Flag("--timeout") }),
            None => sources.read("timeout", profile.timeout, duration::seconds)?,
        };
        let output = match args.output {
            Some(output) => Some(Sourced { value: output, source: Source::Flag("--output") }),
            None => sources.read("output", profile.output, |text| {
                clap::ValueEnum::from_str(text, false)
                    .map_err(|_| "give table, json, jsonl, tsv or ids")
            })?,
        };
        let file = |flag, given, variable, key, in_profile| {
            let variable_value = environment::path(variable);
            sources
                .first(flag, given, variable, variable_value)
                .or(sources.profile(key, in_profile))
        };
        let client_cert = file(
            "--client-cert",
            args.client_cert,
            "OPENAI_MTLS_CLIENT_CERT_FILE",
            "client_cert",
            profile.client_cert,
        );
        let client_key = file(
            "--client-key",
            args.client_key,
            "OPENAI_MTLS_CLIENT_KEY_FILE",
            "client_key",
            profile.client_key,
        );
        let key_file = args.admin_key_file.map(|file| sources.flag("--admin-key-file", file));
        let key = match (key_file, args.admin_key) {
            (Some(file), _) => KeySource::File(file),
            (None, Some(key)) => KeySource::Flag(key),
            (None, None) if environment::text(key::VARIABLE)?.is_some() => KeySource::Variable,
            (None, None) => match (profile.admin_key_file, profile.admin_key_command) {
                (Some(_), Some(_)) => {
                    return Err(Error::usage(
                        "a profile has either admin_key_file or admin_key_command, not both",
                    ));
                }
                (file, command) => match sources.profile("admin_key_file", file) {
                    Some(file) => KeySource::File(file),
                    None => sources
                        .profile("admin_key_command", command)
                        .map_or(KeySource::Missing, KeySource::Command),
                },
            },
        };
        Ok(Self {
            protected: profile.protected,
            output,
            verbose: args.verbose,
            color: args.color,
            key,
            base_url: base_url.unwrap_or_else(|| sources.default(BaseUrl::default())),
            timeout,
            max_retries: match args.max_retries {
                Some(retries) => sources.flag("--max-retries", retries),
                None => sources
                    .profile("max_retries", profile.max_retries)
                    .unwrap_or_else(|| sources.default(2)),
            },
            pace: pace.unwrap_or_else(|| sources.default(Pace::Auto)),
            ca_file: match args.ca_file {
                Some(file) => Some(sources.flag("--ca-file", file)),
                None => sources.profile("ca_file", profile.ca_file),
            },
            client_cert,
            client_key,
            completion_cache: profile.completion_cache.unwrap_or(true),
            profile: in_use,
            profile_is_flag,
        })
    }
}

impl Settings {
    /// Each setting with its value and source. Secrets are masked.
    pub(crate) fn describe(&self) -> Vec<(&'static str, Option<String>, String)> {
        fn row<T>(
            name: &'static str,
            setting: Option<&Sourced<T>>,
            show: impl Fn(&T) -> String,
        ) -> (&'static str, Option<String>, String) {
            match setting {
                Some(setting) => (name, Some(show(&setting.value)), setting.source.to_string()),
                None => (name, None, Source::Default.to_string()),
            }
        }
        let path = |path: &PathBuf| path.display().to_string();
        let seconds = |time: &Duration| format!("{} s", time.as_secs_f64());
        const MASKED: &str = "sk-…";
        let (key, key_source) = match &self.key {
            KeySource::Flag(_) => (Some(MASKED.to_owned()), "--admin-key".to_owned()),
            KeySource::Variable => (Some(MASKED.to_owned()), key::VARIABLE.to_owned()),
            KeySource::File(file) => (Some(path(&file.value)), file.source.to_string()),
            // The arguments of the program may be secret.
            KeySource::Command(command) => (
                command.value.first().map(|program| format!("{program} …")),
                command.source.to_string(),
            ),
            KeySource::Missing => (None, "missing".to_owned()),
        };
        let profile = self.profile.as_ref();
        vec![
            (
                "profile",
                profile.map(|(name, _)| name.clone()),
                profile.map_or_else(|| Source::Default.to_string(), |(_, file)| path(file)),
            ),
            (
                "protected",
                Some(self.protected.to_string()),
                match (self.protected, profile) {
                    (true, Some((name, _))) => format!("protected of profile {name}"),
                    _ => Source::Default.to_string(),
                },
            ),
            ("admin_key", key, key_source),
            row("base_url", Some(&self.base_url), ToString::to_string),
            row("client_cert", self.client_cert.as_ref(), path),
            row("client_key", self.client_key.as_ref(), path),
            row("ca_file", self.ca_file.as_ref(), path),
            row("pace", Some(&self.pace), ToString::to_string),
            row("timeout", self.timeout.as_ref(), seconds),
            row("max_retries", Some(&self.max_retries), ToString::to_string),
            row("output", self.output.as_ref(), |format| format.name().into()),
        ]
    }

    /// Whether the admin key comes from stdin, which then cannot hold anything else.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(&self.key, KeySource::File(file) if file.value == Path::new("-"))
    }
}

/// Finds values and their sources.
struct Sources<'a> {
    profile: Option<&'a str>,
}

impl Sources<'_> {
    fn flag<T>(&self, flag: &'static str, value: T) -> Sourced<T> {
        Sourced { value, source: Source::Flag(flag) }
    }

    fn default<T>(&self, value: T) -> Sourced<T> {
        Sourced { value, source: Source::Default }
    }

    fn profile<T>(&self, key: &'static str, value: Option<T>) -> Option<Sourced<T>> {
        let profile = self.profile?.to_owned();
        value.map(|value| Sourced { value, source: Source::Profile { key, profile } })
    }

    fn first<T>(
        &self,
        flag: &'static str,
        given: Option<T>,
        variable: &'static str,
        set: Option<T>,
    ) -> Option<Sourced<T>> {
        let set = set.map(|value| Sourced { value, source: Source::Variable(variable) });
        given.map(|value| self.flag(flag, value)).or(set)
    }

    fn parsed<T>(
        &self,
        key: &'static str,
        text: Option<String>,
    ) -> Result<Option<Sourced<T>>, Error>
    where
        T: FromStr<Err: StdError>,
    {
        self.read(key, text, |text| text.parse().map_err(|error: T::Err| error.to_string()))
    }

    fn read<T, E: Display>(
        &self,
        key: &'static str,
        text: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<Sourced<T>>, Error> {
        let Some(Sourced { value, source }) = self.profile(key, text) else { return Ok(None) };
        match parse(&value) {
            Ok(value) => Ok(Some(Sourced { value, source })),
            Err(error) => Err(Error::usage(format!("{source}: {error}"))),
        }
    }
}
