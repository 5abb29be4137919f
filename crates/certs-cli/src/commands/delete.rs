//! `certs delete`

use certs_core::operations::Scope;
use certs_plan::Change;
use certs_types::DeleteResponse;
use clap::Args;

use crate::backup::{self, BackupArgs};
use crate::error::Error;
use crate::job::{Job, JobArgs};
use crate::names::{self, CertificateArgs};
use crate::output::after_change;
use crate::scope_lists;
use crate::session::Session;
use crate::terminal::print_status;

/// Delete certificates that are active nowhere
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    certificates: CertificateArgs,
    /// Ignore certificates that do not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    backup: BackupArgs,
    #[command(flatten)]
    job: JobArgs,
}

const HELP: &str = "\
A deletion cannot be undone. The PEM is saved first, so that the certificate can be uploaded again, with another id.

Examples:
  certs delete cert_abc
  certs delete cert_abc --backup ./deleted --yes";

pub(crate) async fn run(args: DeleteArgs, session: &Session) -> Result<(), Error> {
    let named = args.certificates.read(session.settings.reads_stdin())?;
    if named.is_empty() {
        print_status("no ids: nothing to do");
        return Ok(());
    }
    args.job.require_consent()?;
    let inventory = scope_lists::read(session, &[Scope::Organization]).await?;
    let ids = names::find_all(&named, &inventory, args.if_exists)?;
    let changes: Vec<_> = ids.iter().map(|id| Change::Delete { certificate: id.clone() }).collect();
    let job = Job::new(session, inventory, |now| Ok(now.plan(changes.clone()))).await?;
    let Some(agreed) = job.agree(&args.job).await? else { return Ok(()) };
    backup::save_deleted(session, &args.backup, agreed.changes()).await?;
    agreed.carry_out().await?;
    ids.into_iter().try_for_each(|id| {
        let change = format!("{id} was deleted");
        after_change(session.output.deleted(&DeleteResponse::new(id)), &change)
    })
}
