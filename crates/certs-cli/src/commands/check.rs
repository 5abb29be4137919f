//! `certs check`

mod prometheus;
mod report;

use std::path::{Path, PathBuf};
use std::time::Duration;

use certs_core::operations::Scope;
use certs_plan::Inventory;
use certs_plan::check::{Rules, Severity, check};
use clap::{Args, ValueEnum};

use self::report::{Report, Status};
use crate::contents;
use crate::error::{Error, code};
use crate::exit::{Exit, Outcome};
use crate::format::Format;
use crate::inventory::{self, Extent, Reading, ReadingArgs};
use crate::session::Session;
use crate::{duration, files};

pub(super) use self::report::unknown;

/// Check expiry and enforcement, for Nagios, cron and Prometheus
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct CheckArgs {
    /// Warn of certificates that expire within this time
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration::with_unit)]
    warn: Duration,
    /// Certificates that expire within this time are critical
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration::with_unit)]
    critical: Duration,
    /// Also check certificates that are active nowhere
    #[arg(long)]
    all: bool,
    /// Severity of a scope where nothing is active, if mTLS is used elsewhere
    #[arg(long, value_enum, value_name = "STATE", default_value_t = Unenforced::Warning)]
    unenforced: Unenforced,
    /// Critical if nothing is active in this project, or in `organization`; may be repeated
    #[arg(long, value_name = "SCOPE")]
    require: Vec<Scope>,
    /// Write metrics for the textfile collector of Prometheus to this file
    #[arg(long, value_name = "FILE")]
    textfile: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

const HELP: &str = "\
Exit codes, which are those of a Nagios plugin:
  0  nothing found
  1  a warning
  2  a critical finding, even if the reading is incomplete
  3  a failure, wrong usage, or an incomplete reading

Examples:
  certs check
  certs check --require organization --unenforced ok
  certs check --textfile /var/lib/node_exporter/textfile/certs.prom";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unenforced {
    Ok,
    Warning,
    Critical,
}

pub(crate) async fn run(args: CheckArgs, session: &Session) -> Result<Outcome, Error> {
    let Reading { inventory, failure } =
        inventory::read_available(session, &args.reading, &Extent::Everything).await?;
    let failure = match failure {
        // A check that was stopped by a signal has no result.
        Some(failure) if session.stop().reason().is_some() => return Err(failure),
        failure => failure,
    };
    args.require_known(&inventory)?;
    let now = session.timestamp();
    let client = session.client_chain().and_then(contents::validity);
    let findings = check(&inventory, &args.rules(), client, now);
    let reason = failure.as_ref().map(Error::message);
    let report = Report::new(&inventory, &findings, reason, now);
    match session.output.format {
        Format::Json => session.output.json(&report)?,
        _ => session.output.print(&report.nagios())?,
    }
    let status = report.status();
    match (failure, &args.textfile) {
        (Some(failure), _) => {
            let exit = match status {
                Status::Critical => Exit::CheckCritical,
                _ => Exit::CheckFailed,
            };
            failure.with_exit(exit).report(session.output.format.is_json());
        }
        (None, Some(file)) => write(file, &prometheus::metrics(&inventory, now))?,
        (None, None) => {}
    }
    Ok(match status {
        Status::Ok => Outcome::Done,
        Status::Warning => Outcome::CheckWarning,
        Status::Critical => Outcome::CheckCritical,
        Status::Unknown => Outcome::CheckFailed,
    })
}

impl CheckArgs {
    fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        rules.warn = self.warn;
        rules.critical = self.critical;
        rules.includes_inactive = self.all;
        rules.required = self.require.iter().cloned().collect();
        rules.unenforced = match self.unenforced {
            Unenforced::Ok => Severity::Ok,
            Unenforced::Warning => Severity::Warning,
            Unenforced::Critical => Severity::Critical,
        };
        rules
    }

    /// Refuses `--require` for a project that does not exist.
    fn require_known(&self, inventory: &Inventory) -> Result<(), Error> {
        let is_unknown = |scope: &&Scope| match scope {
            Scope::Project(id) => inventory.lists_all_projects() && inventory.project(id).is_none(),
            _ => false,
        };
        match self.require.iter().find(is_unknown) {
            None => Ok(()),
            Some(scope) => {
                let message = format!("--require {scope}: there is no such project");
                Err(Error::new(Exit::Usage, message).with_code(code::NOT_FOUND))
            }
        }
    }
}

fn write(file: &Path, metrics: &str) -> Result<(), Error> {
    files::replace(file, metrics.as_bytes()).map_err(|error| {
        let what = format!("--textfile {}", file.display());
        Error::with_source(Exit::CheckFailed, what, &error)
    })
}
