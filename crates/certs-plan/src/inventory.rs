//! The observed state of an organization: which certificates are active where, and when that was read.

mod document;
mod known;

use std::collections::BTreeMap;

use certs_core::operations::Scope;
use certs_types::{Certificate, CertificateId, Project, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::format::FormatVersion;
use crate::refusal::Refusal;
use crate::trust::{CertificateSet, Index, Trust};
use crate::validity::Validity;
use document::Document;
pub use known::{ActiveScopes, Enforcement, KnownCertificate, KnownProject};
pub(crate) use known::{Observed, ProjectState};

/// The observed state of an organization: the list of each scope with the time at which it was read.
///
/// Methods return `None` if they depend on a list that was not read. A
/// [`Survey`](crate::survey::Survey) fills an inventory, and serde saves and restores it.
///
/// ```
/// use certs_plan::Inventory;
/// use certs_core::types::{Certificate, Object, Timestamp};
/// use certs_core::operations::Scope;
///
/// let now = Timestamp::try_from(1_800_000_000)?;
/// let mut certificate = Certificate::new(Object::ORGANIZATION_CERTIFICATE, "cert_a".parse()?, now);
/// certificate.active = Some(true);
///
/// let mut inventory = Inventory::new();
/// assert_eq!(inventory.is_enforced(&Scope::Organization), None, "not read yet");
/// inventory.observe(&Scope::Organization, [certificate], now)?;
/// assert_eq!(inventory.is_enforced(&Scope::Organization), Some(true));
/// assert_eq!(inventory.has_valid_certificate(&Scope::Organization, now), Some(false), "its dates are unknown");
/// assert_eq!(inventory.active_scopes(&"cert_b".parse()?).is_nowhere(), None, "the projects are not read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Document")]
pub struct Inventory {
    version: FormatVersion<1>,
    certificates: Vec<KnownCertificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Observed>,
    pub(crate) listing: Listing,
    projects: BTreeMap<ProjectId, ProjectState>,
    #[serde(skip)]
    indices: BTreeMap<CertificateId, Index>,
}

/// How much of the list of projects was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Listing {
    #[default]
    Unread,
    /// Up to this cursor, at this moment.
    Partial {
        after: Box<str>,
        at: Timestamp,
    },
    Complete {
        at: Timestamp,
    },
}

/// The lists that were read.
impl Inventory {
    /// An inventory in which nothing was read.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificates in the organization's list, and those that are active in a project without being in it.
    pub fn certificates(&self) -> impl Iterator<Item = &KnownCertificate> {
        let everywhere = self.projects.values().filter_map(|project| project.observed.as_ref());
        let active: CertificateSet =
            everywhere.flat_map(|project| &project.active).copied().collect();
        let is_shown = move |(index, certificate): &(usize, &KnownCertificate)| {
            certificate.is_listed
                || Index::try_from(*index).is_ok_and(|index| active.contains(&index))
        };
        self.certificates.iter().enumerate().filter(is_shown).map(|(_, certificate)| certificate)
    }

    /// What is known about one of these certificates.
    #[must_use]
    pub fn certificate(&self, id: &CertificateId) -> Option<&KnownCertificate> {
        let index = *self.indices.get(id)?;
        let is_active = |project: &ProjectState| {
            project.observed.as_ref().is_some_and(|observed| observed.active.contains(&index))
        };
        let known = self.certificates.get(usize::try_from(index).ok()?)?;
        (known.is_listed || self.projects.values().any(is_active)).then_some(known)
    }

    /// The certificate with this id, or else the only one with this name.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] when there is none, and [`Refusal::AmbiguousName`] when several have the name.
    pub fn find(&self, id_or_name: &str) -> Result<&KnownCertificate, Refusal> {
        let by_id = self.certificates().find(|certificate| certificate.id.as_str() == id_or_name);
        let is_named = |found: &&KnownCertificate| found.name.as_deref() == Some(id_or_name);
        let named: Vec<_> = self.certificates().filter(is_named).collect();
        match (by_id, named.as_slice()) {
            (Some(found), _) => Ok(found),
            (None, [found]) => Ok(found),
            (None, []) => Err(Refusal::NotFound { what: id_or_name.into() }),
            (None, several) => Err(Refusal::AmbiguousName {
                name: id_or_name.into(),
                ids: several.iter().map(|certificate| certificate.id.clone()).collect(),
            }),
        }
    }

