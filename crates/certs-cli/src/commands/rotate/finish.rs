//! `certs rotate finish`

use std::path::PathBuf;

use certs_plan::goal::Rotation;
use certs_plan::{CallerIdentity, PlanInput, Refusal};
use clap::Args;

use crate::backup::BackupArgs;
use crate::commands::{retire, verify};
use crate::error::Error;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::job::JobArgs;
use crate::session::Session;
use crate::terminal::print_status;

/// Deactivate the old certificate everywhere
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct FinishArgs {
    /// The old certificate, by id or name
    #[arg(value_name = "OLD")]
    old: String,
    /// The new certificate, by id or name
    #[arg(value_name = "NEW")]
    new: String,
    /// Then delete the old certificate
    #[arg(long)]
    delete: bool,
    /// Refuse unless these client certificates are accepted without the old certificate
    #[arg(long, value_name = "LEAF", num_args = 1..)]
    verify: Vec<PathBuf>,
    /// Do nothing if the old certificate does not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    backup: BackupArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    job: JobArgs,
}

const HELP: &str = "\
It is refused while the new certificate is not active everywhere the old one is, archived projects aside, or is not \
valid.

Examples:
  certs rotate finish 'Root 2025' 'Root 2027' --verify fleet/*.pem
  certs rotate finish 'Root 2025' 'Root 2027' --delete --yes";

pub(crate) async fn run(args: FinishArgs, session: &Session) -> Result<(), Error> {
    args.job.require_consent()?;
    let leaves = verify::read_leaves(args.verify)?;
    let inventory = read_inventory(session, &args.reading).await?;
    let new = inventory.find(&args.new)?.id.clone();
    let old = match inventory.find(&args.old) {
        Ok(old) => old.id.clone(),
        Err(Refusal::NotFound { .. }) if args.if_exists => {
            print_status(&format!("{} does not exist: nothing to do", args.old));
            return Ok(());
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let rotation = Rotation::new(old.clone(), new)?;
    let identity = CallerIdentity::none();
    // Whether the rotation can be finished is checked before the client certificates.
    rotation.finish(PlanInput::new(&inventory, &identity, session.timestamp()), args.delete)?;
    verify::require_passing(session, &inventory, &leaves, &old).await?;
    let delete = args.delete.then_some(&args.backup);
    let goal = |now: PlanInput<'_>| rotation.finish(now, args.delete);
    retire::carry_out(session, &args.job, inventory, vec![old], delete, goal).await
}
