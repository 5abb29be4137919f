//! Surveys: decide which lists of an organization to read next, and record their pages.

mod error;
mod reading;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use certs_core::Error;
use certs_core::http::StatusCode;
use certs_core::operations::Scope;
use certs_types::{Certificate, ErrorCode, Page, Project, ProjectId, Timestamp};

use crate::inventory::{Inventory, KnownProject, Listing};
pub(crate) use error::is_about_project;
pub use error::{ReadError, SurveyError};
pub use reading::{ReadCertificates, ReadProjects, Reading};

/// Reads an [`Inventory`] with as few requests as possible: one for every hundred projects, and one for the list of
/// each scope.
///
/// It sends nothing itself: [`next`](Self::next) returns a page to read, and [`handle_projects`](Self::handle_projects)
/// or [`handle_certificates`](Self::handle_certificates) takes the result. Several pages can be read at the same time.
/// [`driver::run`](crate::driver::run) does all of this with a client.
///
/// ```
/// use certs_core::types::{Certificate, Page, Timestamp};
/// use certs_core::operations::Scope;
/// use certs_plan::{Inventory, survey::{Reading, Survey}};
///
/// let now = Timestamp::try_from(1_800_000_000)?;
/// let mut survey = Survey::of_scopes(Inventory::new(), [Scope::Organization]);
/// while let Some(reading) = survey.next() {
///     match reading {
///         // A request is made of `reading.operation()`; here the organization has no certificates.
///         Reading::Certificates(reading) => {
///             survey.handle_certificates(reading, Ok(Page::<Certificate>::new(vec![])), now)?;
///         }
///         Reading::Projects(reading) => survey.handle_projects(reading, Ok(Page::new(vec![])), now)?,
///     }
/// }
/// assert!(survey.is_done());
/// assert_eq!(survey.inventory().is_enforced(&Scope::Organization), Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Survey {
    inventory: Inventory,
    extent: Extent,
    /// Scopes of which no page was requested yet.
    queue: VecDeque<Scope>,
    /// Projects that were queued so far.
    queued: BTreeSet<ProjectId>,
    /// Further pages of lists that are being read.
    next_pages: VecDeque<Reading>,
    /// The number of readings in progress.
    in_flight: usize,
    /// Whether the list of projects is being read.
    is_listing: bool,
    /// Projects that were found in the list of projects so far.
    listed: BTreeSet<ProjectId>,
    /// Projects that were not found, until the list of projects confirms that they are gone.
    missing: BTreeMap<ProjectId, Error>,
    /// Whether the list of projects is read once more because of them.
    is_rechecking: bool,
    done: usize,
}

/// What to read.
#[derive(Debug)]
enum Extent {
    Everything,
    Projects(BTreeSet<ProjectId>),
    Scopes(BTreeSet<Scope>),
}

impl Survey {
    /// Reads everything that the inventory does not contain yet.
    #[must_use]
    pub fn of_everything(inventory: Inventory) -> Self {
        Self::new(inventory, Extent::Everything)
    }

    /// Reads the organization and these projects. The list of projects is read until all of them were found in it.
    #[must_use]
    pub fn of_projects(
        inventory: Inventory,
        projects: impl IntoIterator<Item = ProjectId>,
    ) -> Self {
        Self::new(inventory, Extent::Projects(projects.into_iter().collect()))
    }

    /// Reads these scopes but not the list of projects. The names of projects, and whether they are archived, stay
    /// unknown.
    #[must_use]
    pub fn of_scopes(inventory: Inventory, scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self::new(inventory, Extent::Scopes(scopes.into_iter().collect()))
    }

    fn new(inventory: Inventory, extent: Extent) -> Self {
        let mut survey = Self {
            inventory,
            extent,
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
            next_pages: VecDeque::new(),
            in_flight: 0,
            is_listing: false,
            listed: BTreeSet::new(),
            missing: BTreeMap::new(),
            is_rechecking: false,
            done: 0,
        };
        let is_unread = |scope: &Scope| survey.inventory.observed_at(scope).is_none();
        if let Extent::Scopes(wanted) = &survey.extent {
            survey.queue = wanted.iter().filter(|scope| is_unread(scope)).cloned().collect();
            return survey;
        }
        if is_unread(&Scope::Organization) {
            survey.queue.push_back(Scope::Organization);
        }
        let known: Vec<_> = survey.inventory.projects().map(|known| known.id().clone()).collect();
        if survey.inventory.listing != Listing::Unread {
            survey.listed.extend(known.iter().cloned());
        }
        survey.enqueue(known);
        survey
    }

