//! `certs upload`: checked before it is sent, never sent twice, and searched for when its response is lost.

use std::path::{Path, PathBuf};

use certs_core::operations::{Get, Scope, Upload};
use certs_plan::execute::find_copies;
use certs_types::{Certificate, CertificatePem};
use clap::Args;

use crate::candidate;
use crate::error::Error;
use crate::names;
use crate::output::after_change;
use crate::scope_lists;
use crate::session::Session;
use crate::terminal::{print_status, sanitize};
use crate::x509::Facts;

/// Upload a CA certificate, which is then active nowhere
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UploadArgs {
    /// A file with exactly one certificate in PEM; `-` reads stdin
    file: PathBuf,
    /// Display name
    #[arg(long, value_parser = names::new_name)]
    name: Option<String>,
    /// If the same certificate is already there, show that one; without this, a copy is uploaded
    #[arg(long)]
    if_absent: bool,
    /// Print only the id
    #[arg(long, short)]
    quiet: bool,
    // Accepted so that scripts can give it to every change, although an upload needs no confirmation.
    #[arg(long, short, hide = true)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  certs upload root.pem --name 'Root 2027'
  certs upload root.pem --if-absent --output json
  certs activate \"$(certs upload root.pem --quiet)\" --project proj_canary";

pub(crate) async fn run(args: UploadArgs, session: &Session) -> Result<(), Error> {
    let (pem, facts) = candidate::read_facts(&args.file, session)?;
    lint(&facts, &args.file, session)?;
    if args.if_absent
        && let Some(copy) = find_copy(&pem, &facts, session).await?
    {
        print_status(&format!("{} is the same certificate: nothing was uploaded", copy.id));
        return print(&copy, &facts, args.quiet, session);
    }
    let upload = Upload::new(pem);
    let upload = match &args.name {
        Some(name) => upload.with_name(name.as_str()),
        None => upload,
    };
    let uploaded = session.client.upload(upload).await.map_err(|error| {
        Error::from(error).with_5xx_as_unknown().with_hint_if_unknown(
            "repeat it only with --if-absent, which first checks whether the certificate was uploaded",
        )
    })?;
    let uploaded = uploaded.value;
    let printed = print(&uploaded, &facts, args.quiet, session);
    after_change(printed, &format!("uploaded as {}", uploaded.id))
}

/// Refuses a certificate that the API would certainly refuse, and warns about rules of older documents.
fn lint(facts: &Facts, file: &Path, session: &Session) -> Result<(), Error> {
    candidate::require_uploadable(facts, file, session)?;
    for warning in facts.warnings() {
        print_status(&format!("warning: {warning}"));
    }
    Ok(())
}

/// The certificate with the same content, under any name, if it was already uploaded.
async fn find_copy(
    pem: &CertificatePem,
    facts: &Facts,
    session: &Session,
) -> Result<Option<Certificate>, Error> {
    let inventory = scope_lists::read(session, &[Scope::Organization]).await?;
    let new = candidate::new_certificate(pem.clone(), facts);
    let copies = find_copies(&session.client, &inventory, &new).await?;
    let Some(eldest) = copies.into_iter().min_by_key(|id| {
        inventory.certificate(id).map(|known| (known.created_at, known.id.clone()))
    }) else {
        return Ok(None);
    };
    Ok(Some(session.client.call(Get::new(eldest)).await?.value))
}

fn print(
    certificate: &Certificate,
    facts: &Facts,
    quiet: bool,
    session: &Session,
) -> Result<(), Error> {
    if quiet {
        session.output.print(&(sanitize(certificate.id.as_str()) + "\n"))
    } else {
        session.output.certificate(certificate, Some(facts), session.now())
    }
}
