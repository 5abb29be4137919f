//! `certs retire`

use certs_plan::goal::Retire;
use certs_plan::{Change, Inventory, Plan, PlanInput, Refusal};
use certs_types::CertificateId;
use clap::Args;
use serde::Serialize;

use crate::backup::{self, BackupArgs};
use crate::error::Error;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::job::{Finished, Job, JobArgs};
use crate::names::{self, CertificateArgs};
use crate::session::Session;
use crate::terminal::print_status;

/// Deactivate certificates everywhere they are active
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct RetireArgs {
    #[command(flatten)]
    certificates: CertificateArgs,
    /// Then delete them
    #[arg(long)]
    delete: bool,
    /// Ignore certificates that do not exist
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
Archived projects come first, then the other projects, then the organization. While a certificate is active in the \
organization, projects inherit it, so the change takes effect everywhere at once. It can be stopped and run again at any time.

Examples:
  certs retire 'Root 2025' --dry-run
  certs retire cert_abc --delete
  certs list --expired -o ids | certs retire --ids-from - --delete --yes";

pub(crate) async fn run(args: RetireArgs, session: &Session) -> Result<(), Error> {
    let named = args.certificates.read(session.settings.reads_stdin())?;
    if named.is_empty() {
        print_status("no ids: nothing to do");
        return Ok(());
    }
    args.job.require_consent()?;
    let inventory = read_inventory(session, &args.reading).await?;
    let ids = names::find_all(&named, &inventory, args.if_exists)?;
    if ids.is_empty() {
        return Ok(());
    }
    let retire = Retire::new(ids.clone()).with_delete_if(args.delete);
    let delete = args.delete.then_some(&args.backup);
    carry_out(session, &args.job, inventory, ids, delete, |now| retire.plan(now)).await
}

/// Carries out a plan that retires certificates, and deletes them if a backup is given.
pub(crate) async fn carry_out(
    session: &Session,
    args: &JobArgs,
    inventory: Inventory,
    ids: Vec<CertificateId>,
    delete: Option<&BackupArgs>,
    goal: impl Fn(PlanInput<'_>) -> Result<Plan, Refusal>,
) -> Result<(), Error> {
    let unchanged = if delete.is_some() { "it is only deleted" } else { "nothing changed" };
    for id in &ids {
        if inventory.active_scopes(id).is_nowhere() == Some(true) {
            print_status(&format!("{id} is active nowhere: {unchanged}"));
        }
    }
    let job = Job::new(session, inventory, goal).await?;
    let Some(agreed) = job.agree(args).await? else { return Ok(()) };
    if let Some(backup) = delete {
        backup::save_deleted(session, backup, agreed.changes()).await?;
    }
    let finished = agreed.carry_out().await?;
    let deleted = if delete.is_some() { ids.as_slice() } else { &[] };
    report(session, &ids, deleted, &finished)
}

fn report(
    session: &Session,
    retired: &[CertificateId],
    deleted: &[CertificateId],
    finished: &Finished,
) -> Result<(), Error> {
    let document = Document {
        object: "certs.retire",
        retired,
        deactivated_in: finished.scopes(Change::is_removal),
        deleted,
    };
    let done: Vec<_> = retired.iter().map(CertificateId::as_str).collect();
    let verb = if deleted.is_empty() { "retired" } else { "retired and deleted" };
    let done = format!("{verb} {}", done.join(", "));
    session.output.done(&document, &done)
}

/// The JSON document of what was done.
#[derive(Serialize)]
struct Document<'a> {
    object: &'static str,
    retired: &'a [CertificateId],
    deactivated_in: Vec<certs_core::operations::Scope>,
    deleted: &'a [CertificateId],
}
