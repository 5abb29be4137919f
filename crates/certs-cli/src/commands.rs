//! The commands, one file each: arguments, help and `run`.
//!
//! To add one: a file `commands/NAME.rs` with `Args` (clap) and `pub(crate) async fn run(args, &Session)`, a
//! variant of `Command`, its formats in `Command::formats_of` and a line in `run_in`. What a command can
//! use:
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

use crate::deferred::Deferred;
use crate::error::Error;
use crate::exit::Outcome;
use crate::format::Format;
use crate::interrupt::{self, Stop};
use crate::output::Output;
use crate::session::{DefaultTimeout, Session};
use crate::settings::{Settings, SettingsArgs};

#[derive(Subcommand)]
pub(crate) enum Command {
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
    Config(Deferred<config::ConfigArgs>),
    Retire(Deferred<retire::RetireArgs>),
    Rotate(Deferred<rotate::RotateArgs>),
    Plan(Deferred<plan::PlanArgs>),
    Apply(Deferred<apply::ApplyArgs>),
    Export(Deferred<export::ExportArgs>),
    /// Serve an emulated organization on this machine
    // It has flags of its own under the names of global ones, which clap must know before it adds those.
    Emulator(Box<emulator::EmulatorArguments>),
    /// Activate and deactivate certificates in an emulated organization
    Demo,
    Completions(Deferred<completions::CompletionsArgs>),
    Man(Deferred<man::ManArgs>),
}

impl Command {
    /// The commands as the help groups them.
    pub(crate) const GROUPS: &[(&str, &[&str])] = &[
        ("Read", &["list", "get", "projects", "where", "log"]),
        ("Change", &["upload", "activate", "deactivate", "delete", "rename"]),
        ("Change everywhere", &["retire", "rotate", "plan", "apply", "export"]),
        ("Check", &["verify", "check", "doctor"]),
        ("Set up and practice", &["config", "completions", "emulator", "demo", "help"]),
    ];

    /// The formats that the command of this name prints, its default first.
    pub(crate) fn formats_of(name: &str) -> &'static [Format] {
        match name {
            "where" => r#where::FORMATS,
            "verify" => verify::FORMATS,
            "check" => check::FORMATS,
            "log" => log::FORMATS,
            "doctor" => doctor::FORMATS,
            "config" => config::FORMATS,
            "retire" => retire::FORMATS,
            "rotate" => rotate::FORMATS,
            "plan" => plan::FORMATS,
            "apply" => apply::FORMATS,
            "export" => export::FORMATS,
            "list" | "get" | "upload" | "rename" | "activate" | "deactivate" | "delete"
            | "projects" => Format::LISTS,
            _ => &[Format::Table],
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Get(_) => "get",
            Self::Upload(_) => "upload",
            Self::Rename(_) => "rename",
            Self::Activate(_) => "activate",
            Self::Deactivate(_) => "deactivate",
            Self::Delete(_) => "delete",
            Self::Projects(_) => "projects",
            Self::Where(_) => "where",
            Self::Verify(_) => "verify",
            Self::Check(_) => "check",
            Self::Log(_) => "log",
            Self::Doctor(_) => "doctor",
            Self::Config(_) => "config",
            Self::Retire(_) => "retire",
            Self::Rotate(_) => "rotate",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Export(_) => "export",
            Self::Emulator(_) => "emulator",
            Self::Demo => "demo",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Whether the command does nothing but print. The others have a meaningful exit code, or change something,
    /// and also make sense when nobody reads their output.
    fn only_prints(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Get(_)
                | Self::Projects(_)
                | Self::Where(_)
                | Self::Log(_)
                | Self::Export(_)
        )
    }

    /// Whether the command changes something on the server.
    fn is_change(&self) -> bool {
        match self {
            Self::Upload(_)
            | Self::Rename(_)
            | Self::Activate(_)
            | Self::Deactivate(_)
            | Self::Delete(_)
            | Self::Retire(_)
            | Self::Apply(_) => true,
            Self::Rotate(Deferred(args)) => args.is_change(),
            _ => false,
        }
    }

    /// How long the command may take without `--timeout`.
    fn default_timeout(&self) -> DefaultTimeout {
        match self {
            Self::Where(_)
            | Self::Verify(_)
            | Self::Check(_)
            | Self::Log(_)
            | Self::Retire(_)
            | Self::Rotate(_)
            | Self::Plan(_)
            | Self::Apply(_)
            | Self::Export(_) => DefaultTimeout::None,
            _ => DefaultTimeout::SingleCall,
        }
    }
}

