//! The commands, one file each: arguments, help and `run`.
//!
//! To add one: a file `commands/NAME.rs` with `Args` (clap) and `pub(crate) async fn run(args, &Session)`, a
//! variant of `ServerCommand`, a row in `GROUPS` and a line in `run_in`. What a command can use:
//!
//! - `Session`: `client`, `certificates(scope)`, `projects()`, `now()` (the server's
//!   time), `target()` (host, organization, profile), `settings`, `output`. Signals are handled below the client:
//!   a call fails, and `interrupt::resolve` turns that error into exit code 130 or 143.
//! - `Error`: `usage`, `new(Exit, …)`, `with_code(code::STATE_MOVED)`, `with_hint`,
//!   `with_hazards`, `with_progress(done, failed, not_tried)`; errors of core convert by `?`.
//! - `Output`: `certificates`, `certificate`, `projects`, `json(&value)`,
//!   `table(&Table)`, `print`; `Table` with one flexible column, `Cell`.
//! - `ConfirmArgs`: `require()` first, before anything is sent, then
//!   `confirm` with a `Question`; `Expected::typed(confirmation, names)`.
//! - `CertificateArgs` (arguments and `--ids-from`), `names::find`.
//! - `Progress`: `start(what, total)`, `set`, `advance`.
//! - `print_status`: one line to stderr.
//! - `preflight`: hazards and notices before a change.
//! - `undo`: the commands that undo a change.

mod activate;
mod apply;
mod check;
mod completions;
mod config;
mod deactivate;
mod delete;
mod demo;
mod doctor;
pub(crate) mod emulator;
mod export;
mod get;
mod list;
mod log;
mod man;
mod plan;
mod projects;
mod rename;
mod retire;
mod rotate;
mod toggle;
mod upload;
mod verify;
mod r#where;

use std::process::ExitCode;

use clap::{Arg, Subcommand};

use crate::arguments::Arguments;
use crate::deferred::Deferred;
use crate::error::Error;
use crate::exit::Outcome;
use crate::format::Format;
use crate::interrupt::{self, Stop};
use crate::output::{Output, require_stdout};
use crate::session::{DefaultTimeout, Session};
use crate::settings::{Settings, SettingsArgs};

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Server(ServerCommand),
    Config(Deferred<config::ConfigArgs>),
    #[command(flatten)]
    Local(LocalCommand),
}

