//! What the organization holds, and the changes it allows.

pub(crate) mod audit;
pub(crate) mod authority;
pub(crate) mod shelf;
pub(crate) mod snapshot;
pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use certs_types::{
    Certificate, CertificateId, CertificatePem, Object, Project, ProjectId, ProjectStatus,
    Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::dice;
use crate::misbehaviour::lag::{Lag, Propagation};
use crate::mtls::Anchors;
use crate::state::audit::{Action, Audit, Event, Subject};
use crate::state::authority::Authority;
use crate::state::shelf::Shelf;

/// The organization: certificates, projects, and which are active where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) certificates: Shelf<Stored>,
    pub(crate) projects: Shelf<Project>,
    /// The projects that are not archived, so that a list need not walk over the others.
    pub(crate) projects_in_use: Shelf<ProjectId>,
    /// How many certificates there are of each PEM.
    pub(crate) copies: HashMap<CertificatePem, usize>,
    /// The certificates that are active in each scope, or may still show so: a check of a client
    /// need not walk over the others.
    active: BTreeMap<Scope, BTreeSet<CertificateId>>,
    pub(crate) audit: Audit,
    /// How many things were ever made: nothing takes the place or the id of another.
    pub(crate) made: u64,
}

/// A certificate as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: CertificateId,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) authority: Authority,
    /// Whether it is active in the organization.
    pub(crate) organization: bool,
    /// The projects it is active in.
    pub(crate) projects: BTreeSet<ProjectId>,
    /// The scopes that do not show yet what was changed last.
    pub(crate) lags: BTreeMap<Scope, Lag>,
}

/// Where a certificate is active or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    Organization,
    Project(ProjectId),
}

impl State {
    pub(crate) fn add_project(&mut self, id: ProjectId, created_at: Timestamp, archived: bool) {
        if self.projects.get(id.as_str()).is_some() {
            return;
        }
        let mut project = Project::new(id.clone(), created_at);
        project.name = Some(id.to_string());
        if archived {
            project.archived_at = Some(created_at);
            project.status = Some(ProjectStatus::ARCHIVED);
        }
        let number = self.next();
        self.put_project(project, number);
    }

    pub(crate) fn put_project(&mut self, project: Project, number: u64) {
        let (id, place) = (project.id.clone(), (project.created_at, number));
        if !project.is_archived() {
            self.projects_in_use.insert(id.as_str(), place, id.clone());
        }
        self.projects.insert(id.as_str(), place, project);
    }

    /// Keeps a new certificate, active nowhere. `None` only when an id cannot be made.
    pub(crate) fn add_certificate(
        &mut self,
        authority: Authority,
        name: Option<String>,
        now: Timestamp,
        seed: u64,
    ) -> Option<&Stored> {
        let number = self.next();
        let id: CertificateId = dice::id("cert", seed, number).parse().ok()?;
        let (organization, projects, lags) = (false, BTreeSet::new(), BTreeMap::new());
        let stored = Stored {
            id: id.clone(),
            name,
            created_at: now,
            authority,
            organization,
            projects,
            lags,
        };
        self.put_certificate(stored, number);
        self.certificates.get(id.as_str())
    }

    pub(crate) fn put_certificate(&mut self, stored: Stored, number: u64) {
        *self.copies.entry(stored.authority.pem.clone()).or_default() += 1;
        let (id, place) = (stored.id.clone(), (stored.created_at, number));
        let scopes = stored.scopes();
        self.certificates.insert(id.as_str(), place, stored);
        for scope in scopes {
            self.index(&id, &scope);
        }
    }

    pub(crate) fn remove_certificate(&mut self, id: &str) -> Option<Stored> {
        let stored = self.certificates.remove(id)?;
        for scope in stored.scopes() {
            self.index(&stored.id, &scope);
        }
        if let Some(copies) = self.copies.get_mut(&stored.authority.pem) {
            *copies -= 1;
            if *copies == 0 {
                self.copies.remove(&stored.authority.pem);
            }
        }
        Some(stored)
    }

    /// Toggles a certificate in a scope; a change shows when its propagation says so. `None` when
    /// that changes nothing.
    pub(crate) fn set_active(
        &mut self,
        id: &str,
        scope: &Scope,
        active: bool,
        propagation: Option<Propagation>,
        now: Timestamp,
    ) -> Option<&Stored> {
        let stored = self.certificates.get_mut(id)?;
        let shown = stored.shows_active(scope, now);
        if !stored.set_active(scope, active) {
            return None;
        }
        stored.lags.remove(scope);
        if let Some(propagation) = propagation.filter(|_| shown != active) {
            stored.lags.insert(scope.clone(), propagation.lag(shown, now));
        }
        let id = stored.id.clone();
        self.index(&id, scope);
        self.certificates.get(id.as_str())
    }

