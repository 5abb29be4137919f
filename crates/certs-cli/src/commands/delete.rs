//! `certs delete`

use certs_core::operations::{Delete, Get};
use clap::Args;

use crate::consent::{self, ConfirmArgs, Expected, Question, confirm};
use crate::error::Error;
use crate::names;
use crate::output::{after_change, day, display_name};
use crate::session::Session;

/// Delete a certificate that is active nowhere; cannot be undone
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// The certificate, by id or name
    #[arg(value_name = "CERT")]
    certificate: String,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

const EXAMPLES: &str = "\
Example:
  certs delete cert_abc";

pub(crate) async fn run(args: DeleteArgs, session: &Session) -> Result<(), Error> {
    args.confirm.require()?;
    let id = names::id_of(&args.certificate, session).await?;
    let certificate = session.client.call(Get::new(id.clone())).await?.value;
    let name = display_name(certificate.name.as_deref());
    let end = certificate.certificate_details.expires_at.map_or("-".into(), day);
    let question = Question {
        text: consent::lines(&format!(
            "Delete {name} ({id}), expires {end}. This cannot be undone."
        )),
        expects: Expected::typed_for([(id.as_str(), certificate.name.as_deref())]),
    };
    confirm(session, &args.confirm, &question).await?;
    let deleted = session.client.call(Delete::new(id.clone())).await;
    let deleted = deleted.map_err(Error::from).and_then(|reply| match reply.value.id == id {
        true => Ok(reply.value),
        false => Err(Error::unconfirmed(format!("that {id} was deleted"))),
    });
    let deleted =
        deleted.map_err(|error| error.with_hint_if_unknown("repeating it is safe; certs list"))?;
    after_change(session.output.deleted(&deleted), &format!("{id} was deleted"))
}