    /// The projects, by id.
    pub fn projects(&self) -> impl Iterator<Item = KnownProject<'_>> {
        self.projects.iter().map(|(id, state)| KnownProject::new(id, state, self))
    }

    /// One project.
    #[must_use]
    pub fn project(&self, id: &ProjectId) -> Option<KnownProject<'_>> {
        let (id, state) = self.projects.get_key_value(id)?;
        Some(KnownProject::new(id, state, self))
    }

    /// The organization and every project.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        let projects = self.projects.keys().cloned().map(Scope::Project);
        std::iter::once(Scope::Organization).chain(projects)
    }

    /// Whether everything was read: the organization, the list of projects, and every project. An archived project
    /// counts as read if the server refuses to list it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.organization.is_some()
            && self.lists_all_projects()
            && self.projects.values().all(|project| !project.is_unread())
    }

    /// Whether the list of projects was read to its end, so that there are no other projects.
    #[must_use]
    pub fn lists_all_projects(&self) -> bool {
        matches!(self.listing, Listing::Complete { .. })
    }

    /// When this scope was read; `None` if it was not.
    #[must_use]
    pub fn observed_at(&self, scope: &Scope) -> Option<Timestamp> {
        self.observed(scope).map(|observed| observed.at)
    }

    /// When the scope that was not read for the longest time was read; `None` if nothing was read.
    #[must_use]
    pub fn oldest_observation(&self) -> Option<Timestamp> {
        let projects = self.projects.values().filter_map(|project| project.observed.as_ref());
        self.organization.iter().chain(projects).map(|observed| observed.at).min()
    }
}

/// Where certificates are active, and what follows from it.
impl Inventory {
    /// The certificates that are active in this scope by its own activation.
    #[must_use]
    pub fn active_in(&self, scope: &Scope) -> Option<Vec<&CertificateId>> {
        Some(self.ids(&self.observed(scope)?.active))
    }

    /// Whether this certificate is active in this scope by its own activation.
    #[must_use]
    pub fn is_active(&self, scope: &Scope, id: &CertificateId) -> Option<bool> {
        let active = &self.observed(scope)?.active;
        Some(self.indices.get(id).is_some_and(|index| active.contains(index)))
    }

    /// The certificates that this scope inherits from the organization; none for the organization itself.
    #[must_use]
    pub fn inherited_in(&self, scope: &Scope) -> Option<Vec<&CertificateId>> {
        self.trust(scope).inherited.map(|active| self.ids(active))
    }

    /// Whether requests to this scope need a client certificate, because a certificate is active or inherited,
    /// expired or not.
    #[must_use]
    pub fn is_enforced(&self, scope: &Scope) -> Option<bool> {
        self.trust(scope).is_enforced()
    }

    /// Whether a certificate that is active or inherited in this scope is valid. Unknown dates do not count as
    /// valid.
    #[must_use]
    pub fn has_valid_certificate(&self, scope: &Scope, now: Timestamp) -> Option<bool> {
        self.trust(scope).has_valid(|index| self.validity(index).is_valid(now))
    }

    /// What enforces mTLS in this project. Its own activations take precedence.
    #[must_use]
    pub fn enforced_by(&self, project: &ProjectId) -> Option<Enforcement> {
        let Trust { own, inherited } = self.trust(&Scope::Project(project.clone()));
        match (own.map(CertificateSet::is_empty), inherited.map(CertificateSet::is_empty)) {
            (Some(false), _) => Some(Enforcement::Project),
            (Some(true), Some(false)) => Some(Enforcement::Organization),
            (Some(true), Some(true)) => Some(Enforcement::Nothing),
            _ => None,
        }
    }

    /// The scopes in which this certificate is active by their own activation, and those of which that is not known.
    #[must_use]
    pub fn active_scopes(&self, id: &CertificateId) -> ActiveScopes<'_> {
        let mut scopes =
            ActiveScopes::new(self.is_active(&Scope::Organization, id), self.lists_all_projects());
        let index = self.indices.get(id);
        for (project, state) in &self.projects {
            let is_active = state
                .observed
                .as_ref()
                .map(|observed| index.is_some_and(|index| observed.active.contains(index)));
            match is_active {
                Some(true) => scopes.projects.push(project),
                Some(false) => {}
                None if state.is_unread() => scopes.unread.push(project),
                None => scopes.refused.push(project),
            }
        }
        scopes
    }

    pub(crate) fn trust(&self, scope: &Scope) -> Trust<'_> {
        let organization = self.organization.as_ref().map(|observed| &observed.active);
        match scope {
            Scope::Organization => Trust::of_organization(organization),
            Scope::Project(_) => {
                let own = self.observed(scope).map(|observed| &observed.active);
                Trust { own, inherited: organization }
            }
        }
    }

    fn observed(&self, scope: &Scope) -> Option<&Observed> {
        match scope {
            Scope::Organization => self.organization.as_ref(),
            Scope::Project(id) => self.projects.get(id)?.observed.as_ref(),
        }
    }

    pub(crate) fn validity(&self, index: Index) -> Validity {
        let position = usize::try_from(index).unwrap_or(usize::MAX);
        self.certificates.get(position).map(|certificate| certificate.validity).unwrap_or_default()
    }

    pub(crate) fn table(&self) -> &[KnownCertificate] {
        &self.certificates
    }

    fn ids(&self, set: &CertificateSet) -> Vec<&CertificateId> {
        let position = |index| usize::try_from(index).ok();
        set.iter().filter_map(|&at| Some(&self.certificates.get(position(at)?)?.id)).collect()
    }
}

