//! The endpoints, one function each.

mod audit;
mod certificates;
mod projects;
mod toggle;

use certs_types::{Page, ProjectId, Timestamp};
use http::{Request, StatusCode};
use serde::Serialize;

use crate::shared::Shared;
use crate::state::audit::{Action, Subject};
use crate::state::{Scope, State};
use crate::wire::answer::Answer;
use crate::wire::endpoint::{Endpoint, Route};
use crate::wire::query::Query;
use crate::wire::refusal::Refusal;

/// One request on its way through an endpoint.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) request: &'a Request<Vec<u8>>,
    pub(crate) route: &'a Route,
    pub(crate) now: Timestamp,
}

impl Call<'_> {
    pub(crate) fn answer(&self) -> Answer {
        match self.route.endpoint {
            Endpoint::ListOrganizationCertificates => self.list_certificates(&Scope::Organization),
            Endpoint::UploadCertificate => self.upload_certificate(),
            Endpoint::GetCertificate => self.get_certificate(),
            Endpoint::ModifyCertificate => self.modify_certificate(),
            Endpoint::DeleteCertificate => self.delete_certificate(),
            Endpoint::ListProjectCertificates => self.list_certificates(&self.project()?),
            Endpoint::ActivateOrganizationCertificates => self.toggle(&Scope::Organization, true),
            Endpoint::DeactivateOrganizationCertificates => {
                self.toggle(&Scope::Organization, false)
            }
            Endpoint::ActivateProjectCertificates => self.toggle(&self.project()?, true),
            Endpoint::DeactivateProjectCertificates => self.toggle(&self.project()?, false),
            Endpoint::ListProjects => self.list_projects(),
            Endpoint::ListAuditLogs => self.list_audit_logs(),
            Endpoint::ListModels => json(&serde_json::json!({"object": "list", "data": []})),
        }
    }

    /// The project in the path as a scope; whether it is there is seen later.
    fn project(&self) -> Result<Scope, Refusal> {
        let id = &self.route.id;
        id.parse().map(Scope::Project).map_err(|_| self.no_project(id))
    }

    fn check_project(&self, state: &State, scope: &Scope) -> Result<(), Refusal> {
        match scope {
            Scope::Project(id) if state.projects.get(id.as_str()).is_none() => {
                Err(self.no_project(id.as_str()))
            }
            _ => Ok(()),
        }
    }

    fn no_project(&self, id: &str) -> Refusal {
        Refusal::new(self.unknown_id(), format!("No project found with id '{id}'."))
    }

    fn no_certificate(&self, id: &str) -> Refusal {
        Refusal::new(self.unknown_id(), format!("No certificate found with id '{id}'."))
    }

    fn unknown_id(&self) -> StatusCode {
        self.shared.settings.guesses.unknown_id
    }

    /// Changes the state, for one caller at a time; a change that cannot be kept is none.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.shared.change(change).map_err(|_| Refusal::server_error())?
    }

    /// Books what was done to these certificates; nothing when there are none.
    fn log(&self, state: &mut State, action: Action, subjects: Vec<Subject>) {
        if !subjects.is_empty() {
            state.log(action, subjects, self.now, self.shared.settings.seed);
        }
    }

    fn query(&self) -> Query {
        Query::of(self.request.uri())
    }
}

/// Takes one page off a list, and looks whether it goes on.
fn page<T>(items: impl Iterator<Item = T>, limit: usize, id: impl Fn(&T) -> String) -> Page<T> {
    let mut items = items.take(limit + 1).collect::<Vec<_>>();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let mut page = Page::new(items);
    page.has_more = has_more;
    page.first_id = page.data.first().map(&id);
    page.last_id = page.data.last().map(id);
    page
}

fn json(value: &impl Serialize) -> Answer {
    serde_json::to_vec(value).map_err(|_| Refusal::server_error())
}

/// An archived project is told apart from an unknown one.
fn is_archived(state: &State, project: &ProjectId) -> bool {
    state.projects_in_use.get(project.as_str()).is_none()
}
