//! The PEM of a certificate, written before it is deleted.

use std::path::{Path, PathBuf};

use certs_core::operations::Get;
use certs_plan::Change;
use certs_types::CertificateId;
use clap::Args;

use crate::error::Error;
use crate::files;
use crate::session::Session;
use crate::settings::state_directory;
use crate::terminal::print_status;

/// Where the PEM is saved before a delete.
#[derive(Args)]
#[command(next_help_heading = "Safety")]
pub(crate) struct BackupArgs {
    /// Save the PEM of what is deleted in this directory [default: ~/.local/state/certs/deleted]
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: Option<PathBuf>,
    /// Do not save the PEM of what is deleted
    #[arg(long, conflicts_with = "backup")]
    pub(crate) no_backup: bool,
}

/// Saves the PEM of every certificate that these changes delete, and prints the names of the files.
///
/// # Errors
///
/// Exit 2 when a file cannot be written; nothing was changed. Any error of reading the content.
pub(crate) async fn save_deleted(
    session: &Session,
    args: &BackupArgs,
    changes: &[Change],
) -> Result<(), Error> {
    if args.no_backup {
        return Ok(());
    }
    for change in changes {
        if let Change::Delete { certificate } = change {
            save(session, &directory(args)?, certificate).await?;
        }
    }
    Ok(())
}

async fn save(session: &Session, directory: &Path, id: &CertificateId) -> Result<(), Error> {
    let certificate = session.client.call(Get::new(id.clone()).with_content()).await?.value;
    let Some(content) = certificate.certificate_details.content else {
        return Err(Error::usage(format!("the response has no PEM of {id} to save"))
            .with_hint("--no-backup deletes it without a backup"));
    };
    let file = directory.join(file_name(id));
    write(directory, &file, &content).map_err(|error| {
        Error::invalid(format!("the PEM cannot be saved in {}", file.display()), &error).with_hint(
            "--backup DIR saves it in another directory, --no-backup deletes without a backup",
        )
    })?;
    print_status(&format!("the PEM of {id} is saved in {}", file.display()));
    Ok(())
}

fn directory(args: &BackupArgs) -> Result<PathBuf, Error> {
    if let Some(directory) = &args.backup {
        return Ok(directory.clone());
    }
    let state = state_directory()?.map(|state| state.join("deleted"));
    state.ok_or_else(|| {
        Error::usage(
            "there is no home directory to save the PEM in: give --backup DIR or --no-backup",
        )
    })
}

/// An id as a file name, with everything but letters, digits and a few safe characters replaced.
fn file_name(id: &CertificateId) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    let name: String = id.as_str().chars().map(plain).take(100).collect();
    format!("{name}.pem")
}

fn write(directory: &Path, file: &Path, content: &str) -> std::io::Result<()> {
    files::create_directory(directory)?;
    files::replace(file, content.as_bytes())
}
