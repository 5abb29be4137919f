//! `certs activate`

use clap::Args;

use super::toggle::{Direction, ToggleArgs, toggle};
use crate::error::Error;
use crate::session::Session;

/// Activate certificates in the organization or in projects
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct ActivateArgs {
    #[command(flatten)]
    toggle: ToggleArgs,
}

const HELP: &str = "\
While a certificate is active in the organization or in a project, requests there need a client certificate that \
chains to an active one. Without --project, it is activated in the organization, and every project inherits it.

Examples:
  certs activate cert_new --project proj_canary
  certs activate cert_new --dry-run
  certs activate 'Root 2027' --yes

Fields of tsv: those of `certs list`, then the project if there are several.";

pub(crate) async fn run(args: ActivateArgs, session: &Session) -> Result<(), Error> {
    toggle(Direction::Activate, args.toggle, session).await
}
