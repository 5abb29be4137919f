//! What `certs activate` and `certs deactivate` have in common.

use certs_core::operations::{Activate, Deactivate, Scope};
use certs_plan::plan::ConfirmationText;
use certs_plan::{CertificateRef, Change, Inventory, ScopeNames};
use certs_types::{Certificate, CertificateId, CertificateIds, Object, ProjectId};
use clap::Args;

use crate::error::Error;
use crate::job::{Job, JobArgs};
use crate::names::{self, CertificateArgs};
use crate::output::{Activity, InScope, after_change};
use crate::preflight::scope_name;
use crate::scope_lists;
use crate::session::Session;
use crate::terminal::print_status;

#[derive(Args)]
pub(crate) struct ToggleArgs {
    #[command(flatten)]
    certificates: CertificateArgs,
    /// In this project, instead of the organization; may be repeated
    #[arg(long, short, value_name = "PROJECT")]
    project: Vec<ProjectId>,
    #[command(flatten)]
    job: JobArgs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Activate,
    Deactivate,
}

pub(crate) async fn toggle(
    direction: Direction,
    args: ToggleArgs,
    session: &Session,
) -> Result<(), Error> {
    let named = args.certificates.read(session.settings.reads_stdin())?;
    if named.is_empty() {
        print_status("no ids: nothing to do");
        return Ok(());
    }
    args.job.require_consent()?;
    let scopes = scopes(&args.project);
    let allow = args.job.allow;
    let is_break_glass = allow.allow_unenforced
        && allow.allow_lockout
        && scopes.len() == 1
        && named.iter().all(|named| names::looks_like_id(named));
    match &scopes[..] {
        [scope] if is_break_glass && !args.job.dry_run => {
            without_reading(direction, scope, &named, &args.job, session).await
        }
        _ => with_preflight(direction, &scopes, &named, &args.job, session).await,
    }
}

/// The scopes of the command line, without duplicates; the organization if no project is given.
fn scopes(projects: &[ProjectId]) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for project in projects {
        let scope = Scope::Project(project.clone());
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() { vec![Scope::Organization] } else { scopes }
}

async fn with_preflight(
    direction: Direction,
    scopes: &[Scope],
    named: &[String],
    args: &JobArgs,
    session: &Session,
) -> Result<(), Error> {
    let inventory = scope_lists::read(session, scopes).await?;
    let ids = named.iter().map(|named| Ok(inventory.find(named)?.id.clone()));
    let ids = ids.collect::<Result<Vec<_>, Error>>()?;
    let mut changes = Vec::new();
    let mut unchanged = Vec::new();
    for scope in scopes {
        let is_active = |id: &CertificateId| inventory.is_active(scope, id) == Some(true);
        let (changing, same): (Vec<_>, Vec<_>) =
            ids.iter().cloned().partition(|id| is_active(id) != direction.is_active());
        unchanged.extend(same.into_iter().map(|id| (scope, id)));
        changes.extend(direction.changes(scope, changing));
    }
    for (scope, id) in unchanged {
        let state = direction.unchanged();
        print_status(&format!("{id} {state} in {}: nothing changed", scope_name(scope)));
    }
    if changes.len() > scopes.len() {
        let calls = changes.len();
        print_status(&format!(
            "{calls} calls of at most ten certificates: each is atomic, the series is not"
        ));
    }
    let has_changes = !changes.is_empty();
    let job = Job::new(session, inventory, |now| Ok(now.plan(changes.clone()))).await?;
    let Some(finished) = job.run(args).await? else { return Ok(()) };
    let printed = print(scopes, &ids, &finished.inventory, session);
    if has_changes { after_change(printed, &direction.describe(scopes, &ids)) } else { printed }
}

