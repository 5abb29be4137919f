//! What `certs activate` and `certs deactivate` have in common.

use std::time::Duration;

use certs_core::operations::{Activate, Deactivate, Scope};
use certs_core::transport::{Delay, Transport};
use certs_types::{Certificate, CertificateId, CertificateIds, ProjectId, ToggleResponse};
use clap::Args;

use crate::consent::{self, ConfirmArgs, Expected, Question, confirm};
use crate::error::{Error, error_chain};
use crate::exit::Exit;
use crate::names::{self, CertificateArgs};
use crate::output::{Activity, after_change, certificate_table};
use crate::preflight::{AllowArgs, Findings, PlannedChange, Reading, preflight};
use crate::session::Session;
use crate::terminal::print_status;
use crate::undo;

#[derive(Args)]
pub(crate) struct ToggleArgs {
    #[command(flatten)]
    certificates: CertificateArgs,
    /// In this project, instead of the organization; may be repeated
    #[arg(long, short, value_name = "PROJECT")]
    project: Vec<ProjectId>,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    allow: AllowArgs,
    /// Show what would be done and what preflight says, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Activate,
    Deactivate,
}

/// One call: so many certificates of one scope.
struct Step {
    scope: Scope,
    ids: CertificateIds,
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
    if !args.dry_run {
        args.confirm.require()?;
    }
    let scopes = scopes(&args.project);
    let organization = session.certificates(Scope::Organization).await?;
    let mut lists = Vec::new();
    for scope in &scopes {
        lists.push(match scope {
            Scope::Organization => organization.clone(),
            _ => session.certificates(scope.clone()).await?,
        });
    }
    let steps = plan(direction, &named, &scopes, &organization, &lists)?;
    let mut readings = vec![Reading { scope: &Scope::Organization, certificates: &organization }];
    readings.extend(
        scopes.iter().zip(&lists).map(|(scope, certificates)| Reading { scope, certificates }),
    );
    let changes: Vec<_> = steps.iter().map(|step| step.change(direction)).collect();
    let Findings { refusal, .. } = preflight(session, &readings, &changes, args.allow);
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    for step in &steps {
        if args.dry_run {
            print_status(&format!("would {}", step.describe(direction)));
        }
    }
    if args.dry_run || steps.is_empty() {
        return Ok(());
    }
    confirm(session, &args.confirm, &question(direction, &steps, &organization, session)).await?;
    carry_out(direction, &steps, session).await
}

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

/// The calls that change something; says where nothing is to be changed.
fn plan(
    direction: Direction,
    named: &[String],
    scopes: &[Scope],
    organization: &[Certificate],
    lists: &[Vec<Certificate>],
) -> Result<Vec<Step>, Error> {
    let ids = named.iter().map(|named| Ok(names::find(named, organization)?.id.clone()));
    let ids = ids.collect::<Result<Vec<_>, Error>>()?;
    let mut steps = Vec::new();
    for (scope, list) in scopes.iter().zip(lists) {
        let is_active =
            |id: &CertificateId| list.iter().any(|one| one.id == *id && one.active == Some(true));
        let wanted = direction == Direction::Activate;
        let (changing, unchanged): (Vec<_>, Vec<_>) =
            ids.iter().cloned().partition(|id| is_active(id) != wanted);
        for id in unchanged {
            let state = if wanted { "was already active" } else { "was not active" };
            print_status(&format!("{id} {state} in {}: nothing changed", place(scope)));
        }
        let batches = CertificateIds::batches(changing);
        if batches.len() > 1 {
            print_status(&format!(
                "{} calls of at most ten certificates each: each is atomic, the whole is not",
                batches.len()
            ));
        }
        steps.extend(batches.into_iter().map(|ids| Step { scope: scope.clone(), ids }));
    }
    Ok(steps)
}

fn question(
    direction: Direction,
    steps: &[Step],
    organization: &[Certificate],
    session: &Session,
) -> Question {
    let changing =
        |one: &&Certificate| steps.iter().any(|step| step.ids.iter().any(|id| *id == one.id));
    let changing: Vec<_> = organization.iter().filter(changing).cloned().collect();
    let table = certificate_table(&changing, Activity::default(), session.now());
    let places: Vec<_> = steps.iter().map(|step| place(&step.scope)).collect();
    let text = format!(
        "{} in {}:\n\n{}",
        direction.verb(),
        places.join(", "),
        table.render(session.output.columns, false)
    );
    let is_small = steps.len() == 1
        && changing.len() == 1
        && steps.iter().all(|step| step.scope != Scope::Organization);
    let expects = match direction == Direction::Activate || is_small {
        true if !session.settings.protected => Expected::Yes,
        _ => Expected::typed_for(changing.iter().map(|one| (one.id.as_str(), one.name.as_deref()))),
    };
    Question { text: consent::lines(&text), expects }
}

