//! `certs deactivate`

use clap::Args;

use super::toggle::{Direction, ToggleArgs, toggle};
use crate::error::Error;
use crate::session::Session;

/// Deactivate certificates in the organization or in projects
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct DeactivateArgs {
    #[command(flatten)]
    toggle: ToggleArgs,
}

const HELP: &str = "\
Client certificates that chain to a deactivated certificate are refused from then on, unless they chain to another \
one that is active there. Where none remains active, requests need no client certificate anymore: such a change is \
refused without --allow-unenforced.

Examples:
  certs deactivate cert_old --project proj_canary
  certs deactivate cert_old --dry-run
  certs list --name 'Old *' -o ids | certs deactivate --ids-from - --yes

Fields of tsv: those of `certs list`, then the project if there are several.";

pub(crate) async fn run(args: DeactivateArgs, session: &Session) -> Result<(), Error> {
    toggle(Direction::Deactivate, args.toggle, session).await
}
