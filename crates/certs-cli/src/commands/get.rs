//! `certs get`

use certs_core::operations::Get;
use clap::Args;

use crate::error::Error;
use crate::names;
use crate::session::Session;

/// Show one certificate: its state, and what is written in it
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GetArgs {
    /// The certificate, by id or name
    #[arg(value_name = "CERT")]
    certificate: String,
    /// Show the certificate itself too, in PEM
    #[arg(long)]
    content: bool,
}

const EXAMPLES: &str = "\
Examples:
  certs get cert_abc
  certs get 'Root 2027' --content --output json";

pub(crate) async fn run(args: GetArgs, session: &Session) -> Result<(), Error> {
    let id = names::id_of(&args.certificate, session).await?;
    let get = Get::new(id);
    let get = if args.content { get.with_content() } else { get };
    let certificate = session.client.call(get).await;
    let certificate =
        certificate.map_err(|error| names::or_not_found(error, &args.certificate))?.value;
    session.output.certificate(&certificate, session.now())
}
