//! A simulation of changes: the state of an organization after each of them.

use std::collections::BTreeMap;

use certs_core::operations::Scope;
use certs_types::{ProjectId, Timestamp};

use crate::change::Change;
use crate::fingerprint::CertificateRef;
use crate::inventory::Inventory;
use crate::trust::{CertificateSet, Index, Trust};
use crate::validity::Validity;

/// What is active where: the state of an inventory, to which changes are applied.
#[derive(Debug, Clone)]
pub(crate) struct Forecast {
    certificates: Vec<(CertificateRef, Validity)>,
    indices: BTreeMap<CertificateRef, Index>,
    organization: Option<CertificateSet>,
    projects: BTreeMap<ProjectId, Project>,
}

#[derive(Debug, Clone)]
struct Project {
    is_archived: bool,
    own: Option<CertificateSet>,
}

impl Forecast {
    pub(crate) fn new(inventory: &Inventory) -> Self {
        let own = |scope: &Scope| inventory.trust(scope).own.cloned();
        let projects = inventory.projects().map(|project| {
            let is_archived = project.is_archived();
            (project.id().clone(), Project { is_archived, own: own(&project.scope()) })
        });
        let mut forecast = Self {
            certificates: Vec::new(),
            indices: BTreeMap::new(),
            organization: own(&Scope::Organization),
            projects: projects.collect(),
        };
        // In the order of the inventory, so that its sets stay valid.
        for known in inventory.table() {
            forecast.add(known.id.clone().into(), known.validity);
        }
        forecast
    }

    /// Applies a change. A change in a scope that was not read has no known effect.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Upload(new) => {
                self.add(new.fingerprint.into(), new.validity);
            }
            Change::Activate { scope, certificates } => {
                let added = certificates.as_slice().iter().cloned();
                let added = added.map(|certificate| self.add(certificate, Validity::default()));
                let added: Vec<_> = added.collect();
                if let Some(own) = self.own(scope) {
                    own.extend(added);
                }
            }
            Change::Deactivate { scope, certificates } => {
                let removed = certificates.iter().filter_map(|id| self.index(&id.clone().into()));
                let removed: Vec<_> = removed.collect();
                if let Some(own) = self.own(scope) {
                    own.retain(|index| !removed.contains(index));
                }
            }
            // The server deletes only certificates that are active nowhere, so nothing changes in any scope.
            Change::Delete { .. } => {}
        }
    }

    pub(crate) fn trust(&self, scope: &Scope) -> Trust<'_> {
        match scope {
            Scope::Organization => Trust::of_organization(self.organization.as_ref()),
            Scope::Project(id) => Trust {
                own: self.projects.get(id).and_then(|project| project.own.as_ref()),
                inherited: self.organization.as_ref(),
            },
        }
    }

    /// The scopes with workloads that this change can affect, as far as they were read.
    pub(crate) fn affected_by(&self, change: &Change) -> Vec<Scope> {
        let is_considered = |project: &Project| !project.is_archived && project.own.is_some();
        match change.scope() {
            None => Vec::new(),
            Some(Scope::Organization) => {
                let projects = self.projects.iter().filter(|(_, project)| is_considered(project));
                let organization = self.organization.as_ref().map(|_| Scope::Organization);
                let projects = projects.map(|(id, _)| Scope::Project(id.clone()));
                organization.into_iter().chain(projects).collect()
            }
            Some(Scope::Project(id)) => {
                let project = self.projects.get(id).filter(|project| is_considered(project));
                project.map(|_| Scope::Project(id.clone())).into_iter().collect()
            }
        }
    }

    pub(crate) fn index(&self, certificate: &CertificateRef) -> Option<Index> {
        self.indices.get(certificate).copied()
    }

    pub(crate) fn reference(&self, index: Index) -> Option<&CertificateRef> {
        Some(&self.entry(index)?.0)
    }

    pub(crate) fn validity(&self, index: Index) -> Validity {
        self.entry(index).map(|entry| entry.1).unwrap_or_default()
    }

    /// The certificates of a set that are certainly valid.
    pub(crate) fn valid(&self, set: &CertificateSet, now: Timestamp) -> CertificateSet {
        set.iter().copied().filter(|index| self.validity(*index).is_valid(now)).collect()
    }

    pub(crate) fn references(&self, set: &CertificateSet) -> Vec<CertificateRef> {
        set.iter().filter_map(|index| self.reference(*index).cloned()).collect()
    }

    fn entry(&self, index: Index) -> Option<&(CertificateRef, Validity)> {
        self.certificates.get(usize::try_from(index).ok()?)
    }

    fn add(&mut self, certificate: CertificateRef, validity: Validity) -> Index {
        if let Some(index) = self.index(&certificate) {
            return index;
        }
        let index = Index::try_from(self.certificates.len()).unwrap_or(Index::MAX);
        self.indices.insert(certificate.clone(), index);
        self.certificates.push((certificate, validity));
        index
    }

    /// The own activations of a scope that was read.
    fn own(&mut self, scope: &Scope) -> Option<&mut CertificateSet> {
        match scope {
            Scope::Organization => self.organization.as_mut(),
            Scope::Project(id) => self.projects.get_mut(id)?.own.as_mut(),
        }
    }
}
