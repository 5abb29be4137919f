//! A model of an organization: sets, without certificates and a server.

use std::collections::{BTreeMap, BTreeSet};

use certs_core::operations::Scope;
use certs_plan::{CertificateRef, Change, Fingerprint, Inventory, NewCertificate, Validity};
use certs_types::{Certificate, CertificateId, Object, Project, ProjectStatus, Timestamp};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

pub(crate) const DAY: i64 = 24 * 60 * 60;
const NOW: i64 = 1_800_000_000;

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::try_from(seconds).unwrap()
}

/// The certificates that are active in each scope, and their validity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    pub(crate) certificates: BTreeMap<CertificateRef, Validity>,
    pub(crate) archived: BTreeSet<Scope>,
    pub(crate) active: BTreeMap<Scope, BTreeSet<CertificateRef>>,
    pub(crate) deleted: BTreeSet<CertificateRef>,
}

impl Model {
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        self.active.keys().cloned().collect()
    }

    /// The scopes with workloads.
    pub(crate) fn scopes_with_workloads(&self) -> Vec<Scope> {
        self.scopes().into_iter().filter(|scope| !self.archived.contains(scope)).collect()
    }

    pub(crate) fn trusted(&self, scope: &Scope) -> BTreeSet<CertificateRef> {
        &self.active[scope] | &self.active[&Scope::Organization]
    }

    pub(crate) fn is_valid(&self, certificate: &CertificateRef) -> bool {
        self.certificates.get(certificate).is_some_and(|validity| validity.is_valid(now()))
    }

    /// Whether a request to this scope passes, without a client certificate or with one that was issued by
    /// this authority.
    pub(crate) fn passes(&self, scope: &Scope, issuer: Option<&CertificateRef>) -> bool {
        let trusted = self.trusted(scope);
        trusted.is_empty()
            || issuer.is_some_and(|issuer| trusted.contains(issuer) && self.is_valid(issuer))
    }

    pub(crate) fn has_valid(&self, scope: &Scope) -> bool {
        self.trusted(scope).iter().any(|certificate| self.is_valid(certificate))
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Upload(new) => {
                self.certificates.insert(new.fingerprint.into(), new.validity);
            }
            Change::Activate { scope, certificates } => {
                let active = self.active.get_mut(scope).unwrap();
                active.extend(certificates.as_slice().iter().cloned());
            }
            Change::Deactivate { scope, certificates } => {
                let active = self.active.get_mut(scope).unwrap();
                active.retain(|one| !certificates.iter().any(|id| one.id() == Some(id)));
            }
            Change::Delete { certificate } => {
                let certificate = certificate.clone().into();
                assert!(self.active.values().all(|active| !active.contains(&certificate)));
                self.certificates.remove(&certificate);
                self.deleted.insert(certificate);
            }
        }
    }

    /// The inventory of a complete reading. A new certificate has an id of its own.
    pub(crate) fn inventory(&self) -> Inventory {
        let mut inventory = Inventory::new();
        let listed = |certificate: &CertificateRef, scope: &Scope| {
            let mut listed =
                Certificate::new(Object::ORGANIZATION_CERTIFICATE, id_of(certificate), at(1));
            let validity = self.certificates[certificate];
            listed.certificate_details.valid_at = validity.valid_at;
            listed.certificate_details.expires_at = validity.expires_at;
            listed.active = Some(self.active[scope].contains(certificate));
            listed
        };
        for scope in self.scopes() {
            if let Scope::Project(id) = &scope {
                let mut project = Project::new(id.clone(), at(1));
                if self.archived.contains(&scope) {
                    project.status = Some(ProjectStatus::ARCHIVED);
                }
                inventory.observe_projects([project]);
            }
            let list = self.certificates.keys().map(|certificate| listed(certificate, &scope));
            inventory.observe(&scope, list, now()).unwrap();
        }
        inventory.observe_end_of_projects(now());
        inventory
    }
}

/// The id under which a certificate is listed.
pub(crate) fn id_of(certificate: &CertificateRef) -> CertificateId {
    match certificate {
        CertificateRef::Id(id) => id.clone(),
        CertificateRef::New(fingerprint) => format!("new_{fingerprint}").parse().unwrap(),
    }
}

pub(crate) fn certificate(number: usize) -> CertificateRef {
    CertificateRef::Id(format!("cert_{number}").parse().unwrap())
}

pub(crate) fn fingerprint(number: u8) -> Fingerprint {
    Fingerprint::new([number; 32])
}

/// A certificate in a file, whose content is never parsed.
pub(crate) fn new_certificate(number: u8, validity: Validity) -> NewCertificate {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse().unwrap();
    NewCertificate::new(pem, fingerprint(number), validity)
}

pub(crate) fn validity() -> impl Strategy<Value = Validity> {
    let dates = |valid_at: i64, expires_at: i64| {
        Validity::new(at(NOW + valid_at * DAY), at(NOW + expires_at * DAY))
    };
    prop_oneof![
        6 => Just(dates(-100, 100)),
        2 => Just(dates(-100, 20)),
        2 => Just(dates(-100, -1)),
        1 => Just(dates(1, 100)),
        1 => Just(Validity::default()),
        1 => Just(Validity { expires_at: Some(at(NOW - DAY)), valid_at: None }),
        1 => Just(Validity::new(now(), now())),
    ]
}

/// Up to five certificates and up to four projects, of which some are archived.
pub(crate) fn model() -> impl Strategy<Value = Model> {
    let certificates = vec(validity(), 1..=5);
    let projects = vec((any::<bool>(), any::<bool>()), 0..=4);
    (certificates, projects).prop_flat_map(|(certificates, projects)| {
        let count = certificates.len();
        let sets = vec(btree_set(0..count, 0..=count.min(3)), projects.len() + 1);
        sets.prop_map(move |sets| {
            let scopes = std::iter::once(Scope::Organization).chain(
                (0..projects.len())
                    .map(|number| Scope::Project(format!("proj_{number}").parse().unwrap())),
            );
            let scopes: Vec<Scope> = scopes.collect();
            let is_archived = |(scope, (one, other)): (&Scope, &(bool, bool))| {
                (*one && *other).then(|| scope.clone())
            };
            let sets = sets.into_iter().map(|set| set.into_iter().map(certificate).collect());
            Model {
                certificates: (0..).map(certificate).zip(certificates.iter().copied()).collect(),
                archived: scopes[1..].iter().zip(&projects).filter_map(is_archived).collect(),
                active: scopes.into_iter().zip(sets).collect(),
                deleted: BTreeSet::new(),
            }
        })
    })
}
