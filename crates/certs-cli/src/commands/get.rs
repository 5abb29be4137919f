//! `certs get`

use certs_core::operations::Get;
use certs_types::CertificatePem;
use clap::Args;

use crate::error::Error;
use crate::format::Format;
use crate::names;
use crate::session::Session;
use crate::x509::Facts;

/// Show one certificate, with its subject, issuer, fingerprint and key
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GetArgs {
    /// The certificate, by id or name
    #[arg(value_name = "CERT")]
    certificate: String,
    /// Show the PEM too
    #[arg(long)]
    content: bool,
}

const EXAMPLES: &str = "\
Examples:
  certs get cert_abc
  certs get 'Root 2027' --content --output json";

pub(crate) async fn run(args: GetArgs, session: &Session) -> Result<(), Error> {
    let id = names::id_of(&args.certificate, session).await?;
    let is_table = session.output.format == Format::Table;
    let get = Get::new(id);
    // The text format also shows the fields of the X.509 certificate.
    let get = if args.content || is_table { get.with_content() } else { get };
    let certificate = session.client.call(get).await;
    let mut certificate =
        certificate.map_err(|error| names::or_not_found(error, &args.certificate))?.value;
    let content = certificate.certificate_details.content.as_ref().filter(|_| is_table);
    let pem = content.and_then(|content| content.parse::<CertificatePem>().ok());
    let facts = pem.and_then(|pem| Facts::of(&pem).ok());
    if !args.content {
        certificate.certificate_details.content = None;
    }
    session.output.certificate(&certificate, facts.as_ref(), session.now())
}
