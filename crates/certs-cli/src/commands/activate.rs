//! `certs activate`

use clap::Args;

use super::toggle::{Direction, ToggleArgs, toggle};
use crate::error::Error;
use crate::session::Session;

/// Activate certificates: requests are accepted only with a client certificate that one of them vouches for
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ActivateArgs {
    #[command(flatten)]
    toggle: ToggleArgs,
}

const EXAMPLES: &str = "\
Examples:
  certs activate cert_new --project proj_canary
  certs activate cert_new --dry-run
  certs activate 'Root 2027' --yes";

pub(crate) async fn run(args: ActivateArgs, session: &Session) -> Result<(), Error> {
    toggle(Direction::Activate, args.toggle, session).await
}