/// Recording of lists.
impl Inventory {
    /// Records the complete list of a scope at this time.
    ///
    /// # Errors
    ///
    /// [`UnknownState`] when the list does not show whether a certificate is active. Nothing is recorded then.
    pub fn observe(
        &mut self,
        scope: &Scope,
        list: impl IntoIterator<Item = Certificate>,
        at: Timestamp,
    ) -> Result<(), UnknownState> {
        let list: Vec<Certificate> = list.into_iter().collect();
        if let Some(silent) = list.iter().find(|certificate| certificate.active.is_none()) {
            return Err(UnknownState { scope: scope.clone(), certificate: silent.id.clone() });
        }
        let is_organization = *scope == Scope::Organization;
        if is_organization {
            self.certificates.iter_mut().for_each(|certificate| certificate.is_listed = false);
        }
        let mut active = CertificateSet::new();
        for certificate in list {
            let is_active = certificate.active == Some(true);
            if is_active || is_organization {
                let index = self.record(certificate, is_organization);
                active.extend(is_active.then_some(index));
            }
        }
        let observed = Observed { at, active };
        match scope {
            Scope::Organization => self.organization = Some(observed),
            Scope::Project(id) => self.projects.entry(id.clone()).or_default().observe(observed),
        }
        Ok(())
    }

    /// Records one page of the list of projects: their names, and whether they are archived.
    pub fn observe_projects(&mut self, page: impl IntoIterator<Item = Project>) {
        for project in page {
            let is_archived = project.is_archived();
            let state = self.projects.entry(project.id).or_default();
            state.name = project.name.map(String::into_boxed_str);
            state.is_archived = is_archived;
        }
    }

    /// Records that the list of projects was read to its end.
    pub fn observe_end_of_projects(&mut self, at: Timestamp) {
        self.listing = Listing::Complete { at };
    }

    /// Records that the server refused to list a project, which is archived.
    pub fn observe_refusal(&mut self, project: &ProjectId, at: Timestamp) {
        let state = self.projects.entry(project.clone()).or_default();
        *state = ProjectState {
            name: state.name.take(),
            is_archived: true,
            observed: None,
            refused_at: Some(at),
        };
    }

    /// Removes a project that no longer exists.
    pub fn remove_project(&mut self, project: &ProjectId) {
        self.projects.remove(project);
    }

    /// Keeps only some of the projects.
    pub(crate) fn retain_projects(&mut self, is_kept: impl Fn(&ProjectId) -> bool) {
        self.projects.retain(|id, _| is_kept(id));
    }

    /// Adds the dates of a certificate, read from its content, where the API left them out. An unknown certificate is
    /// ignored.
    pub fn supply_validity(&mut self, id: &CertificateId, validity: Validity) {
        let position = self.indices.get(id).and_then(|index| usize::try_from(*index).ok());
        if let Some(known) = position.and_then(|position| self.certificates.get_mut(position)) {
            known.validity = known.validity.or(validity);
        }
    }

    /// Marks lists as unread that were not read between these two times, both inclusive.
    pub fn forget_outside(&mut self, from: Timestamp, to: Timestamp) {
        let is_kept = |at: Timestamp| (from..=to).contains(&at);
        self.organization.take_if(|observed| !is_kept(observed.at));
        for project in self.projects.values_mut() {
            project.observed.take_if(|observed| !is_kept(observed.at));
            project.refused_at.take_if(|at| !is_kept(*at));
        }
        match self.listing {
            Listing::Partial { at, .. } | Listing::Complete { at } if !is_kept(at) => {
                self.listing = Listing::Unread;
            }
            _ => {}
        }
    }

    fn record(&mut self, certificate: Certificate, is_listed: bool) -> Index {
        if let Some(index) = self.indices.get(&certificate.id) {
            let known = usize::try_from(*index).ok().and_then(|at| self.certificates.get_mut(at));
            if let Some(known) = known {
                known.update(certificate, is_listed);
            }
            return *index;
        }
        let index = Index::try_from(self.certificates.len()).unwrap_or(Index::MAX);
        self.indices.insert(certificate.id.clone(), index);
        self.certificates.push(KnownCertificate::new(certificate, is_listed));
        index
    }
}

/// A list does not show whether a certificate is active.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list of {scope} does not show whether {certificate} is active")]
#[non_exhaustive]
pub struct UnknownState {
    /// The scope whose list was read.
    pub scope: Scope,
    /// The certificate that is listed without a state.
    pub certificate: CertificateId,
}

#[cfg(test)]
mod tests;
