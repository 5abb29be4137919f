//! The content of `certs where`, independent of the format.

use certs_core::operations::Scope;
use certs_plan::inventory::{Enforcement, KnownCertificate, KnownProject};
use certs_plan::{Inventory, Validity};
use certs_types::{CertificateId, ProjectId, Timestamp};
use serde::Serialize;

use crate::inventory::Extent;

/// Where each certificate is active, as far as it was read. Its JSON is described by
/// `schemas/where.schema.json`.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    object: &'static str,
    pub(crate) complete: bool,
    /// When the oldest of the lists was read.
    pub(crate) observed_at: Option<Timestamp>,
    pub(crate) organization: Organization<'a>,
    pub(crate) projects: Vec<Project<'a>>,
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Whether all projects that should be shown are here.
    #[serde(skip)]
    pub(crate) lists_all_projects: bool,
}

/// The organization's own activations.
#[derive(Serialize)]
pub(crate) struct Organization<'a> {
    pub(crate) observed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) active: Option<Vec<&'a CertificateId>>,
    pub(crate) enforced: Option<bool>,
}

#[derive(Serialize)]
pub(crate) struct Project<'a> {
    pub(crate) id: &'a ProjectId,
    pub(crate) name: Option<&'a str>,
    pub(crate) status: Status,
    pub(crate) observed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) active: Option<Vec<&'a CertificateId>>,
    /// `null` in JSON when nothing enforces mTLS, and when it is not known.
    #[serde(serialize_with = "enforced_by")]
    pub(crate) enforced_by: Option<Enforcement>,
    /// Whether its list could not be read. An archived project whose list is refused does not count.
    #[serde(skip)]
    pub(crate) is_unread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Active,
    Archived,
}

#[derive(Serialize)]
pub(crate) struct Certificate<'a> {
    pub(crate) id: &'a CertificateId,
    pub(crate) name: Option<&'a str>,
    created_at: Timestamp,
    #[serde(flatten)]
    pub(crate) dates: Dates,
    pub(crate) active_in_organization: Option<bool>,
    /// `None` if it may also be active in a project that was not read.
    pub(crate) active_in_projects: Option<Vec<&'a ProjectId>>,
    inherited: Option<bool>,
}

/// Both dates, `null` where they are unknown.
#[derive(Serialize)]
pub(crate) struct Dates {
    pub(crate) valid_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Whether a certificate is active in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Active by the scope's own activation.
    Active,
    /// Active in the organization, and so in this project.
    Inherited,
    Inactive,
    /// The scope was not read.
    Unknown,
}

impl<'a> Document<'a> {
    /// The known states of these certificates in the scopes of this extent.
    pub(crate) fn new(
        inventory: &'a Inventory,
        extent: &Extent,
        is_selected: impl Fn(&KnownCertificate) -> bool,
    ) -> Self {
        let organization = inventory.active_in(&Scope::Organization);
        let projects: Vec<_> = inventory
            .projects()
            .filter(|project| extent.includes(project.id()))
            .map(Project::new)
            .collect();
        let lists_all_projects = match extent {
            Extent::Everything => inventory.lists_all_projects(),
            Extent::Projects(wanted) => wanted.iter().all(|id| inventory.project(id).is_some()),
        };
        let knows_all = lists_all_projects && projects.iter().all(|project| !project.is_unread);
        let selected = inventory.certificates().filter(|certificate| is_selected(certificate));
        let certificates = selected
            .map(|certificate| {
                Certificate::new(certificate, organization.as_deref(), &projects, knows_all)
            })
            .collect();
        Self {
            object: "certs.where",
            complete: organization.is_some() && knows_all,
            observed_at: inventory.oldest_observation(),
            organization: Organization {
                observed: organization.is_some(),
                enforced: inventory.is_enforced(&Scope::Organization),
                active: organization,
            },
            projects,
            certificates,
            lists_all_projects,
        }
    }

    /// The state of this certificate in the organization.
    pub(crate) fn in_organization(&self, certificate: &Certificate<'_>) -> State {
        match certificate.active_in_organization {
            Some(true) => State::Active,
            Some(false) => State::Inactive,
            None => State::Unknown,
        }
    }

    /// Whether a certificate is known to be active in at least one scope.
    pub(crate) fn is_active_somewhere(&self, certificate: &Certificate<'_>) -> bool {
        let has_it = |project| self.in_project(certificate, project) == State::Active;
        certificate.active_in_organization == Some(true) || self.projects.iter().any(has_it)
    }

    /// The state of this certificate in a project.
    pub(crate) fn in_project(&self, certificate: &Certificate<'_>, project: &Project<'_>) -> State {
        match (&project.active, certificate.active_in_organization) {
            (Some(active), _) if active.contains(&certificate.id) => State::Active,
            (None, _) | (_, None) => State::Unknown,
            (Some(_), Some(true)) => State::Inherited,
            (Some(_), Some(false)) => State::Inactive,
        }
    }
}

impl<'a> Project<'a> {
    fn new(project: KnownProject<'a>) -> Self {
        let active = project.active();
        Self {
            id: project.id(),
            name: project.name(),
            status: if project.is_archived() { Status::Archived } else { Status::Active },
            observed: active.is_some(),
            active,
            enforced_by: project.enforced_by(),
            is_unread: project.is_unread(),
        }
    }

    pub(crate) fn is_archived(&self) -> bool {
        self.status == Status::Archived
    }
}

impl<'a> Certificate<'a> {
    fn new(
        known: &'a KnownCertificate,
        organization: Option<&[&CertificateId]>,
        projects: &[Project<'a>],
        knows_all_projects: bool,
    ) -> Self {
        let Validity { valid_at, expires_at } = known.validity;
        let in_organization = organization.map(|active| active.contains(&&known.id));
        let has_it = |project: &&Project<'a>| {
            project.active.as_ref().is_some_and(|active| active.contains(&&known.id))
        };
        let in_projects =
            knows_all_projects.then(|| projects.iter().filter(has_it).map(|one| one.id).collect());
        Self {
            id: &known.id,
            name: known.name.as_deref(),
            created_at: known.created_at,
            dates: Dates { valid_at, expires_at },
            active_in_organization: in_organization,
            active_in_projects: in_projects,
            inherited: in_organization,
        }
    }
}

fn enforced_by<S: serde::Serializer>(
    enforced_by: &Option<Enforcement>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let by = match enforced_by {
        Some(Enforcement::Project) => Some("project"),
        Some(Enforcement::Organization) => Some("organization"),
        Some(Enforcement::Nothing) | None => None,
    };
    by.serialize(serializer)
}
