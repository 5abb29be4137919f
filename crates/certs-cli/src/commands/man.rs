//! `certs man`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Error;

/// Write the man pages, one for each command
#[derive(Args)]
#[command(hide = true)]
pub(crate) struct ManArgs {
    /// The directory for certs.1, certs-list.1 and the others
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &ManArgs, commands: clap::Command) -> Result<(), Error> {
    write(&args.out, commands).map_err(|error| Error::invalid(args.out.display(), &error))
}

fn write(directory: &Path, commands: clap::Command) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    clap_mangen::generate_to(commands.disable_help_subcommand(true), directory)
}
