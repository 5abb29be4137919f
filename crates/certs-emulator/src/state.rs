//! The state of the organization, and its changes.

pub(crate) mod audit;
pub(crate) mod ca_certificate;
pub(crate) mod cell;
pub(crate) mod change;
pub(crate) mod file;
pub(crate) mod ordered_store;
pub(crate) mod propagation;
pub(crate) mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use certs_types::{
    Certificate, CertificateId, Object, Project, ProjectId, ProjectStatus, Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::rng;
use crate::state::audit::{Action, Audit, Event, Subject};
use crate::state::ca_certificate::CaCertificate;
use crate::state::ordered_store::OrderedStore;
use crate::state::propagation::{PendingChange, Propagation};

/// The certificates and projects of the organization, and which certificate is active where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) certificates: OrderedStore<StoredCertificate>,
    pub(crate) projects: OrderedStore<Project>,
    pub(crate) audit: Audit,
    /// The last sequence number. Numbers are never reused, so neither are ids.
    pub(crate) last_sequence: u64,
}

/// A stored certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredCertificate {
    pub(crate) id: CertificateId,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) authority: CaCertificate,
    pub(crate) active_in_organization: bool,
    pub(crate) active_projects: BTreeSet<ProjectId>,
    /// The changes that are not visible yet, by scope.
    pub(crate) pending: BTreeMap<Scope, PendingChange>,
    /// Set until the certificate appears in lists.
    pub(crate) unlisted: Option<PendingChange>,
}

/// Where a certificate can be active.
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
        let sequence = self.next_sequence();
        self.put_project(project, sequence);
    }

    /// Archives a project, and returns whether it exists.
    pub(crate) fn archive_project(&mut self, id: &ProjectId, now: Timestamp) -> bool {
        let Some(project) = self.projects.get_mut(id.as_str()) else { return false };
        project.archived_at = Some(now);
        project.status = Some(ProjectStatus::ARCHIVED);
        true
    }

    /// Removes a project and all activations in it, and returns whether it existed.
    pub(crate) fn remove_project(&mut self, id: &ProjectId) -> bool {
        if self.projects.remove(id.as_str()).is_none() {
            return false;
        }
        let scope = Scope::Project(id.clone());
        for stored in self.certificates.iter_mut() {
            stored.active_projects.remove(id);
            stored.pending.remove(&scope);
        }
        true
    }

    pub(crate) fn put_project(&mut self, project: Project, sequence: u64) {
        let (id, key) = (project.id.clone(), (project.created_at, sequence));
        self.projects.insert(id.as_str(), key, project);
    }

    /// Adds a certificate that is active nowhere. `None` only if an id cannot be generated.
    pub(crate) fn add_certificate(
        &mut self,
        authority: CaCertificate,
        name: Option<String>,
        now: Timestamp,
        seed: u64,
        propagation: Option<Propagation>,
    ) -> Option<&StoredCertificate> {
        let sequence = self.next_sequence();
        let id: CertificateId = rng::id("cert", seed, sequence).parse().ok()?;
        let stored = StoredCertificate {
            id: id.clone(),
            name,
            created_at: now,
            authority,
            active_in_organization: false,
            active_projects: BTreeSet::new(),
            pending: BTreeMap::new(),
            unlisted: propagation.map(|propagation| propagation.pending_change(false, now)),
        };
        self.put_certificate(stored, sequence);
        self.certificates.get(id.as_str())
    }

    pub(crate) fn put_certificate(&mut self, stored: StoredCertificate, sequence: u64) {
        let (id, key) = (stored.id.clone(), (stored.created_at, sequence));
        self.certificates.insert(id.as_str(), key, stored);
    }

    /// Toggles a certificate in a scope. The change becomes visible according to its propagation.
    /// Returns `None` if nothing changes.
    pub(crate) fn set_active(
        &mut self,
        id: &str,
        scope: &Scope,
        active: bool,
        propagation: Option<Propagation>,
        now: Timestamp,
    ) -> Option<&StoredCertificate> {
        let stored = self.certificates.get_mut(id)?;
        let shown = stored.appears_active(scope, now);
        if !stored.set_active(scope, active) {
            return None;
        }
        stored.pending.remove(scope);
        if let Some(propagation) = propagation.filter(|_| shown != active) {
            stored.pending.insert(scope.clone(), propagation.pending_change(shown, now));
        }
        Some(stored)
    }

    /// Records an action on these certificates in the audit log.
    pub(crate) fn log(
        &mut self,
        action: Action,
        subjects: Vec<Subject>,
        now: Timestamp,
        seed: u64,
    ) {
        let key = (now, self.next_sequence());
        let project = self.default_project();
        self.audit.put(Event::new(key, seed, action, subjects, project));
    }

    /// The oldest project that is not archived.
    fn default_project(&self) -> Option<ProjectId> {
        let mut projects = self.projects.iter().map(|(_, project)| project);
        projects.find(|project| !project.is_archived()).map(|project| project.id.clone())
    }

    /// The trust anchors for requests in a scope: its own, then the organization's.
    pub(crate) fn anchors(&self, scope: &Scope, now: Timestamp) -> Vec<CaCertificate> {
        let active = |scope| -> Vec<_> {
            let stored = self.certificates.iter().map(|(_, stored)| stored);
            let active = stored.filter(|stored| stored.appears_active(scope, now));
            active.map(|stored| stored.authority.clone()).collect()
        };
        match scope {
            Scope::Organization => active(scope),
            Scope::Project(_) => [active(scope), active(&Scope::Organization)].concat(),
        }
    }

    /// Drops the pending changes that have become visible.
    pub(crate) fn drop_visible_changes(&mut self, now: Timestamp) {
        for stored in self.certificates.iter_mut() {
            stored.unlisted = stored.unlisted.filter(|change| change.is_pending(now));
            stored.pending.retain(|_, change| change.is_pending(now));
        }
    }

    /// Whether there is an upload of this certificate.
    pub(crate) fn contains(&self, authority: &CaCertificate) -> bool {
        self.certificates.iter().any(|(_, stored)| stored.authority.pem == authority.pem)
    }

    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }
}

