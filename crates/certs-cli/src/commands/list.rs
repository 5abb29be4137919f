//! `certs list`

use std::time::Duration;

use certs_core::operations::{List, PageSize, Scope};
use certs_types::{Certificate, ProjectId, Timestamp};
use clap::{Args, ValueEnum};

use crate::completion_cache::{Kind, Listed};
use crate::duration;
use crate::error::Error;
use crate::format::Format;
use crate::glob::Glob;
use crate::output::Activity;
use crate::session::Session;

/// List the certificates of the organization or of a project
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct ListArgs {
    /// The certificates of this project, instead of those of the organization
    #[arg(long, short, value_name = "PROJECT")]
    project: Option<ProjectId>,
    /// Only certificates that are active there by its own activation
    #[arg(long, conflicts_with = "inactive")]
    active: bool,
    /// Only certificates that are not active there by its own activation
    #[arg(long)]
    inactive: bool,
    /// Only certificates that have expired
    #[arg(long)]
    expired: bool,
    /// Only certificates that have expired or expire within this time, such as 30d
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit)]
    expires_within: Option<Duration>,
    /// Only certificates whose name matches: `*` is any text, `?` any character
    #[arg(long, value_name = "GLOB")]
    name: Option<Glob>,
    /// Sort in ascending order; certificates without a name or a date come last
    #[arg(long, value_enum, value_name = "KEY")]
    sort: Option<Sort>,
    /// Show at most this many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

const HELP: &str = "\
Examples:
  certs list --active --expires-within 30d
  certs list --project proj_abc --output json
  certs list --name 'Old *' -o ids | certs deactivate --ids-from - --yes

Fields of tsv: id, name, active or inactive, time of expiry, time of upload.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    Name,
    Expires,
    Created,
}

pub(crate) async fn run(args: ListArgs, session: &Session) -> Result<(), Error> {
    let output = &session.output;
    let scope = args.project.clone().map_or(Scope::Organization, Scope::Project);
    if args.sort.is_none() && matches!(output.format, Format::Jsonl | Format::Tsv | Format::Ids) {
        return stream(&args, scope, session).await;
    }
    let mut listed = session.certificates(scope).await?;
    Listed::default().certificates(&listed).keep(Kind::Certificates, &session.settings);
    let now = session.now();
    listed.retain(|certificate| args.selects(certificate, now));
    if let Some(sort) = args.sort {
        sort.apply(&mut listed);
    }
    listed.truncate(args.limit.unwrap_or(usize::MAX));
    if output.format != Format::Table {
        return output.certificates(&listed, Activity::default(), now);
    }
    if listed.is_empty() {
        return output.certificates(&listed, Activity::default(), now);
    }
    let Some(_) = args.project else {
        output.certificates(&listed, Activity::default(), now)?;
        return output.print("\nProjects may have others active: `certs where` shows them.\n");
    };
    let organization = session.certificates(Scope::Organization).await?;
    let active = organization.into_iter().filter(|one| one.active == Some(true));
    let inherited: Vec<_> = active.map(|one| one.id).collect();
    output.certificates(&listed, Activity { inherited: &inherited }, now)?;
    output.print(if inherited.is_empty() {
        "\nNothing is inherited: nothing is active in the organization.\n"
    } else {
        "\nInherited: active in the organization, and so in this project.\n"
    })
}

/// Prints page by page, so that memory stays constant and reading ends when the output pipe is closed.
async fn stream(args: &ListArgs, scope: Scope, session: &Session) -> Result<(), Error> {
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut pages = session.client.pages(List::new(scope).with_page_size(PageSize::MAX));
    let mut listed = Listed::default();
    while left > 0 {
        let Some(page) = pages.next().await else {
            listed.keep(Kind::Certificates, &session.settings);
            break;
        };
        let (mut certificates, error) = match page {
            Ok(certificates) => (certificates, None),
            Err(incomplete) => (incomplete.read, Some(incomplete.error)),
        };
        listed.certificates(&certificates);
        let now = session.now();
        certificates.retain(|certificate| args.selects(certificate, now));
        certificates.truncate(left);
        left -= certificates.len();
        session.output.certificate_rows(&certificates)?;
        if let Some(error) = error {
            return Err(error.into());
        }
    }
    Ok(())
}

impl ListArgs {
    fn selects(&self, certificate: &Certificate, now: i64) -> bool {
        let is_active = certificate.active == Some(true);
        let expires_at = certificate.certificate_details.expires_at.map(Timestamp::as_secs);
        let ends_by = |by: i64| expires_at.is_some_and(|end| end <= by);
        let within =
            self.expires_within.map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        (!self.active || is_active)
            && (!self.inactive || !is_active)
            && (!self.expired || ends_by(now))
            && within.is_none_or(|within| ends_by(now.saturating_add(within)))
            && self.name.as_ref().is_none_or(|glob| {
                certificate.name.as_deref().is_some_and(|name| glob.matches(name))
            })
    }
}

impl Sort {
    fn apply(self, certificates: &mut [Certificate]) {
        match self {
            Self::Name => certificates.sort_by_cached_key(|one| {
                let name = one.name.clone().filter(|name| !name.is_empty());
                (name.is_none(), name)
            }),
            Self::Expires => certificates.sort_by_key(|one| {
                let end = one.certificate_details.expires_at;
                (end.is_none(), end)
            }),
            Self::Created => certificates.sort_by_key(|one| one.created_at),
        }
    }
}