async fn carry_out(direction: Direction, steps: &[Step], session: &Session) -> Result<(), Error> {
    let mut seen = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match step.carry_out(direction, session).await {
            Ok(certificates) => seen.extend(certificates),
            Err(error) => {
                undo_steps(direction, &steps[..index], session);
                let not_tried = steps.len() - index - 1;
                return Err(match steps.len() {
                    1 => error,
                    _ => error.with_progress(index, step.describe(direction), not_tried),
                });
            }
        }
    }
    let printed = session.output.certificates(&seen, Activity::default(), session.now());
    let done: Vec<_> = steps.iter().map(|step| step.describe(direction)).collect();
    undo_steps(direction, steps, session);
    after_change(printed, &format!("done: {}", done.join("; ")))
}

/// Prints how to take the steps back, the last one first.
fn undo_steps(direction: Direction, steps: &[Step], session: &Session) {
    for step in steps.iter().rev() {
        let mut arguments = vec![direction.inverse().command()];
        arguments.extend(step.ids.iter().map(CertificateId::as_str));
        if let Scope::Project(project) = &step.scope {
            arguments.extend(["--project", project.as_str()]);
        }
        undo::print(session, &arguments);
    }
}

impl Step {
    fn change(&self, direction: Direction) -> PlannedChange<'_> {
        PlannedChange {
            scope: &self.scope,
            ids: self.ids.as_slice(),
            activate: direction == Direction::Activate,
        }
    }

    fn describe(&self, direction: Direction) -> String {
        let ids: Vec<_> = self.ids.iter().map(CertificateId::as_str).collect();
        format!("{} {} in {}", direction.command(), ids.join(", "), place(&self.scope))
    }

    /// Makes the call; gives the certificates as the scope sees them afterwards.
    async fn carry_out(
        &self,
        direction: Direction,
        session: &Session,
    ) -> Result<Vec<Certificate>, Error> {
        let response = self.send(direction, session).await.map_err(|error| {
            error.with_hint_if_unknown(
                "repeating the same command is safe: it reads the state first",
            )
        })?;
        let wanted = direction == Direction::Activate;
        let is_confirmed = |seen: &[Certificate]| {
            self.ids
                .iter()
                .all(|id| seen.iter().any(|one| one.id == *id && one.active == Some(wanted)))
        };
        let mut seen = response.data;
        if !is_confirmed(&seen) {
            seen = self.read_until(is_confirmed, session).await?;
        }
        seen.retain(|one| self.ids.iter().any(|id| *id == one.id));
        Ok(seen)
    }

    async fn send(&self, direction: Direction, session: &Session) -> Result<ToggleResponse, Error> {
        let (scope, ids) = (self.scope.clone(), self.ids.clone());
        Ok(match direction {
            Direction::Activate => session.client.call(Activate::new(scope, ids)).await?.value,
            Direction::Deactivate => session.client.call(Deactivate::new(scope, ids)).await?.value,
        })
    }

    /// Reads the scope until it shows the change: for a minute, or while there is time, and at least three times.
    async fn read_until(
        &self,
        is_confirmed: impl Fn(&[Certificate]) -> bool,
        session: &Session,
    ) -> Result<Vec<Certificate>, Error> {
        const MINUTE: Duration = Duration::from_secs(60);
        let place = place(&self.scope);
        print_status(&format!(
            "the response does not confirm the change in {place}: reading again"
        ));
        let transport = session.client.transport();
        let started = transport.now();
        let time = session.time_left().min(MINUTE);
        let mut wait = Duration::from_secs(1);
        for reading in 1.. {
            let seen = session.certificates(self.scope.clone()).await.map_err(|incomplete| {
                let what = format!(
                    "accepted, but the list of {place} cannot be read: {}",
                    error_chain(&incomplete)
                );
                Error::new(Exit::Unknown, what)
            })?;
            if is_confirmed(&seen) {
                return Ok(seen);
            }
            if reading >= 3 && transport.now().saturating_sub(started) >= time {
                break;
            }
            transport.sleep(Delay::exactly(wait)).await;
            wait = (wait * 2).min(Duration::from_secs(16));
        }
        Err(Error::unconfirmed(format!("the change, nor does the list of {place}")))
    }
}

impl Direction {
    fn command(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Activate => "Activate",
            Self::Deactivate => "Deactivate",
        }
    }

    fn inverse(self) -> Self {
        match self {
            Self::Activate => Self::Deactivate,
            Self::Deactivate => Self::Activate,
        }
    }
}

/// A scope in a sentence.
fn place(scope: &Scope) -> String {
    match scope {
        Scope::Project(project) => format!("project {project}"),
        _ => "the organization".into(),
    }
}