/// A command that calls the server.
#[derive(Subcommand)]
pub(crate) enum ServerCommand {
    #[command(visible_alias = "ls")]
    List(Deferred<list::ListArgs>),
    Get(Deferred<get::GetArgs>),
    Upload(Deferred<upload::UploadArgs>),
    Rename(Deferred<rename::RenameArgs>),
    Activate(Deferred<activate::ActivateArgs>),
    Deactivate(Deferred<deactivate::DeactivateArgs>),
    Delete(Deferred<delete::DeleteArgs>),
    Projects(Deferred<projects::ProjectsArgs>),
    Where(Deferred<r#where::WhereArgs>),
    Verify(Deferred<verify::VerifyArgs>),
    Check(Deferred<check::CheckArgs>),
    Log(Deferred<log::LogArgs>),
    Doctor(Deferred<doctor::DoctorArgs>),
    Retire(Deferred<retire::RetireArgs>),
    Rotate(Deferred<rotate::RotateArgs>),
    Plan(Deferred<plan::PlanArgs>),
    Apply(Deferred<apply::ApplyArgs>),
    Export(Deferred<export::ExportArgs>),
}

/// A command that calls no server but its own emulator.
#[derive(Subcommand)]
pub(crate) enum LocalCommand {
    /// Serve an emulated organization on this machine
    // It has flags of its own under the names of global ones, which clap must know before it adds those.
    Emulator(Box<emulator::EmulatorArguments>),
    /// Activate and deactivate certificates in an emulated organization
    Demo,
    Completions(Deferred<completions::CompletionsArgs>),
    Man(Deferred<man::ManArgs>),
}

/// The commands as the help groups them.
pub(crate) const GROUPS: &[(&str, &[Properties])] = &[
    (
        "Read",
        &[
            Properties::new("list", Format::LISTS).only_printing(),
            Properties::new("get", Format::LISTS).only_printing(),
            Properties::new("projects", Format::LISTS).only_printing(),
            Properties::new("where", Format::REPORTS).only_printing().without_timeout(),
            Properties::new("log", Format::PLAIN).only_printing().without_timeout(),
        ],
    ),
    (
        "Change",
        &[
            Properties::new("upload", Format::LISTS).changing(),
            Properties::new("activate", Format::LISTS).changing(),
            Properties::new("deactivate", Format::LISTS).changing(),
            Properties::new("delete", Format::LISTS).changing(),
            Properties::new("rename", Format::LISTS).changing(),
        ],
    ),
    (
        "Change everywhere",
        &[
            Properties::new("retire", Format::PLAIN).changing().without_timeout(),
            Properties::new("rotate", Format::PLAIN).changing().without_timeout(),
            Properties::new("plan", Format::PLAIN).without_timeout(),
            Properties::new("apply", Format::PLAIN).changing().without_timeout(),
            Properties::new("export", Format::TEXT).only_printing().without_timeout(),
        ],
    ),
    (
        "Check",
        &[
            Properties::new("verify", Format::PLAIN).without_timeout(),
            Properties::new("check", Format::MONITORING).without_timeout(),
            Properties::new("doctor", Format::PLAIN),
        ],
    ),
    (
        "Set up and practice",
        &[
            Properties::new("config", Format::PLAIN),
            Properties::new("completions", Format::TEXT),
            Properties::new("emulator", Format::TEXT),
            Properties::new("demo", Format::TEXT),
            Properties::new("help", Format::TEXT),
        ],
    ),
];

/// What distinguishes a command from others besides its arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Properties {
    pub(crate) name: &'static str,
    /// The formats that it prints, its default first.
    pub(crate) formats: &'static [Format],
    /// Whether it does nothing but print. The others have a meaningful exit code, or change something, and also
    /// make sense when nobody reads their output.
    only_prints: bool,
    /// Whether it changes something on the server.
    is_change: bool,
    timeout: DefaultTimeout,
}

impl Properties {
    const fn new(name: &'static str, formats: &'static [Format]) -> Self {
        let timeout = DefaultTimeout::SingleCall;
        Self { name, formats, only_prints: false, is_change: false, timeout }
    }

    const fn only_printing(self) -> Self {
        Self { only_prints: true, ..self }
    }

    const fn changing(self) -> Self {
        Self { is_change: true, ..self }
    }

    const fn without_timeout(self) -> Self {
        Self { timeout: DefaultTimeout::None, ..self }
    }

    /// The properties of the command of this name. One that the help does not show prints text.
    pub(crate) fn of(name: &str) -> Self {
        let mut commands = GROUPS.iter().flat_map(|(_, commands)| *commands);
        let command = commands.find(|command| command.name == name);
        command.copied().unwrap_or(Self::new("", Format::TEXT))
    }
}

/// The line that `certs check` prints when it could not check anything.
pub(crate) fn unknown_check(why: &str) -> String {
    check::unknown(why)
}

/// Whether a command calls no server but its own emulator.
pub(crate) fn is_local(name: &str) -> bool {
    LocalCommand::has_subcommand(name)
}

/// Whether this argument is a global setting that the command does not use. An argument that a command defines itself
/// under the same name is not.
pub(crate) fn is_unused(argument: &Arg, name: &str) -> bool {
    let is_used_by_demo = name == "demo" && argument.get_id() == "verbose";
    is_local(name) && argument.is_global_set() && !is_used_by_demo
}

/// Describes all commands, each with the settings that it uses.
pub(crate) type Describe = fn() -> clap::Command;

/// Prints completions if a shell requests them.
pub(crate) fn complete(describe: Describe) -> Option<ExitCode> {
    completions::complete(describe)
}

