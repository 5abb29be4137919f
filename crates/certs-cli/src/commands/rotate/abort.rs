//! `certs rotate abort`

use certs_plan::Change;
use certs_plan::goal::Rotation;
use clap::Args;
use serde::Serialize;

use crate::error::Error;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::job::{Job, JobArgs};
use crate::session::Session;
use crate::terminal::print_status;

/// Deactivate the new certificate where the old one is still active
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct AbortArgs {
    /// The old certificate, by id or name
    #[arg(value_name = "OLD")]
    old: String,
    /// The new certificate, by id or name
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    job: JobArgs,
}

const HELP: &str = "\
Workloads whose client certificates chain only to the new one are refused from then on.

Example:
  certs rotate abort 'Root 2025' 'Root 2027'";

pub(crate) async fn run(args: AbortArgs, session: &Session) -> Result<(), Error> {
    args.job.require_consent()?;
    let inventory = read_inventory(session, &args.reading).await?;
    let (old, new) = (inventory.find(&args.old)?.id.clone(), inventory.find(&args.new)?.id.clone());
    let rotation = Rotation::new(old.clone(), new.clone())?;
    let job = Job::new(session, inventory, |now| rotation.abort(now)).await?;
    if job.plan.is_empty() {
        print_status(&format!("{new} is active nowhere beside {old}: nothing changed"));
    } else {
        print_status(&format!(
            "workloads whose client certificates chain only to {new} are refused where it is deactivated"
        ));
    }
    let Some(agreed) = job.agree(&args.job).await? else { return Ok(()) };
    let finished = agreed.carry_out().await?;
    let document = Document {
        old: old.as_str(),
        new: new.as_str(),
        deactivated_in: finished.scopes(Change::is_removal),
    };
    let done = if finished.report.done.is_empty() {
        format!("there was no rotation from {old} to {new} to abort")
    } else {
        format!("the rotation from {old} to {new} is aborted")
    };
    session.output.done(&document, &done)
}

/// The JSON document of what was done.
#[derive(Serialize)]
struct Document<'a> {
    old: &'a str,
    new: &'a str,
    deactivated_in: Vec<certs_core::operations::Scope>,
}
