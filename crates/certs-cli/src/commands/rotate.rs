//! `certs rotate`: a new certificate replaces an old one, in steps between which workloads move.

mod abort;
mod begin;
mod finish;
mod status;

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::exit::Outcome;
use crate::session::Session;

/// Replace a certificate with another everywhere, without an outage
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct RotateArgs {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    Begin(begin::BeginArgs),
    Status(status::StatusArgs),
    Finish(finish::FinishArgs),
    Abort(abort::AbortArgs),
}

const HELP: &str = "\
`begin` activates the new certificate beside the old one. Then the workloads get client certificates that the new \
authority issued, and `finish` deactivates the old one. Each step can be stopped and run again at any time.

Example:
  certs rotate begin 'Root 2025' --to root2027.pem --name 'Root 2027'
  certs rotate status 'Root 2025' 'Root 2027'
  certs verify fleet/*.pem --without 'Root 2025'
  certs rotate finish 'Root 2025' 'Root 2027' --delete";

impl RotateArgs {
    /// Whether the step changes something on the server.
    pub(crate) fn is_change(&self) -> bool {
        !matches!(self.step, Step::Status(_))
    }
}

pub(crate) async fn run(args: RotateArgs, session: &Session) -> Result<Outcome, Error> {
    match args.step {
        Step::Begin(args) => begin::run(args, session).await?,
        Step::Status(args) => return status::run(args, session).await,
        Step::Finish(args) => finish::run(args, session).await?,
        Step::Abort(args) => abort::run(args, session).await?,
    }
    Ok(Outcome::Done)
}
