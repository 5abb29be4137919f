//! `certs where`

mod document;
mod html;
mod rows;

use std::collections::BTreeSet;
use std::time::Duration;

use certs_plan::Inventory;
use certs_plan::inventory::KnownCertificate;
use certs_types::{CertificateId, ProjectId};
use clap::Args;

use self::document::Document;
use crate::duration;
use crate::error::Error;
use crate::format::Format;
use crate::inventory::{self, Extent, Reading, ReadingArgs};
use crate::session::Session;

/// Show where each certificate is active: in the organization and in every project
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct WhereArgs {
    /// Only these certificates, by id or name
    #[arg(value_name = "CERT")]
    certificates: Vec<String>,
    /// Only the organization and this project; may be repeated
    #[arg(long, short, value_name = "PROJECT")]
    project: Vec<ProjectId>,
    /// Only certificates that are active somewhere
    #[arg(long)]
    active: bool,
    /// Only certificates that have expired or expire within this time, such as 30d
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit)]
    expires_within: Option<Duration>,
    #[command(flatten)]
    reading: ReadingArgs,
}

const HELP: &str = "\
The API has no request for this: the command lists the projects, a hundred per request, then the certificates of each \
project. What could not be read is shown as `?`, and the exit code is then 4; an archived project whose list is \
refused is shown as `?` too, but is no failure.

Examples:
  certs where
  certs where 'Root 2025' --resume where.json
  certs where --output html > certificates.html

Fields of tsv, a line for each certificate and scope: id of the certificate, its name, time of expiry, organization or \
id of the project, its name, active or archived, and the state there: active, inherited, inactive or ?.";

pub(crate) async fn run(args: WhereArgs, session: &Session) -> Result<(), Error> {
    let extent = Extent::of(args.project.clone());
    let Reading { inventory, failure } =
        inventory::read_available(session, &args.reading, &extent).await?;
    let named = match find(&args.certificates, &inventory) {
        Ok(named) => named,
        // A certificate that was not found may be in a list that was not read.
        Err(not_found) => return Err(failure.unwrap_or(not_found)),
    };
    let now = session.now();
    let is_selected = |certificate: &KnownCertificate| {
        args.selects(certificate, &inventory, now)
            && (args.certificates.is_empty() || named.contains(&certificate.id))
    };
    let document = Document::new(&inventory, &extent, is_selected);
    let output = &session.output;
    match output.format {
        Format::Json => output.json(&document)?,
        Format::Tsv => {
            for certificate in &document.certificates {
                output.print(&rows::tsv(&document, certificate))?;
            }
        }
        Format::Html => output.print(&html::page(&document, &session.target(), now))?,
        _ => {
            output.table(&rows::scopes(&document))?;
            output.print("\n")?;
            output.table(&rows::certificates(&document, now))?;
        }
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// The certificates with these ids or names.
fn find(named: &[String], inventory: &Inventory) -> Result<BTreeSet<CertificateId>, Error> {
    let found = named.iter().map(|named| Ok(inventory.find(named)?.id.clone()));
    found.collect()
}

impl WhereArgs {
    fn selects(&self, certificate: &KnownCertificate, inventory: &Inventory, now: i64) -> bool {
        let may_be_active = || inventory.active_scopes(&certificate.id).is_nowhere() != Some(true);
        let within = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let expires_by = |moment: i64| {
            certificate.validity.expires_at.is_some_and(|expires_at| expires_at.as_secs() <= moment)
        };
        (!self.active || may_be_active())
            && self.expires_within.is_none_or(|time| expires_by(now.saturating_add(within(time))))
    }
}
