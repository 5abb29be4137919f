//! The endpoints, one method each.

mod audit;
mod certificates;
mod projects;
mod toggle;

use bytes::Bytes;
use certs_types::{Page, Project, ProjectId, Timestamp};
use http::{Request, StatusCode};
use serde::Serialize;

use crate::settings::Settings;
use crate::state::audit::{Action, Subject};
use crate::state::cell::StateCell;
use crate::state::{Scope, State};
use crate::wire::endpoint::{Endpoint, Route};
use crate::wire::query::Query;
use crate::wire::refusal::Refusal;
use crate::wire::response::OperationResult;

/// A request to an endpoint.
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a StateCell,
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) route: &'a Route,
    pub(crate) now: Timestamp,
}

impl Call<'_> {
    /// Carries out the request.
    pub(crate) fn run(&self) -> OperationResult {
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

    /// The scope of the project in the path, which may not exist.
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
        self.settings.assumptions.unknown_id
    }

    /// Changes the state. A change that cannot be stored is not made.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.state.change(change).map_err(|error| Refusal::not_stored(&error))?
    }

    /// Records an action in the audit log, unless no certificates are affected.
    fn log(&self, state: &mut State, action: Action, subjects: Vec<Subject>) {
        if !subjects.is_empty() {
            state.log(action, subjects, self.now, self.settings.seed);
        }
    }

    fn query(&self) -> Query {
        Query::from_uri(self.request.uri())
    }
}

/// Takes one page from a list.
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

fn json(value: &impl Serialize) -> OperationResult {
    serde_json::to_vec(value).map_err(|_| Refusal::server_error())
}

/// Whether a project that exists is archived.
fn is_archived(state: &State, project: &ProjectId) -> bool {
    state.projects.get(project.as_str()).is_none_or(Project::is_archived)
}
