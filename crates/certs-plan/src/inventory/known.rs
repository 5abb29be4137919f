//! The parts of an inventory: certificates, projects, and where a certificate is active.

use certs_core::operations::Scope;
use certs_types::{Certificate, CertificateId, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Inventory;
use crate::trust::CertificateSet;
use crate::validity::Validity;

/// A certificate, as described by lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownCertificate {
    /// The id.
    pub id: CertificateId,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// Its dates, from the API or from its content.
    #[serde(flatten)]
    pub validity: Validity,
    /// Whether it is in the organization's list. A certificate that is active in a project may be missing there.
    #[serde(rename = "listed", default)]
    pub is_listed: bool,
}

impl KnownCertificate {
    pub(super) fn new(certificate: Certificate, is_listed: bool) -> Self {
        let validity = (&certificate.certificate_details).into();
        let Certificate { id, name, created_at, .. } = certificate;
        Self { id, name, created_at, validity, is_listed }
    }

    pub(super) fn update(&mut self, certificate: Certificate, is_listed: bool) {
        let latest = Self::new(certificate, is_listed || self.is_listed);
        *self = Self { validity: latest.validity.or(self.validity), ..latest };
    }
}

/// A project of an inventory.
#[derive(Debug, Clone, Copy)]
pub struct KnownProject<'a> {
    id: &'a ProjectId,
    state: &'a ProjectState,
    inventory: &'a Inventory,
}

impl<'a> KnownProject<'a> {
    pub(super) fn new(
        id: &'a ProjectId,
        state: &'a ProjectState,
        inventory: &'a Inventory,
    ) -> Self {
        Self { id, state, inventory }
    }

    /// The id.
    #[must_use]
    pub fn id(self) -> &'a ProjectId {
        self.id
    }

    /// The display name.
    #[must_use]
    pub fn name(self) -> Option<&'a str> {
        self.state.name.as_deref()
    }

    /// Whether it is known to be archived.
    #[must_use]
    pub fn is_archived(self) -> bool {
        self.state.is_archived
    }

    /// When its list was read; `None` if it was not, or was refused.
    #[must_use]
    pub fn observed_at(self) -> Option<Timestamp> {
        self.state.observed.as_ref().map(|observed| observed.at)
    }

    /// Whether its list is still to be read. An archived project that the server refused to list is not unread.
    #[must_use]
    pub fn is_unread(self) -> bool {
        self.state.is_unread()
    }

    /// The certificates that are active here by the project's own activation; `None` if its list was not read.
    #[must_use]
    pub fn active(self) -> Option<Vec<&'a CertificateId>> {
        self.inventory.active_in(&self.scope())
    }

    /// What enforces mTLS in this project; `None` if that depends on a list that was not read.
    #[must_use]
    pub fn enforced_by(self) -> Option<Enforcement> {
        self.inventory.enforced_by(self.id)
    }

    /// The project as a scope.
    #[must_use]
    pub fn scope(self) -> Scope {
        Scope::Project(self.id.clone())
    }
}

/// What enforces mTLS in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "certificates are active in these two kinds of scope")]
pub enum Enforcement {
    /// The project's own activations.
    Project,
    /// Activations that it inherits from the organization.
    Organization,
    /// Nothing: no client certificate is needed.
    Nothing,
}

/// The scopes in which a certificate is active, by their own activation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActiveScopes<'a> {
    /// Whether it is active in the organization.
    pub organization: Option<bool>,
    /// The projects in which it is active.
    pub projects: Vec<&'a ProjectId>,
    /// The projects that were not read: it may be active there.
    pub unread: Vec<&'a ProjectId>,
    /// The archived projects that the server refused to list: it may be active there.
    pub refused: Vec<&'a ProjectId>,
    /// Whether all projects are known, because their list was read to its end.
    pub lists_all_projects: bool,
}

impl ActiveScopes<'_> {
    pub(super) fn new(organization: Option<bool>, lists_all_projects: bool) -> Self {
        let (projects, unread, refused) = (Vec::new(), Vec::new(), Vec::new());
        Self { organization, projects, unread, refused, lists_all_projects }
    }

    /// Whether it is active nowhere; `None` if it may be active in a scope that was not read. Archived projects that the
    /// server refused to list do not count.
    #[must_use]
    pub fn is_nowhere(&self) -> Option<bool> {
        if self.organization == Some(true) || !self.projects.is_empty() {
            return Some(false);
        }
        let is_known =
            self.organization.is_some() && self.unread.is_empty() && self.lists_all_projects;
        is_known.then_some(true)
    }
}

/// What is active in a scope, and when that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Observed {
    pub(crate) at: Timestamp,
    pub(crate) active: CertificateSet,
}

/// What is known about a project.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ProjectState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Box<str>>,
    #[serde(rename = "archived", default)]
    pub(crate) is_archived: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) observed: Option<Observed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused_at: Option<Timestamp>,
}

impl ProjectState {
    pub(super) fn observe(&mut self, observed: Observed) {
        self.observed = Some(observed);
        self.refused_at = None;
    }

    pub(crate) fn is_unread(&self) -> bool {
        self.observed.is_none() && !(self.is_archived && self.refused_at.is_some())
    }
}
