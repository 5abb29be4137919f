//! `certs man`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::arguments::Arguments;
use crate::error::Error;

/// Write the man pages, one for each command, for packages of this program
#[derive(Args)]
#[command(hide = true)]
pub(crate) struct ManArgs {
    /// The directory that gets certs.1, certs-list.1 and so on
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &ManArgs) -> Result<(), Error> {
    write(&args.out).map_err(|error| Error::invalid(args.out.display(), &error))
}

fn write(directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let command = Arguments::for_help().disable_help_subcommand(true);
    clap_mangen::generate_to(command, directory)
}