    /// Keeps the index of a scope in step with a certificate, which may be gone.
    fn index(&mut self, id: &CertificateId, scope: &Scope) {
        let may_show = |stored: &Stored| stored.is_active(scope) || stored.lags.contains_key(scope);
        if self.certificates.get(id.as_str()).is_some_and(may_show) {
            self.active.entry(scope.clone()).or_default().insert(id.clone());
        } else if let Some(active) = self.active.get_mut(scope) {
            active.remove(id);
            if active.is_empty() {
                self.active.remove(scope);
            }
        }
    }

    /// Books what was done to these certificates.
    pub(crate) fn log(
        &mut self,
        action: Action,
        subjects: Vec<Subject>,
        now: Timestamp,
        seed: u64,
    ) {
        let place = (now, self.next());
        let project = self.default_project();
        self.audit.put(Event::new(place, seed, action, subjects, project));
    }

    /// The oldest project in use.
    fn default_project(&self) -> Option<ProjectId> {
        self.projects_in_use.iter().next().map(|(_, id)| id.clone())
    }

    /// The certificates that vouch for clients in a scope: its own, then the organization's.
    pub(crate) fn anchors(&self, scope: &Scope, now: Timestamp) -> Anchors {
        let active = |scope| {
            let ids = self.active.get(scope).into_iter().flatten();
            let stored = ids.filter_map(|id| self.certificates.get(id.as_str()));
            let active = stored.filter(|stored| stored.shows_active(scope, now));
            active.map(|stored| stored.authority.pem.clone()).collect()
        };
        match scope {
            Scope::Organization => vec![active(scope)],
            Scope::Project(_) => vec![active(scope), active(&Scope::Organization)],
        }
    }

    /// Forgets the lags that are over: they show no more.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let mut over = Vec::new();
        for stored in self.certificates.iter_mut() {
            stored.lags.retain(|scope, lag| {
                let lasts = lag.lasts(now);
                if !lasts {
                    over.push((stored.id.clone(), scope.clone()));
                }
                lasts
            });
        }
        for (id, scope) in over {
            self.index(&id, &scope);
        }
    }

    /// Whether this very certificate was uploaded already.
    pub(crate) fn holds(&self, authority: &Authority) -> bool {
        self.copies.contains_key(&authority.pem)
    }

    fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

impl Stored {
    pub(crate) fn is_active(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Organization => self.organization,
            Scope::Project(project) => self.projects.contains(project),
        }
    }

    /// Gives whether that changed anything.
    fn set_active(&mut self, scope: &Scope, active: bool) -> bool {
        match scope {
            Scope::Organization => std::mem::replace(&mut self.organization, active) != active,
            Scope::Project(project) if active => self.projects.insert(project.clone()),
            Scope::Project(project) => self.projects.remove(project),
        }
    }

    /// The scopes in which it may be active or show so.
    fn scopes(&self) -> BTreeSet<Scope> {
        let projects = self.projects.iter().cloned().map(Scope::Project);
        projects.chain(self.lags.keys().cloned()).chain([Scope::Organization]).collect()
    }

    /// Whether it is shown as active by now.
    pub(crate) fn shows_active(&self, scope: &Scope, now: Timestamp) -> bool {
        match self.lags.get(scope) {
            Some(lag) if lag.lasts(now) => lag.shows,
            _ => self.is_active(scope),
        }
    }

    /// The certificate by itself: without a state.
    pub(crate) fn alone(&self) -> Certificate {
        let mut view = Certificate::new(Object::CERTIFICATE, self.id.clone(), self.created_at);
        view.name.clone_from(&self.name);
        view.certificate_details.valid_at = Some(self.authority.valid_at);
        view.certificate_details.expires_at = Some(self.authority.expires_at);
        view
    }

    /// The certificate in a scope, as it is and not as it may still be shown.
    pub(crate) fn within(&self, scope: &Scope) -> Certificate {
        let mut view = self.alone();
        view.object = match scope {
            Scope::Organization => Object::ORGANIZATION_CERTIFICATE,
            Scope::Project(_) => Object::PROJECT_CERTIFICATE,
        };
        view.active = Some(self.is_active(scope));
        view
    }
}
