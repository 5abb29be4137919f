//! Small organizations for tests.

use certs_core::operations::Scope;
use certs_types::{Certificate, CertificateId, Object, Project, ProjectStatus, Timestamp};

use crate::change::NewCertificate;
use crate::fingerprint::Fingerprint;
use crate::inventory::Inventory;
use crate::inventory::Listing;
use crate::validity::Validity;

/// The current time in all tests.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const DAY: i64 = 24 * 60 * 60;

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::try_from(seconds).unwrap()
}

pub(crate) fn id(text: &str) -> CertificateId {
    text.parse().unwrap()
}

pub(crate) fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

/// A certificate as a list shows it. `old…` has expired, `later…` is not valid yet, `soon…` expires in ten
/// days, `unknown…` has no dates, and all others are valid for a year.
pub(crate) fn listed(name: &str, is_active: bool) -> Certificate {
    let mut certificate =
        Certificate::new(Object::ORGANIZATION_CERTIFICATE, id(name), at(NOW - 400 * DAY));
    let (valid_at, expires_at) = match name {
        _ if name.starts_with("old") => (NOW - 400 * DAY, NOW - DAY),
        _ if name.starts_with("later") => (NOW + DAY, NOW + 400 * DAY),
        _ if name.starts_with("soon") => (NOW - 400 * DAY, NOW + 10 * DAY),
        _ => (NOW - 100 * DAY, NOW + 365 * DAY),
    };
    if !name.starts_with("unknown") {
        certificate.certificate_details.valid_at = Some(at(valid_at));
        certificate.certificate_details.expires_at = Some(at(expires_at));
    }
    certificate.name = Some(format!("Root {name}"));
    certificate.active = Some(is_active);
    certificate
}

/// A certificate in a file. Its content is not a certificate, because nothing parses it.
pub(crate) fn new_certificate(byte: u8, validity: Validity) -> NewCertificate {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse().unwrap();
    NewCertificate::new(pem, Fingerprint::new([byte; 32]), validity)
}

/// A project, archived if its id begins with `arch`.
pub(crate) fn project(id: &str) -> Project {
    let mut project = Project::new(id.parse().unwrap(), at(1));
    if id.starts_with("arch") {
        project.status = Some(ProjectStatus::ARCHIVED);
    }
    project
}

/// A complete inventory: the certificates of the organization, those that are active there, and the
/// projects with those that are active in them. A project with `!` refuses to be read.
pub(crate) fn inventory(
    all: &[&str],
    organization: &[&str],
    projects: &[(&str, &[&str])],
) -> Inventory {
    let mut inventory = Inventory::new();
    let list = all.iter().map(|name| listed(name, organization.contains(name)));
    inventory.observe(&Scope::Organization, list, now()).unwrap();
    for (id, active) in projects {
        inventory.observe_projects([project(id)]);
        if *active == ["!"] {
            inventory.observe_refusal(&id.parse().unwrap(), now());
        } else {
            let list = active.iter().map(|name| listed(name, true));
            inventory.observe(&scope(id), list, now()).unwrap();
        }
    }
    inventory.listing = Listing::Complete { at: now() };
    inventory
}
