//! `certs man`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Error;
use crate::help;

/// Write the man pages, one for each command
#[derive(Args)]
#[command(hide = true)]
pub(crate) struct ManArgs {
    /// The directory for certs.1, certs-list.1 and the others
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &ManArgs) -> Result<(), Error> {
    write(&args.out).map_err(|error| Error::invalid(args.out.display(), &error))
}

fn write(directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let command = help::commands().disable_help_subcommand(true);
    clap_mangen::generate_to(command, directory)
}