    /// What was read so far.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Ends the survey and returns what was read so far.
    #[must_use]
    pub fn into_inventory(self) -> Inventory {
        self.inventory
    }

    /// Whether everything was read, or is known not to exist.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let is_read = |scope: &Scope| self.inventory.observed_at(scope).is_some();
        let is_settled = |id| match self.inventory.project(id) {
            Some(project) => !project.is_unread(),
            None => matches!(self.inventory.listing, Listing::Complete { .. }),
        };
        match &self.extent {
            Extent::Everything => self.inventory.is_complete(),
            Extent::Projects(wanted) => {
                is_read(&Scope::Organization) && wanted.iter().all(is_settled)
            }
            Extent::Scopes(wanted) => wanted.iter().all(is_read),
        }
    }

    /// The projects given to [`of_projects`](Self::of_projects) that do not exist; empty before the list of projects is
    /// complete.
    #[must_use]
    pub fn unknown_projects(&self) -> Vec<&ProjectId> {
        match (&self.extent, &self.inventory.listing) {
            (Extent::Projects(wanted), Listing::Complete { .. }) => {
                wanted.iter().filter(|id| self.inventory.project(id).is_none()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The progress of the survey.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let needs_list = self.needs_list();
        let unlisted = usize::from(needs_list && !self.is_listing);
        let open = self.in_flight + self.next_pages.len() + self.queue.len() + unlisted;
        Progress { done: self.done, total: self.done + open, is_total_final: !needs_list }
    }

    /// The next page to read. `None` if there is none until a pending page is handled. The list of a page that is never
    /// handled stays unread.
    #[expect(
        clippy::should_implement_trait,
        reason = "the next page depends on the results that were handled"
    )]
    pub fn next(&mut self) -> Option<Reading> {
        let reading = self.choose()?;
        self.in_flight += 1;
        Some(reading)
    }

    fn choose(&mut self) -> Option<Reading> {
        if let Some(reading) = self.next_pages.pop_front() {
            return Some(reading);
        }
        let is_idle = self.in_flight == 0 && self.queue.is_empty();
        if is_idle && !self.missing.is_empty() && !self.is_listing {
            self.is_rechecking = true;
            self.inventory.listing = Listing::Unread;
            self.listed.clear();
        }
        if self.queue.front() != Some(&Scope::Organization) && self.needs_list() && !self.is_listing
        {
            self.is_listing = true;
            return Some(Reading::Projects(match &self.inventory.listing {
                Listing::Partial { after, .. } => ReadProjects::after(after),
                _ => ReadProjects::new(),
            }));
        }
        self.queue.pop_front().map(|scope| Reading::Certificates(ReadCertificates::new(scope)))
    }

    /// Records a page of the list of projects, which was read at this time, or the error of reading it.
    ///
    /// # Errors
    ///
    /// [`SurveyError`] when the list cannot be read. What was read so far is kept.
    pub fn handle_projects(
        &mut self,
        mut reading: ReadProjects,
        page: Result<Page<Project>, Error>,
        at: Timestamp,
    ) -> Result<(), SurveyError> {
        self.in_flight = self.in_flight.saturating_sub(1);
        // After an error `is_listing` stays set, so that the list is not read again and again.
        let projects = reading.take(page).map_err(|error| SurveyError::new(None, error))?;
        self.is_listing = false;
        self.done += 1;
        let ids: Vec<_> = projects.iter().map(|project| project.id.clone()).collect();
        self.inventory.observe_projects(projects);
        self.listed.extend(ids.iter().cloned());
        self.enqueue(ids);
        match reading.next_page() {
            Some((after, next)) => {
                self.inventory.listing = Listing::Partial { after, at };
                if self.needs_list() {
                    self.is_listing = true;
                    self.next_pages.push_back(Reading::Projects(next));
                }
                Ok(())
            }
            None => {
                self.inventory.listing = Listing::Complete { at };
                self.finish_list(at)
            }
        }
    }

    /// Records a page of a scope's certificates, which was read at this time, or the error of reading it.
    ///
    /// If the server refuses to list an archived project, that is recorded and no error. If a project is not found, the
    /// list of projects is read once more, and the project is left out if it is no longer in it.
    ///
    /// # Errors
    ///
    /// [`SurveyError`] when the list cannot be read. What was read so far is kept.
    pub fn handle_certificates(
        &mut self,
        mut reading: ReadCertificates,
        page: Result<Page<Certificate>, Error>,
        at: Timestamp,
    ) -> Result<(), SurveyError> {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Err(error) = reading.take(page) {
            let scope = reading.into_scope();
            let outcome = self.handle_refusal(&scope, error, at);
            return outcome.map_err(|error| SurveyError::new(Some(scope), error));
        }
        self.done += 1;
        match reading.next_page() {
            Ok(next) => self.next_pages.push_back(Reading::Certificates(next)),
            Err((scope, _)) if self.is_gone(&scope) => {}
            Err((scope, list)) => {
                let outcome = self.inventory.observe(&scope, list, at);
                outcome.map_err(|error| SurveyError::new(Some(scope), error))?;
            }
        }
        Ok(())
    }

    /// Whether the list of projects is still needed.
    fn needs_list(&self) -> bool {
        if matches!(self.inventory.listing, Listing::Complete { .. }) {
            return false;
        }
        match &self.extent {
            Extent::Everything => true,
            Extent::Projects(wanted) => {
                self.is_rechecking || wanted.iter().any(|id| self.inventory.project(id).is_none())
            }
            Extent::Scopes(_) => false,
        }
    }

    /// Whether this project is not in the complete list of projects.
    fn is_gone(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Project(id) if !matches!(self.extent, Extent::Scopes(_)) => {
                self.inventory.lists_all_projects() && self.inventory.project(id).is_none()
            }
            _ => false,
        }
    }

    fn enqueue(&mut self, projects: Vec<ProjectId>) {
        for id in projects {
            let is_wanted = match &self.extent {
                Extent::Everything => true,
                Extent::Projects(wanted) => wanted.contains(&id),
                Extent::Scopes(_) => false,
            };
            let is_unread = self.inventory.project(&id).is_some_and(KnownProject::is_unread);
            if is_wanted && is_unread && self.queued.insert(id.clone()) {
                self.queue.push_back(Scope::Project(id));
            }
        }
    }

    /// Leaves out the projects that are not in the complete list.
    fn finish_list(&mut self, at: Timestamp) -> Result<(), SurveyError> {
        self.inventory.retain_projects(|id| self.listed.contains(id));
        let inventory = &self.inventory;
        self.queue.retain(|scope| match scope {
            Scope::Organization => true,
            Scope::Project(id) => inventory.project(id).is_some(),
        });
        let mut failed = None;
        for (id, error) in std::mem::take(&mut self.missing) {
            match self.inventory.project(&id).map(KnownProject::is_archived) {
                Some(true) => self.inventory.observe_refusal(&id, at),
                Some(false) => failed = failed.or(Some((Scope::Project(id), error))),
                None => {}
            }
        }
        match failed {
            Some((scope, error)) => Err(SurveyError::new(Some(scope), error)),
            None => Ok(()),
        }
    }

    fn handle_refusal(&mut self, scope: &Scope, error: Error, at: Timestamp) -> Result<(), Error> {
        let Scope::Project(id) = scope else { return Err(error) };
        let is_archived = error.code() == Some(&ErrorCode::PROJECT_ARCHIVED)
            || self.inventory.project(id).is_some_and(KnownProject::is_archived);
        let is_not_found =
            is_about_project(&error) && error.status() == Some(StatusCode::NOT_FOUND);
        if is_not_found && self.is_gone(scope) {
            self.done += 1;
            Ok(())
        } else if is_archived && is_about_project(&error) {
            self.done += 1;
            self.inventory.observe_refusal(id, at);
            Ok(())
        } else if is_not_found && !matches!(self.extent, Extent::Scopes(_)) {
            self.done += 1;
            self.missing.insert(id.clone(), error);
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// The progress of a survey, in requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of pages that were read.
    pub done: usize,
    /// The number of pages in total, as far as it is known.
    pub total: usize,
    /// Whether the list of projects was read to its end, so that the total grows only because of lists with several
    /// pages.
    pub is_total_final: bool,
}
