//! The PEM of a certificate, written before it is deleted.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use certs_core::operations::Get;
use certs_types::CertificateId;
use clap::Args;

use crate::error::Error;
use crate::session::Session;
use crate::settings::state_directory;
use crate::terminal::print_status;

/// Where the PEM is saved before a delete.
#[derive(Args)]
#[command(next_help_heading = "Safety")]
pub(crate) struct BackupArgs {
    /// Save the PEM of what is deleted in this directory [default: backups in the state directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: Option<PathBuf>,
    /// Do not save the PEM of what is deleted
    #[arg(long, conflicts_with = "backup")]
    pub(crate) no_backup: bool,
}

/// Reads the content of a certificate, writes it to a file, and prints the file's name.
///
/// # Errors
///
/// Exit 2 when it cannot be written; nothing was changed. Any error of reading the content.
pub(crate) async fn write(
    session: &Session,
    args: &BackupArgs,
    id: &CertificateId,
) -> Result<(), Error> {
    if args.no_backup {
        return Ok(());
    }
    let directory = directory(args)?;
    let certificate = session.client.call(Get::new(id.clone()).with_content()).await?.value;
    let Some(content) = certificate.certificate_details.content else {
        return Err(Error::usage(format!("the server gives no content of {id} to keep"))
            .with_hint("--no-backup deletes without"));
    };
    let file = directory.join(file_name(id));
    save(&directory, &file, &content).map_err(|error| {
        Error::invalid(format!("the PEM cannot be kept in {}", file.display()), &error)
            .with_hint("--backup DIR names another directory, --no-backup deletes without")
    })?;
    print_status(&format!("the PEM of {id} is kept in {}", file.display()));
    Ok(())
}

fn directory(args: &BackupArgs) -> Result<PathBuf, Error> {
    if let Some(directory) = &args.backup {
        return Ok(directory.clone());
    }
    let state = state_directory()?.map(|state| state.join("deleted"));
    state.ok_or_else(|| {
        Error::usage(
            "there is no home directory to keep the PEM in: give --backup DIR or --no-backup",
        )
    })
}

/// An id as a file name, with everything but letters, digits and a few safe characters replaced.
fn file_name(id: &CertificateId) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    let name: String = id.as_str().chars().map(plain).take(100).collect();
    format!("{name}.pem")
}

fn save(directory: &Path, file: &Path, content: &str) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    // Written as a whole: a partial copy of a deleted certificate is useless.
    let partial = file.with_extension("partial");
    let mut output = File::create(&partial)?;
    output.write_all(content.as_bytes())?;
    output.sync_all()?;
    fs::rename(&partial, file)
}