impl StoredCertificate {
    pub(crate) fn is_active(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Organization => self.active_in_organization,
            Scope::Project(project) => self.active_projects.contains(project),
        }
    }

    /// Sets the actual state, and returns whether it changed.
    fn set_active(&mut self, scope: &Scope, active: bool) -> bool {
        match scope {
            Scope::Organization => {
                std::mem::replace(&mut self.active_in_organization, active) != active
            }
            Scope::Project(project) if active => self.active_projects.insert(project.clone()),
            Scope::Project(project) => self.active_projects.remove(project),
        }
    }

    /// Whether it appears in lists at this time.
    pub(crate) fn is_listed(&self, now: Timestamp) -> bool {
        !self.unlisted.is_some_and(|change| change.is_pending(now))
    }

    /// Whether it appears active at this time.
    pub(crate) fn appears_active(&self, scope: &Scope, now: Timestamp) -> bool {
        match self.pending.get(scope) {
            Some(change) if change.is_pending(now) => change.shown,
            _ => self.is_active(scope),
        }
    }

    /// The certificate in the format of the API, without its state in a scope.
    pub(crate) fn unscoped(&self) -> Certificate {
        let mut view = Certificate::new(Object::CERTIFICATE, self.id.clone(), self.created_at);
        view.name.clone_from(&self.name);
        view.certificate_details.valid_at = Some(self.authority.valid_at);
        view.certificate_details.expires_at = Some(self.authority.expires_at);
        view
    }

    /// The certificate in the format of the API, with its actual state in a scope, visible or not.
    pub(crate) fn in_scope(&self, scope: &Scope) -> Certificate {
        let mut view = self.unscoped();
        view.object = match scope {
            Scope::Organization => Object::ORGANIZATION_CERTIFICATE,
            Scope::Project(_) => Object::PROJECT_CERTIFICATE,
        };
        view.active = Some(self.is_active(scope));
        view
    }
}
