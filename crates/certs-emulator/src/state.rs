//! What the organization holds, and the changes it allows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use certs_types::{
    Certificate, CertificateId, CertificatePem, Object, Project, ProjectId, ProjectStatus,
    Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::audit::{Action, Audit, Event, Subject};
use crate::authority::Authority;
use crate::dice;
use crate::lag::Lag;
use crate::mtls::Anchors;
use crate::shelf::Shelf;

/// The organization: certificates, projects, and which are active where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) certificates: Shelf<Stored>,
    pub(crate) projects: Shelf<Project>,
    /// The projects that are not archived, so that a list need not walk over the others.
    pub(crate) projects_in_use: Shelf<ProjectId>,
    /// How many certificates there are of each PEM.
    pub(crate) copies: HashMap<CertificatePem, usize>,
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
        self.certificates.insert(id.as_str(), place, stored);
    }

    pub(crate) fn remove_certificate(&mut self, id: &str) -> Option<Stored> {
        let stored = self.certificates.remove(id)?;
        if let Some(copies) = self.copies.get_mut(&stored.authority.pem) {
            *copies -= 1;
            if *copies == 0 {
                self.copies.remove(&stored.authority.pem);
            }
        }
        Some(stored)
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
            let stored = self.certificates.iter().map(|(_, stored)| stored);
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
        for stored in self.certificates.iter_mut() {
            stored.lags.retain(|_, lag| lag.lasts(now));
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
    pub(crate) fn set_active(&mut self, scope: &Scope, active: bool) -> bool {
        match scope {
            Scope::Organization => std::mem::replace(&mut self.organization, active) != active,
            Scope::Project(project) if active => self.projects.insert(project.clone()),
            Scope::Project(project) => self.projects.remove(project),
        }
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