/// The line that `certs check` prints when it could not check anything.
pub(crate) fn unknown_check(why: &str) -> String {
    check::unknown(why)
}

/// Whether a command calls no server but its own emulator.
pub(crate) fn is_local(name: &str) -> bool {
    matches!(name, "emulator" | "demo" | "completions" | "man")
}

/// Whether an argument is a global setting other than `--verbose`. An argument that a command defines itself
/// under the same name is not.
pub(crate) fn is_for_calls(argument: &Arg) -> bool {
    argument.is_global_set() && argument.get_id() != "verbose"
}

/// Describes all commands, each with the settings that it uses.
pub(crate) type Describe = fn() -> clap::Command;

/// Prints completions if a shell requests them.
pub(crate) fn complete(describe: Describe) -> Option<ExitCode> {
    completions::complete(describe)
}

/// Carries out a command.
pub(crate) async fn run(
    command: Command,
    settings: SettingsArgs,
    describe: Describe,
) -> Result<Outcome, Error> {
    match command {
        Command::Emulator(args) => emulator::run(*args).await.map(|()| Outcome::Done),
        Command::Demo => demo::run(settings.verbose > 0).await.map(|()| Outcome::Done),
        Command::Completions(Deferred(args)) => completions::run(args).map(|()| Outcome::Done),
        Command::Man(Deferred(args)) => man::run(&args, describe()).map(|()| Outcome::Done),
        command => {
            let stop = Stop::on_signals()?;
            let settings = Settings::new(settings)?;
            let formats = Command::formats_of(command.name());
            let output = Output::new(&settings, formats, command.name())?;
            let format = output.format;
            let outcome = run_with(command, settings, output, stop).await;
            // A profile may choose JSON, which the command line alone does not show.
            outcome.map_err(|error| error.in_format(format))
        }
    }
}

async fn run_with(
    command: Command,
    settings: Settings,
    output: Output,
    stop: Stop,
) -> Result<Outcome, Error> {
    if let Command::Config(Deferred(args)) = &command {
        return config::run(args, &settings, &output).map(|()| Outcome::Done);
    }
    let is_change = command.is_change();
    if command.only_prints() {
        crate::output::require_stdout()?;
    }
    let session = Session::open(settings, output, command.default_timeout(), stop)?;
    let outcome = run_in(command, &session).await;
    let outcome = interrupt::resolve(outcome, session.stop(), session.has_changed_something());
    outcome.map_err(|error| {
        let error = error.with_base_url(&session.settings.base_url.value);
        if is_change { error.of_a_change() } else { error }
    })
}

/// Carries out a command that makes calls.
async fn run_in(command: Command, session: &Session) -> Result<Outcome, Error> {
    match command {
        Command::List(Deferred(args)) => list::run(args, session).await?,
        Command::Get(Deferred(args)) => get::run(args, session).await?,
        Command::Upload(Deferred(args)) => upload::run(args, session).await?,
        Command::Rename(Deferred(args)) => rename::run(args, session).await?,
        Command::Activate(Deferred(args)) => activate::run(args, session).await?,
        Command::Deactivate(Deferred(args)) => deactivate::run(args, session).await?,
        Command::Delete(Deferred(args)) => delete::run(args, session).await?,
        Command::Projects(Deferred(args)) => projects::run(args, session).await?,
        Command::Where(Deferred(args)) => r#where::run(args, session).await?,
        Command::Log(Deferred(args)) => log::run(args, session).await?,
        Command::Verify(Deferred(args)) => return verify::run(args, session).await,
        Command::Check(Deferred(args)) => return check::run(args, session).await,
        Command::Doctor(Deferred(args)) => return doctor::run(args, session).await,
        Command::Retire(Deferred(args)) => retire::run(args, session).await?,
        Command::Rotate(Deferred(args)) => return rotate::run(args, session).await,
        Command::Plan(Deferred(args)) => return plan::run(args, session).await,
        Command::Apply(Deferred(args)) => apply::run(args, session).await?,
        Command::Export(Deferred(args)) => export::run(args, session).await?,
        Command::Config(_)
        | Command::Emulator(_)
        | Command::Demo
        | Command::Completions(_)
        | Command::Man(_) => {}
    }
    Ok(Outcome::Done)
}