/// Carries out a command.
pub(crate) async fn run(arguments: Arguments, describe: Describe) -> Result<Outcome, Error> {
    let Arguments { name, command, settings } = arguments;
    let properties = Properties::of(&name);
    match command {
        Command::Server(command) => {
            let stop = Stop::on_signals()?;
            let run = async |settings, output| {
                run_in_session(command, properties, settings, output, stop).await
            };
            with_settings(settings, properties, run).await
        }
        Command::Config(Deferred(args)) => {
            let run = async |settings, output| config::run(&args, &settings, &output);
            with_settings(settings, properties, run).await.map(|()| Outcome::Done)
        }
        Command::Local(command) => {
            let is_verbose = settings.verbose > 0;
            run_local(command, is_verbose, describe).await.map(|()| Outcome::Done)
        }
    }
}

async fn run_local(
    command: LocalCommand,
    is_verbose: bool,
    describe: Describe,
) -> Result<(), Error> {
    match command {
        LocalCommand::Emulator(args) => emulator::run(*args).await,
        LocalCommand::Demo => demo::run(is_verbose).await,
        LocalCommand::Completions(Deferred(args)) => completions::run(args),
        LocalCommand::Man(Deferred(args)) => man::run(&args, describe()),
    }
}

/// Reads the settings for a command.
async fn with_settings<T>(
    settings: SettingsArgs,
    properties: Properties,
    run: impl AsyncFnOnce(Settings, Output) -> Result<T, Error>,
) -> Result<T, Error> {
    let settings = Settings::new(settings)?;
    let output = Output::new(&settings, properties.formats, properties.name)?;
    let format = output.format;
    // A profile may choose JSON, which the command line alone does not show.
    run(settings, output).await.map_err(|error| error.in_format(format))
}

async fn run_in_session(
    command: ServerCommand,
    properties: Properties,
    settings: Settings,
    output: Output,
    stop: Stop,
) -> Result<Outcome, Error> {
    let is_change = match &command {
        ServerCommand::Rotate(Deferred(args)) => args.is_change(),
        _ => properties.is_change,
    };
    if properties.only_prints {
        require_stdout()?;
    }
    let session = Session::open(settings, output, properties.timeout, stop)?;
    let outcome = run_in(command, &session).await;
    let outcome = interrupt::resolve(outcome, session.stop(), session.has_changed_something());
    outcome.map_err(|error| {
        let error = error.with_base_url(&session.settings.base_url.value);
        if is_change { error.of_a_change() } else { error }
    })
}

async fn run_in(command: ServerCommand, session: &Session) -> Result<Outcome, Error> {
    match command {
        ServerCommand::List(Deferred(args)) => list::run(args, session).await?,
        ServerCommand::Get(Deferred(args)) => get::run(args, session).await?,
        ServerCommand::Upload(Deferred(args)) => upload::run(args, session).await?,
        ServerCommand::Rename(Deferred(args)) => rename::run(args, session).await?,
        ServerCommand::Activate(Deferred(args)) => activate::run(args, session).await?,
        ServerCommand::Deactivate(Deferred(args)) => deactivate::run(args, session).await?,
        ServerCommand::Delete(Deferred(args)) => delete::run(args, session).await?,
        ServerCommand::Projects(Deferred(args)) => projects::run(args, session).await?,
        ServerCommand::Where(Deferred(args)) => r#where::run(args, session).await?,
        ServerCommand::Log(Deferred(args)) => log::run(args, session).await?,
        ServerCommand::Verify(Deferred(args)) => return verify::run(args, session).await,
        ServerCommand::Check(Deferred(args)) => return check::run(args, session).await,
        ServerCommand::Doctor(Deferred(args)) => return doctor::run(args, session).await,
        ServerCommand::Retire(Deferred(args)) => retire::run(args, session).await?,
        ServerCommand::Rotate(Deferred(args)) => return rotate::run(args, session).await,
        ServerCommand::Plan(Deferred(args)) => return plan::run(args, session).await,
        ServerCommand::Apply(Deferred(args)) => apply::run(args, session).await?,
        ServerCommand::Export(Deferred(args)) => export::run(args, session).await?,
    }
    Ok(Outcome::Done)
}
