//! A job: plans a change of the organization, checks it, confirms it, carries it out, and prints how to undo it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{IsTerminal, stderr};
use std::ops::ControlFlow;
use std::time::Duration;

use certs_core::operations::Scope;
use certs_plan::execute::{Execution, Failure, Outcome, Report, Step};
use certs_plan::goal::settle::Activations;
use certs_plan::plan::{Confirmation, ConfirmationText};
use certs_plan::{
    CallerIdentity, CertificateRef, Change, Fingerprint, Inventory, Plan, PlanInput, Refusal,
};
use certs_types::CertificateId;
use clap::Args;

use crate::consent::{ConfirmArgs, Expected, Question, confirm};
use crate::error::{Error, code, error_chain};
use crate::exit::Exit;
use crate::format::Format;
use crate::identity::client_identity;
use crate::output::{Cell, Table, day, display_name};
use crate::preflight::{self, AllowArgs, scope_name};
use crate::session::Session;
use crate::terminal::{print_status, sanitize_line};
use crate::undo;

/// The flags of every command that changes where certificates are active.
#[derive(Args)]
#[command(next_help_heading = "Safety")]
pub(crate) struct JobArgs {
    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,
    #[command(flatten)]
    pub(crate) allow: AllowArgs,
    /// Show what would be done and whether it would be refused, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl JobArgs {
    /// Refuses at once if the change cannot be confirmed.
    pub(crate) fn require_consent(&self) -> Result<(), Error> {
        if self.dry_run { Ok(()) } else { self.confirm.require() }
    }
}

/// A plan with the inventory and the client certificate that it is based on.
pub(crate) struct Job<'a> {
    session: &'a Session,
    pub(crate) inventory: Inventory,
    pub(crate) plan: Plan,
    identity: CallerIdentity,
    uploaded: Vec<(Fingerprint, CertificateId)>,
    settle: Option<(Duration, Activations)>,
    /// Whether refusals of archived projects are not failures.
    leaves_archived: bool,
}

impl<'a> Job<'a> {
    /// Makes the plan for a goal. It is made twice, because contents are read only for what would be active.
    ///
    /// # Errors
    ///
    /// The refusal of the goal, and errors of reading contents.
    pub(crate) async fn new(
        session: &'a Session,
        inventory: Inventory,
        goal: impl Fn(PlanInput<'_>) -> Result<Plan, Refusal>,
    ) -> Result<Self, Error> {
        let now = session.timestamp();
        let draft = goal(PlanInput::new(&inventory, &CallerIdentity::none(), now))?;
        let identity = client_identity(session, &inventory, &draft.changes).await?;
        let plan = goal(PlanInput::new(&inventory, &identity, now))?;
        Ok(Self {
            session,
            inventory,
            plan,
            identity,
            uploaded: Vec::new(),
            settle: None,
            leaves_archived: false,
        })
    }

    /// Sets the ids of new certificates of the plan that were already uploaded.
    pub(crate) fn with_uploaded(mut self, uploaded: Vec<(Fingerprint, CertificateId)>) -> Self {
        self.uploaded = uploaded;
        self
    }

    /// Waits before each removal until the certificates that remain there have been active for this long.
    pub(crate) fn with_settle(mut self, settle: Duration, activations: Activations) -> Self {
        self.settle = Some((settle, activations));
        self
    }

    /// Does not fail if archived projects refuse: the report lists what they refused.
    pub(crate) fn leaving_archived(mut self) -> Self {
        self.leaves_archived = true;
        self
    }

    /// Confirms the plan and carries it out.
    ///
    /// # Errors
    ///
    /// Those of both.
    pub(crate) async fn run(self, args: &JobArgs) -> Result<Option<Finished>, Error> {
        match self.agree(args).await? {
            Some(agreed) => agreed.carry_out().await.map(Some),
            None => Ok(None),
        }
    }

    /// Reports the notices, refuses hazards, and asks for confirmation. `None` for a dry run, which is printed.
    ///
    /// # Errors
    ///
    /// The refusal or the missing consent. Nothing was changed.
    pub(crate) async fn agree(self, args: &JobArgs) -> Result<Option<Agreed<'a>>, Error> {
        let notices = self.notices();
        let refusal = preflight::refusal(&self.plan.preflight, args.allow);
        // The question shows them too, so they are not repeated on the same terminal.
        let prompts = !args.confirm.yes && !args.dry_run && refusal.is_none();
        if !(prompts && stderr().is_terminal()) {
            for notice in &notices {
                print_status(&format!("notice: {notice}"));
            }
        }
        if args.dry_run {
            self.print("would ")?;
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        if args.dry_run {
            return Ok(None);
        }
        if self.plan.confirmation() != Confirmation::NotNeeded {
            confirm(self.session, &args.confirm, &self.question(&notices)).await?;
        }
        Ok(Some(Agreed { job: self, allow: args.allow, yes: args.confirm.yes }))
    }

    /// Prints the plan: a line for each change, or JSON.
    pub(crate) fn print(&self, prefix: &str) -> Result<(), Error> {
        let output = &self.session.output;
        if matches!(output.format, Format::Json | Format::Jsonl) {
            return output.json(&self.plan);
        }
        let mut text = String::new();
        for line in self.plan.lines() {
            let _ = writeln!(text, "{prefix}{}", sanitize_line(&line));
        }
        output.print(&text)
    }

    fn notices(&self) -> Vec<String> {
        let notices = self.plan.preflight.notices.iter();
        notices.map(|notice| preflight::describe(notice, &self.inventory)).collect()
    }

    fn question(&self, notices: &[String]) -> Question {
        let mut text = String::new();
        for line in self.plan.lines() {
            let _ = writeln!(text, "{line}");
        }
        let certificates = self.plan.certificates();
        let name = |certificate: &CertificateRef| self.plan.name_of(certificate);
        let mut table = Table::new(["CERTIFICATE", "NAME", "EXPIRES"]).with_flexible_column(1);
        for certificate in &certificates {
            let known = certificate.id().and_then(|id| self.inventory.certificate(id));
            table.row([
                Cell::from(certificate.to_string()),
                display_name(name(certificate)).into(),
                known.and_then(|known| known.validity.expires_at).map_or("-".into(), day).into(),
            ]);
        }
        let _ = write!(text, "\n{}", table.render(self.session.output.columns, false));
        for notice in notices {
            let _ = write!(text, "\nNotice: {notice}");
        }
        let expects = match self.plan.confirmation() {
            Confirmation::Typed(confirmation) => Expected::typed(&confirmation, name),
            _ if self.session.settings.protected => {
                Expected::typed(&ConfirmationText::of(certificates.iter().cloned()), name)
            }
            Confirmation::NotNeeded | Confirmation::Yes => Expected::Yes,
        };
        Question { text, expects }
    }
}

/// A job that is not refused and was confirmed.
pub(crate) struct Agreed<'a> {
    job: Job<'a>,
    allow: AllowArgs,
    yes: bool,
}

