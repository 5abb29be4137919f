//! `certs rotate status`

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_plan::Inventory;
use certs_plan::goal::{Rotation, RotationScope, RotationStatus};
use certs_types::CertificateId;
use clap::Args;
use serde::Serialize;

use crate::contents;
use crate::error::Error;
use crate::exit::Outcome;
use crate::format::Format;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::output::{Cell, Table};
use crate::preflight::scope_name;
use crate::session::Session;

/// Show where the old and the new certificate are active
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct StatusArgs {
    /// The old certificate, by id or name
    #[arg(value_name = "OLD")]
    old: String,
    /// The new certificate, by id or name
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    reading: ReadingArgs,
}

const HELP: &str = "\
Exit codes: 0 the new certificate is active everywhere the old one is, archived projects aside; 6 it is not.

Example:
  certs rotate status 'Root 2025' 'Root 2027'";

pub(crate) async fn run(args: StatusArgs, session: &Session) -> Result<Outcome, Error> {
    let inventory = read_inventory(session, &args.reading).await?;
    let (old, new) = (inventory.find(&args.old)?.id.clone(), inventory.find(&args.new)?.id.clone());
    let status = Rotation::new(old.clone(), new.clone())?.status(&inventory);
    let vouching = vouching(session, &inventory, &old, &new).await?;
    let document = Document {
        object: "certs.rotate_status",
        old: &old,
        new: &new,
        caught_up: status.is_caught_up(),
        behind: status.behind(),
        scopes: status.scopes.iter().map(Row::from).collect(),
        client_certificate_vouched_by: vouching,
    };
    match session.output.format {
        Format::Json => session.output.json(&document)?,
        _ => document.print(session, &status)?,
    }
    Ok(if document.caught_up { Outcome::Done } else { Outcome::Differences })
}

/// Which certificates vouch for this command's own client certificate: of the two, and of what is active in
/// the organization. `None` without a client certificate.
async fn vouching(
    session: &Session,
    inventory: &Inventory,
    old: &CertificateId,
    new: &CertificateId,
) -> Result<Option<Vec<CertificateId>>, Error> {
    let Some(chain) = session.client_chain() else { return Ok(None) };
    let active = inventory.active_in(&Scope::Organization).unwrap_or_default();
    let wanted: BTreeSet<_> = active.into_iter().chain([old, new]).collect();
    let contents = contents::read(session, wanted).await?;
    let now = session.timestamp();
    let vouching = contents.into_iter().filter(|(_, pem)| chain.verify(pem, now).is_ok());
    Ok(Some(vouching.map(|(id, _)| id).collect()))
}

/// The JSON document of the matrix.
#[derive(Serialize)]
struct Document<'a> {
    object: &'static str,
    old: &'a CertificateId,
    new: &'a CertificateId,
    caught_up: bool,
    behind: Vec<Scope>,
    scopes: Vec<Row<'a>>,
    client_certificate_vouched_by: Option<Vec<CertificateId>>,
}

#[derive(Serialize)]
struct Row<'a> {
    scope: &'a Scope,
    archived: bool,
    old: Option<bool>,
    new: Option<bool>,
}

impl<'a> From<&'a RotationScope> for Row<'a> {
    fn from(row: &'a RotationScope) -> Self {
        let RotationScope { scope, is_archived, old, new, .. } = row;
        Self { scope, archived: *is_archived, old: *old, new: *new }
    }
}

impl Document<'_> {
    fn print(&self, session: &Session, status: &RotationStatus) -> Result<(), Error> {
        let mut table = Table::new(["SCOPE", "OLD", "NEW", "STATE"]).with_flexible_column(0);
        for one in &status.scopes {
            let archived = if one.is_archived { " (archived)" } else { "" };
            let behind = if self.behind.contains(&one.scope) { "behind" } else { "-" };
            table.row([
                Cell::from(format!("{}{archived}", scope_name(&one.scope))),
                in_words(one.old).into(),
                in_words(one.new).into(),
                behind.into(),
            ]);
        }
        session.output.table(&table)?;
        session.output.print(&format!("\n{}\n", self.summary()))
    }

    fn summary(&self) -> String {
        let (old, new) = (self.old, self.new);
        let state = match self.behind.len() {
            0 => format!("{new} is active wherever {old} is"),
            1 => "1 scope is behind".to_owned(),
            count => format!("{count} scopes are behind"),
        };
        let own = match self.client_certificate_vouched_by.as_deref() {
            None => "this command has no client certificate".to_owned(),
            Some([]) => "this command's client certificate chains to none of them".to_owned(),
            Some(ids) => {
                let ids: Vec<_> = ids.iter().map(CertificateId::as_str).collect();
                format!("this command's client certificate chains to {}", ids.join(", "))
            }
        };
        format!("{state}\n{own}")
    }
}

fn in_words(active: Option<bool>) -> &'static str {
    match active {
        Some(true) => "active",
        Some(false) => "-",
        None => "?",
    }
}
