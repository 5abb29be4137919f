//! `certs projects`

use certs_core::operations::{ListProjects, PageSize};
use clap::Args;

use crate::completion_cache::{Kind, Listed};
use crate::error::Error;
use crate::format::Format;
use crate::session::Session;

/// List the projects of the organization
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct ProjectsArgs {
    /// List archived projects too
    #[arg(long)]
    include_archived: bool,
}

const HELP: &str = "\
Examples:
  certs projects
  certs projects --include-archived --output ids

Fields of tsv: id, name, status.";

pub(crate) async fn run(args: ProjectsArgs, session: &Session) -> Result<(), Error> {
    let list = ListProjects::new().with_page_size(PageSize::MAX);
    let list = if args.include_archived { list.with_archived() } else { list };
    if !matches!(session.output.format, Format::Jsonl | Format::Tsv | Format::Ids) {
        let projects = session.client.all(list).await?;
        Listed::default().projects(&projects).keep(Kind::Projects, &session.settings);
        return session.output.projects(&projects);
    }
    let mut listed = Listed::default();
    let mut pages = session.client.pages(list);
    while let Some(page) = pages.next().await {
        match page {
            Ok(projects) => {
                listed.projects(&projects);
                session.output.project_rows(&projects)?;
            }
            Err(incomplete) => {
                session.output.project_rows(&incomplete.read)?;
                return Err(incomplete.error.into());
            }
        }
    }
    listed.keep(Kind::Projects, &session.settings);
    Ok(())
}
