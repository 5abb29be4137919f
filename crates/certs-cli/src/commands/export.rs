//! `certs export`

use certs_plan::goal::export;
use clap::Args;

use crate::error::Error;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::session::Session;

/// Print the current state as a file for `certs plan`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    reading: ReadingArgs,
}

const EXAMPLES: &str = "\
Example:
  certs export > certs.toml";

pub(crate) async fn run(args: ExportArgs, session: &Session) -> Result<(), Error> {
    let inventory = read_inventory(session, &args.reading).await?;
    session.output.print(&export(&inventory)?)
}
