//! `certs rotate begin`

use std::path::{Path, PathBuf};

use certs_core::operations::Scope;
use certs_plan::execute::find_copies;
use certs_plan::goal::{Replacement, begin_rotation, choose_copy};
use certs_plan::{Inventory, NewCertificate, Refusal};
use certs_types::CertificateId;
use clap::Args;
use serde::Serialize;

use crate::candidate;
use crate::error::Error;
use crate::format::Format;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::job::{Job, JobArgs};
use crate::names::{looks_like_id, new_name};
use crate::output::after_change;
use crate::preflight::scope_name;
use crate::session::Session;
use crate::terminal::print_status;

/// Activate the new certificate everywhere the old one is active, after an upload if needed
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct BeginArgs {
    /// The old certificate, by id or name
    #[arg(value_name = "OLD")]
    old: String,
    /// The new certificate: a file in PEM, or an uploaded certificate, by id or name
    #[arg(long, value_name = "FILE|CERT")]
    to: PathBuf,
    /// Display name of the new certificate, if it is uploaded
    #[arg(long, value_parser = new_name)]
    name: Option<String>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    job: JobArgs,
}

const HELP: &str = "\
Nothing is removed. A certificate that was uploaded before, under any name, is recognized by its content.

Examples:
  certs rotate begin 'Root 2025' --to root2027.pem --name 'Root 2027'
  certs rotate begin cert_old --to cert_new --dry-run";

pub(crate) async fn run(args: BeginArgs, session: &Session) -> Result<(), Error> {
    args.job.require_consent()?;
    let new = match args.to.to_str() {
        Some(id) if looks_like_id(id) => None,
        _ if args.to.exists() => Some(candidate::read(&args.to, session)?),
        _ => None,
    };
    let new = match (new, args.name) {
        (Some(new), Some(name)) => Some(new.with_name(name)),
        (new, _) => new,
    };
    let inventory = read_inventory(session, &args.reading).await?;
    let old = inventory.find(&args.old)?.id.clone();
    let replacement = match new {
        Some(new) => recognize(session, &inventory, &old, new).await?,
        None => Replacement::Known(known(&args.to, &inventory)?),
    };
    let job = Job::new(session, inventory, |now| begin_rotation(now, &old, &replacement)).await?;
    let job = job.leaving_archived();
    if job.plan.is_empty() {
        print_status("the new certificate is active wherever the old one is: nothing changed");
    }
    let Some(agreed) = job.agree(&args.job).await? else { return Ok(()) };
    let finished = agreed.carry_out().await?;
    let new = match replacement {
        Replacement::Known(id) => id,
        Replacement::New(new) => match finished.report.uploaded.get(&new.fingerprint) {
            Some(id) => id.clone(),
            None => return Err(Error::unconfirmed("the upload")),
        },
    };
    let is_active = |scope: &Scope, id| finished.inventory.is_active(scope, id) == Some(true);
    let scopes = finished.inventory.scopes();
    let scopes = scopes.filter(|scope| is_active(scope, &old) && is_active(scope, &new));
    let left = finished.report.refused_by_archived.iter().filter_map(certs_plan::Change::scope);
    let document = Document {
        old: &old,
        new: &new,
        activated_in: scopes.collect(),
        left: left.cloned().collect(),
    };
    let done = format!("{new} is active wherever {old} is");
    after_change(document.print(session, &done), &done)
}

/// The id of the certificate in the file, if it was already uploaded.
async fn recognize(
    session: &Session,
    inventory: &Inventory,
    old: &CertificateId,
    new: NewCertificate,
) -> Result<Replacement, Error> {
    let copies = find_copies(&session.client, inventory, &new).await?;
    if copies.contains(old) {
        return Err(Refusal::SameCertificate { certificate: old.clone() }.into());
    }
    let wanted: Vec<_> =
        inventory.scopes().filter(|scope| inventory.is_active(scope, old) == Some(true)).collect();
    Ok(match choose_copy(inventory, &copies, &wanted) {
        Some(copy) => {
            print_status(&format!("the same certificate is already uploaded: {copy}"));
            let others = copies.iter().filter(|other| *other != copy);
            for other in others {
                print_status(&format!("{other} is another copy of it"));
            }
            Replacement::Known(copy.clone())
        }
        None => Replacement::New(new),
    })
}

/// The uploaded certificate with this id or name.
fn known(named: &Path, inventory: &Inventory) -> Result<CertificateId, Error> {
    let named = named.to_string_lossy();
    match inventory.find(&named) {
        Ok(known) => Ok(known.id.clone()),
        Err(refusal @ Refusal::NotFound { .. }) => {
            Err(Error::from(refusal)
                .while_doing(format!("--to {named}: there is no such file, and")))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The JSON document of what was done.
#[derive(Serialize)]
struct Document<'a> {
    old: &'a CertificateId,
    new: &'a CertificateId,
    activated_in: Vec<Scope>,
    left: Vec<Scope>,
}

impl Document<'_> {
    fn print(&self, session: &Session, done: &str) -> Result<(), Error> {
        if session.output.format == Format::Json {
            return session.output.json(self);
        }
        let mut text = format!("{done}\n");
        for scope in &self.activated_in {
            text += &format!("  active in {}\n", scope_name(scope));
        }
        for scope in &self.left {
            text += &format!("  refused by {}, which is archived\n", scope_name(scope));
        }
        session.output.print(&text)
    }
}
