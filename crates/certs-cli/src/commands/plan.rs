//! `certs plan`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::declaration::{DEFAULT_FILE, DeclarationFile, print_unmanaged};
use crate::error::Error;
use crate::exit::Outcome;
use crate::format::Format;
use crate::inventory::{ReadingArgs, read_inventory};
use crate::saved_plan::SavedPlan;
use crate::session::Session;
use crate::terminal::print_status;

/// Show the changes that the organization needs to match a file
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct PlanArgs {
    /// The file that declares certificates [default: certs.toml]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Save the plan in this file, for `certs apply`
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

const HELP: &str = "\
Nothing is changed. The file names each certificate by its PEM, its SHA-256 or its id, and where it is active:

  [certificate.root2027]
  pem = \"ca/root2027.pem\"
  active = [\"organization\", \"proj_02\"]
  [certificate.root2019]
  id = \"cert_abc\"
  retired = true

Certificates that the file does not name are reported, and never changed.

Exit codes: 0 no differences, 6 differences.

Examples:
  certs export > certs.toml
  certs plan
  certs plan --out change.plan";

pub(crate) async fn run(args: PlanArgs, session: &Session) -> Result<Outcome, Error> {
    let path = args.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let mut file = DeclarationFile::read(path, session)?;
    let inventory = read_inventory(session, &args.reading).await?;
    file.recognize(session, &inventory).await?;
    let job = file.job(session, inventory).await?;
    if let Some(out) = &args.out {
        SavedPlan::new(&job.plan, session).write(out)?;
    }
    print_unmanaged(&job.plan);
    if job.plan.is_empty() && session.output.format == Format::Table {
        print_status("no differences");
    } else {
        job.print("")?;
    }
    Ok(if job.plan.is_empty() { Outcome::Done } else { Outcome::Differences })
}
