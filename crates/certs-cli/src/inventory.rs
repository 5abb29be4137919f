//! Reads which certificates are active where, for all commands that need it.

use std::cell::RefCell;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use certs_plan::survey::{ReadError, Survey, SurveyError};
use certs_plan::{Inventory, driver};
use certs_types::ProjectId;
use clap::Args;

use crate::contents;
use crate::duration;
use crate::error::{Error, code, error_chain};
use crate::exit::Exit;
use crate::progress::{self, Progress};
use crate::resume::ResumeFile;
use crate::session::Session;
use crate::terminal::print_status;

/// Where a long reading is saved, so that it can resume after an interruption.
#[derive(Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// Save what was read in this file; if it exists, continue from it
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// With --resume: read again what was read longer ago than this [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, requires = "resume")]
    max_age: Option<Duration>,
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The organization and all projects.
    Everything,
    /// The organization and these projects.
    Projects(Vec<ProjectId>),
}

impl Extent {
    /// These projects, or everything if none is given.
    pub(crate) fn of(projects: Vec<ProjectId>) -> Self {
        if projects.is_empty() { Self::Everything } else { Self::Projects(projects) }
    }

    pub(crate) fn includes(&self, project: &ProjectId) -> bool {
        match self {
            Self::Everything => true,
            Self::Projects(projects) => projects.contains(project),
        }
    }
}

/// What was read, and why it is incomplete.
pub(crate) struct Reading {
    pub(crate) inventory: Inventory,
    /// Why the reading is incomplete. Its exit code is 4, or a more specific one.
    pub(crate) failure: Option<Error>,
}

/// Reads the organization and all projects, and stops at the first list that cannot be read: for changes.
///
/// # Errors
///
/// Exit 4 when something cannot be read, or a more specific code; 2 for a resume file that
/// cannot be used.
pub(crate) async fn read_inventory(
    session: &Session,
    args: &ReadingArgs,
) -> Result<Inventory, Error> {
    let reading = read(session, args, &Extent::Everything, OnFailure::Stop).await?;
    match reading.failure {
        None => Ok(reading.inventory),
        Some(failure) => Err(failure),
    }
}

/// Reads as much as possible, for reports, which show what is missing.
///
/// # Errors
///
/// Exit 2 for a project that does not exist, and for a resume file that cannot be used. Other errors are in
/// the reading.
pub(crate) async fn read_available(
    session: &Session,
    args: &ReadingArgs,
    extent: &Extent,
) -> Result<Reading, Error> {
    read(session, args, extent, OnFailure::Continue).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnFailure {
    Stop,
    Continue,
}

async fn read(
    session: &Session,
    args: &ReadingArgs,
    extent: &Extent,
    on_failure: OnFailure,
) -> Result<Reading, Error> {
    let (file, inventory) = args.open(session)?;
    let mut survey = match extent {
        Extent::Everything => Survey::of_everything(inventory),
        Extent::Projects(projects) => Survey::of_projects(inventory, projects.iter().cloned()),
    };
    let failure = if survey.is_done() {
        None
    } else {
        carry_out(session, &mut survey, file, on_failure).await
    };
    if let [unknown, ..] = survey.unknown_projects()[..] {
        let message = format!("there is no project {unknown}");
        return Err(Error::new(Exit::Usage, message)
            .with_code(code::NOT_FOUND)
            .with_hint("certs projects --include-archived"));
    }
    let mut inventory = survey.into_inventory();
    let failure = match failure {
        Some(error) => Some(error.with_hint_if_none(match args.resume {
            Some(_) => "run the same command again: it continues from what was read",
            None => {
                "with --resume FILE, what was read is saved, and the same command continues from it"
            }
        })),
        None => contents::supply_dates(&mut inventory, session).await.err(),
    };
    Ok(Reading { inventory, failure })
}

/// Reads while showing progress, and saves after each list. Returns the error that ended the
/// reading, or else the first error that did not.
async fn carry_out(
    session: &Session,
    survey: &mut Survey,
    mut file: Option<ResumeFile>,
    on_failure: OnFailure,
) -> Option<Error> {
    let _quiet = session.observer.without_announcements();
    let progress = RefCell::new(Progress::start("lists read", survey.progress().total));
    let mut failures = Failures::default();
    let reading = driver::run_with_failures(
        &session.client,
        survey,
        || session.timestamp(),
        |survey| {
            let now = survey.progress();
            progress.borrow_mut().set(now.done, now.total);
            if let Some(file) = &mut file {
                file.save_if_due(survey.inventory());
            }
        },
        |error| match on_failure {
            OnFailure::Continue if session.stop().reason().is_none() => failures.handle(error),
            _ => Err(error),
        },
    );
    let ended = {
        let mut reading = pin!(progress::report_while(&progress, reading));
        tokio::select! {
            outcome = &mut reading => outcome.map_err(incomplete),
            () = tokio::time::sleep(session.time_left()) => Err(out_of_time(session)),
        }
    };
    if let Some(file) = &mut file {
        file.save(survey.inventory());
    }
    ended.err().or(failures.first.map(incomplete))
}

/// The failures that did not end the reading.
#[derive(Default)]
struct Failures {
    first: Option<SurveyError>,
    count: usize,
}

impl Failures {
    /// After this many failures the reading ends: the problem is the server and not single lists.
    const MAX: usize = 10;

    fn handle(&mut self, error: SurveyError) -> Result<(), SurveyError> {
        if self.count == Self::MAX || !error.concerns_one_list() {
            return Err(error);
        }
        self.count += 1;
        self.first.get_or_insert(error);
        Ok(())
    }
}

/// The error of an incomplete reading: exit 4, unless a more specific code applies.
fn incomplete(error: SurveyError) -> Error {
    let what = format!("the reading is incomplete: {error}");
    let error = match error.source {
        ReadError::Call(error) => Error::from(error),
        ReadError::UnknownState(error) => Error::new(Exit::Unreachable, error.to_string()),
        error => Error::new(Exit::Unreachable, error_chain(&error)),
    };
    error.into_reading().while_doing(what)
}

/// The error of a reading that took longer than `--timeout`.
fn out_of_time(session: &Session) -> Error {
    let message = "the reading is incomplete: it took longer than --timeout allows";
    if session.client.transport().is_waiting() {
        Error::new(Exit::RateLimited, message).with_code(code::RATE_LIMITED)
    } else {
        Error::new(Exit::Unreachable, message)
    }
}

impl ReadingArgs {
    /// The file to resume from, and its lists that are not older than `--max-age`.
    fn open(&self, session: &Session) -> Result<(Option<ResumeFile>, Inventory), Error> {
        const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60 * 60);
        let Some(path) = &self.resume else { return Ok((None, Inventory::new())) };
        let (file, mut inventory) = ResumeFile::open(path, session.account())?;
        let max_age = self.max_age.unwrap_or(DEFAULT_MAX_AGE);
        let now = session.timestamp();
        let saved = observed(&inventory);
        inventory.forget_outside(duration::before(now, max_age), now);
        let kept = observed(&inventory);
        if saved > 0 {
            let path = path.display();
            print_status(&match saved - kept {
                0 => format!("{path}: continues from {saved} lists"),
                old => format!(
                    "{path}: continues from {kept} lists; {old} are older than --max-age and are read again"
                ),
            });
        }
        Ok((Some(file), inventory))
    }
}

/// The number of lists in an inventory.
fn observed(inventory: &Inventory) -> usize {
    inventory.scopes().filter(|scope| inventory.observed_at(scope).is_some()).count()
}
