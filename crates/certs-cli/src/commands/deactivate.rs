//! `certs deactivate`

use clap::Args;

use super::toggle::{Direction, ToggleArgs, toggle};
use crate::error::Error;
use crate::session::Session;

/// Deactivate certificates: client certificates of these authorities are no longer accepted
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeactivateArgs {
    #[command(flatten)]
    toggle: ToggleArgs,
}

const EXAMPLES: &str = "\
Examples:
  certs deactivate cert_old --project proj_canary
  certs deactivate cert_old --dry-run
  certs list --name 'Old *' -o ids | certs deactivate --ids-from - --yes";

pub(crate) async fn run(args: DeactivateArgs, session: &Session) -> Result<(), Error> {
    toggle(Direction::Deactivate, args.toggle, session).await
}