impl Agreed<'_> {
    /// What will be changed.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.job.plan.changes
    }

    /// Carries the plan out, and prints how to undo it.
    ///
    /// # Errors
    ///
    /// Why it stopped, with what was done.
    pub(crate) async fn carry_out(self) -> Result<Finished, Error> {
        let Job { session, plan, leaves_archived, .. } = self.job;
        let mut execution =
            Execution::new(&session.client, plan.changes.clone(), self.job.inventory)
                .with_identity(self.job.identity)
                .with_allowed(self.allow.into())
                .with_uploaded(self.job.uploaded);
        if let Some((settle, activations)) = self.job.settle {
            execution = execution.with_settle(settle, activations);
        }
        execution.run(|| session.timestamp(), |step| announce(step, &plan, session)).await;
        let inventory = execution.inventory().clone();
        let report = execution.into_report();
        undo::print_report(session, &report, self.yes);
        if self.allow.allow_lockout && locks_out(&report) {
            print_status("the change was made, and this command is locked out from now on");
            return Ok(Finished { report, inventory });
        }
        let is_left = report.outcome() == Outcome::DoneExceptArchived && leaves_archived;
        match error_of(&report, &plan) {
            Some(error) if !is_left => Err(error),
            _ => Ok(Finished { report, inventory }),
        }
    }
}

/// A job that was carried out.
pub(crate) struct Finished {
    pub(crate) report: Report,
    /// The inventory, updated with what was read since.
    pub(crate) inventory: Inventory,
}

impl Finished {
    /// The scopes of the changes of a kind that were made, each once.
    pub(crate) fn scopes(&self, kind: impl Fn(&Change) -> bool) -> Vec<Scope> {
        let changes = self.report.done.iter().filter(|change| kind(change));
        let scopes: BTreeSet<_> = changes.filter_map(Change::scope).collect();
        scopes.into_iter().cloned().collect()
    }
}

fn announce(step: Step<'_>, plan: &Plan, session: &Session) -> ControlFlow<()> {
    if session.stop().reason().is_some() {
        return ControlFlow::Break(());
    }
    match step {
        Step::Change(change) if plan.changes.len() > 1 => print_status(&plan.describe(change)),
        Step::ReadAgain(scope) => {
            print_status(&format!(
                "{} does not show the change yet: reading again",
                scope_name(scope)
            ));
        }
        Step::Settle { until } => {
            let left = until.as_secs() - session.now();
            print_status(&format!(
                "waiting {left} s until what was activated has settled (--settle)"
            ));
        }
        _ => {}
    }
    ControlFlow::Continue(())
}

/// Whether everything is done, but the read that should confirm it is no longer allowed.
fn locks_out(report: &Report) -> bool {
    report.outcome() == Outcome::NotAuthorized
        && report.failed.is_none()
        && report.not_tried.is_empty()
}

/// The error for a report, if it contains a failure.
fn error_of(report: &Report, plan: &Plan) -> Option<Error> {
    let exit = match report.outcome() {
        Outcome::Done => return None,
        Outcome::DoneExceptArchived | Outcome::Refused | Outcome::StateMoved => Exit::Refused,
        Outcome::NotAuthorized => Exit::Unauthorized,
        Outcome::RateLimited => Exit::RateLimited,
        Outcome::Unknown => Exit::Unknown,
        // The last change was accepted, but the read that should confirm it failed.
        _ if report.failed.is_none() && !report.done.is_empty() => Exit::Unknown,
        _ => Exit::Unreachable,
    };
    let error = match &report.stopped_by {
        Some(Failure::Call(error)) => Error::from_call(error).with_5xx_as_unknown(),
        Some(failure @ Failure::StateMoved(_)) => {
            Error::new(exit, error_chain(failure)).with_code(code::STATE_MOVED)
        }
        Some(failure) => Error::new(exit, error_chain(failure)),
        None => {
            let left: Vec<_> =
                report.refused_by_archived.iter().map(|change| plan.describe(change)).collect();
            Error::new(exit, format!("archived projects refused: {}", left.join("; ")))
        }
    };
    let error = match &report.failed {
        Some(Change::Delete { certificate }) if error.is_in_use() => {
            error.with_hint(format!("certs where {certificate}"))
        }
        _ => error,
    };
    let failed = report.failed.as_ref().map(|change| plan.describe(change));
    Some(error.with_progress(report.done.len(), failed, report.not_tried.len()))
}
