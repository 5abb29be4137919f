//! `certs rename`

use clap::Args;

use crate::error::Error;
use crate::names;
use crate::output::after_change;
use crate::session::Session;

/// Change the display name of a certificate
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RenameArgs {
    /// The certificate, by id or name
    #[arg(value_name = "CERT")]
    certificate: String,
    /// The new display name
    #[arg(value_parser = names::new_name)]
    name: String,
    // Accepted so that scripts can give it to every change, although a rename needs no confirmation.
    #[arg(long, short, hide = true)]
    yes: bool,
}

const EXAMPLES: &str = "\
Example:
  certs rename cert_abc 'Root 2027'";

pub(crate) async fn run(args: RenameArgs, session: &Session) -> Result<(), Error> {
    let RenameArgs { certificate, name, .. } = args;
    if name.trim().is_empty() {
        return Err(Error::usage("the new name is empty"));
    }
    let id = names::id_of(&certificate, session).await?;
    let renamed = session.client.rename(id.clone(), name).await;
    let renamed = renamed.map_err(|error| names::or_not_found(error, &certificate));
    let renamed = renamed.map_err(|error| {
        error.with_hint_if_unknown(&format!("repeating it is safe; certs get {id}"))
    })?;
    let renamed = renamed.value;
    let printed = session.output.certificate(&renamed, None, session.now());
    after_change(printed, &format!("{id} was renamed"))
}
