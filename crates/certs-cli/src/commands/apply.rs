//! `certs apply`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use certs_core::operations::{ListAuditLogs, PageSize};
use certs_plan::execute::find_copies;
use certs_plan::goal::choose_copy;
use certs_plan::goal::settle::{self, Activations};
use certs_plan::{Change, Fingerprint, Inventory, Plan};
use certs_types::{AuditEventType, CertificateId, Timestamp};
use clap::Args;
use serde::Serialize;

use crate::backup::{self, BackupArgs};
use crate::declaration::{DEFAULT_FILE, DeclarationFile, print_unmanaged};
use crate::duration;
use crate::error::{Error, code};
use crate::inventory::{ReadingArgs, read_inventory};
use crate::job::{Finished, Job, JobArgs};
use crate::saved_plan::SavedPlan;
use crate::session::Session;
use crate::terminal::print_status;

/// Change the organization to match a file, or carry out a saved plan
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct ApplyArgs {
    /// The file that declares certificates [default: certs.toml]
    #[arg(value_name = "FILE", conflicts_with = "plan")]
    file: Option<PathBuf>,
    /// Carry out this saved plan, unless the organization has changed since
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Before removals, wait until the remaining certificates have been active this long [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit)]
    settle: Option<Duration>,
    /// With --yes: also deactivate and delete
    #[arg(long)]
    allow_removals: bool,
    #[command(flatten)]
    backup: BackupArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    job: JobArgs,
}

const HELP: &str = "\
Certificates are uploaded first, then activated; after a wait, others are deactivated, and deleted if the file has \
`retired = true` for them. It can be stopped and run again at any time.

Examples:
  certs apply
  certs apply --yes --allow-removals
  certs apply --plan change.plan";

pub(crate) async fn run(mut args: ApplyArgs, session: &Session) -> Result<(), Error> {
    // A saved plan needs no confirmation: it was reviewed.
    args.job.confirm.yes |= args.plan.is_some();
    args.job.require_consent()?;
    let job = match &args.plan {
        Some(path) => saved(path, &args, session).await?,
        None => declared(&args, session).await?,
    };
    let removes = job.plan.changes.iter().any(Change::is_removal);
    let is_consented = args.plan.is_some() || args.allow_removals || args.job.dry_run;
    if removes && !is_consented && args.job.confirm.yes {
        return Err(Error::usage(
            "this removes something: with --yes, it also needs --allow-removals",
        )
        .with_code(code::NEEDS_CONSENT));
    }
    if args.settle.is_none()
        && let Some(refusal) = job.plan.cut_over_refusal()
    {
        return Err(Error::from(refusal).with_hint(
            "first only add, then move the workloads, then remove in a second change; or give the time to wait with --settle",
        ));
    }
    if job.plan.is_empty() {
        print_status("no differences: nothing changed");
    }
    let job = if removes { settling(job, &args, session).await } else { job };
    let Some(agreed) = job.agree(&args.job).await? else { return Ok(()) };
    backup::save_deleted(session, &args.backup, agreed.changes()).await?;
    report(&agreed.carry_out().await?, session)
}

async fn declared<'a>(args: &ApplyArgs, session: &'a Session) -> Result<Job<'a>, Error> {
    let path = args.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let mut file = DeclarationFile::read(path, session)?;
    let inventory = read_inventory(session, &args.reading).await?;
    file.recognize(session, &inventory).await?;
    let job = file.job(session, inventory).await?;
    print_unmanaged(&job.plan);
    Ok(job)
}

/// The changes of a saved plan that are still to be made.
async fn saved<'a>(path: &Path, args: &ApplyArgs, session: &'a Session) -> Result<Job<'a>, Error> {
    let saved = SavedPlan::read(path, session)?;
    let inventory = read_inventory(session, &args.reading).await?;
    let uploaded = uploaded(&saved.plan, &inventory, session).await?;
    let remaining = saved.plan.remaining(&inventory, &uploaded)?;
    let job = Job::new(session, inventory, |now| Ok(now.plan(remaining.clone()))).await?;
    Ok(job.with_uploaded(uploaded.into_iter().collect()))
}

/// The certificates of the plan that were already uploaded.
async fn uploaded(
    plan: &Plan,
    inventory: &Inventory,
    session: &Session,
) -> Result<BTreeMap<Fingerprint, CertificateId>, Error> {
    let mut uploaded = BTreeMap::new();
    for change in &plan.changes {
        if let Change::Upload(new) = change {
            let copies = find_copies(&session.client, inventory, new).await?;
            let copy = choose_copy(inventory, &copies, &[]);
            uploaded.extend(copy.map(|id| (new.fingerprint, id.clone())));
        }
    }
    Ok(uploaded)
}

/// Delays removals according to the activations in the audit log.
async fn settling<'a>(job: Job<'a>, args: &ApplyArgs, session: &Session) -> Job<'a> {
    let settle = args.settle.unwrap_or(settle::DEFAULT_WAIT);
    let now = session.timestamp();
    let seconds = i64::try_from(settle.as_secs()).unwrap_or(i64::MAX);
    let since =
        Timestamp::try_from(now.as_secs().saturating_sub(seconds)).unwrap_or(Timestamp::MIN);
    let log = ListAuditLogs::new().with_event_types([AuditEventType::CERTIFICATES_ACTIVATED]);
    let log = session.client.all(log.with_start(since).with_page_size(PageSize::MAX));
    let activations = match log.await {
        Ok(events) => Activations::from_log(events.iter().flat_map(|log| {
            let certificates = log.event.certificates().iter();
            certificates.map(|certificate| (certificate.id.clone(), log.effective_at))
        })),
        Err(_) if settle.is_zero() => Activations::unknown(now),
        Err(error) => {
            let why = crate::error::error_chain(&error);
            print_status(&format!(
                "the audit log cannot be read, so removals wait for the whole time of --settle: {why}"
            ));
            Activations::unknown(now)
        }
    };
    job.with_settle(settle, activations)
}

fn report(finished: &Finished, session: &Session) -> Result<(), Error> {
    let report = &finished.report;
    let document =
        Document { object: "certs.apply", done: &report.done, left: &report.refused_by_archived };
    let done = match report.done.len() {
        0 => "nothing changed".to_owned(),
        1 => "1 change is made".to_owned(),
        count => format!("{count} changes are made"),
    };
    session.output.done(&document, &done)
}

/// The JSON document of what was done.
#[derive(Serialize)]
struct Document<'a> {
    object: &'static str,
    done: &'a [Change],
    left: &'a [Change],
}