/// Changes without reading first, because both hazards are allowed. The previous state is not known.
async fn without_reading(
    direction: Direction,
    scope: &Scope,
    named: &[String],
    args: &JobArgs,
    session: &Session,
) -> Result<(), Error> {
    use crate::consent::{Expected, Question, confirm};
    let ids = named.iter().map(|id| id.parse::<CertificateId>());
    let ids =
        ids.collect::<Result<Vec<_>, _>>().map_err(|error| Error::usage(error.to_string()))?;
    let action = direction.describe(std::slice::from_ref(scope), &ids);
    let refs = ids.iter().cloned().map(CertificateRef::Id);
    let question = Question {
        text: format!("{action}\n\nNothing was read, so it is not known what this breaks."),
        expects: Expected::typed(&ConfirmationText::of(refs), |_| None),
    };
    confirm(session, &args.confirm, &question).await?;
    let mut seen = Vec::new();
    let batches = CertificateIds::batches(ids);
    let count = batches.len();
    for (done, batch) in batches.into_iter().enumerate() {
        let confirmed =
            match direction {
                Direction::Activate => {
                    let activate = Activate::new(scope.clone(), batch.clone());
                    session.client.call(&activate).await.map(|reply| {
                        (activate.unconfirmed(&reply.value).is_empty(), reply.value.data)
                    })
                }
                Direction::Deactivate => {
                    let deactivate = Deactivate::new(scope.clone(), batch.clone());
                    session.client.call(&deactivate).await.map(|reply| {
                        (deactivate.unconfirmed(&reply.value).is_empty(), reply.value.data)
                    })
                }
            };
        let confirmed = confirmed.map_err(Error::from).and_then(|(is_confirmed, data)| {
            if is_confirmed { Ok(data) } else { Err(Error::unconfirmed(&action)) }
        });
        match confirmed {
            Ok(data) => {
                seen.extend(data.into_iter().filter(|one| batch.iter().any(|id| *id == one.id)));
            }
            Err(error) if count > 1 => {
                return Err(error.with_progress(done, Some(action), count - done - 1));
            }
            Err(error) => return Err(error),
        }
    }
    let printed = session.output.certificates(&seen, Activity::default(), session.now());
    after_change(printed, &action)
}

/// Prints the certificates with their new state in each scope.
fn print(
    scopes: &[Scope],
    ids: &[CertificateId],
    inventory: &Inventory,
    session: &Session,
) -> Result<(), Error> {
    let (output, now) = (&session.output, session.now());
    let in_scope = |scope| ids.iter().filter_map(move |id| as_listed(scope, id, inventory));
    if let [only] = scopes {
        let certificates: Vec<_> = in_scope(only).collect();
        return output.certificates(&certificates, Activity::default(), now);
    }
    let certificates = scopes
        .iter()
        .flat_map(|scope| in_scope(scope).map(move |certificate| InScope { certificate, scope }));
    output.certificates_in_scopes(&certificates.collect::<Vec<_>>(), now)
}

/// The certificate as it appears in the list of a scope.
fn as_listed(scope: &Scope, id: &CertificateId, inventory: &Inventory) -> Option<Certificate> {
    let known = inventory.certificate(id)?;
    let object = match scope {
        Scope::Organization => Object::ORGANIZATION_CERTIFICATE,
        _ => Object::PROJECT_CERTIFICATE,
    };
    let mut certificate = Certificate::new(object, id.clone(), known.created_at);
    certificate.name.clone_from(&known.name);
    certificate.certificate_details.valid_at = known.validity.valid_at;
    certificate.certificate_details.expires_at = known.validity.expires_at;
    certificate.active = inventory.is_active(scope, id);
    Some(certificate)
}

impl Direction {
    fn is_active(self) -> bool {
        self == Self::Activate
    }

    fn changes(self, scope: &Scope, ids: Vec<CertificateId>) -> Vec<Change> {
        match self {
            Self::Activate => Change::activate(scope, ids.into_iter().map(CertificateRef::Id)),
            Self::Deactivate => Change::deactivate(scope, ids),
        }
    }

    fn unchanged(self) -> &'static str {
        match self {
            Self::Activate => "was already active",
            Self::Deactivate => "was not active",
        }
    }

    fn describe(self, scopes: &[Scope], ids: &[CertificateId]) -> String {
        let verb = if self == Self::Activate { "activate" } else { "deactivate" };
        let ids: Vec<_> = ids.iter().map(CertificateId::as_str).collect();
        format!("{verb} {} in {}", ids.join(", "), ScopeNames(scopes))
    }
}
