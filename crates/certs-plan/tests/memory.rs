//! The memory for reading the largest organization, in a process of its own, so that no other test counts.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

use certs_plan::Inventory;
use certs_plan::survey::{Reading, Survey};
use certs_types::{Certificate, Object, Page, Project, Timestamp};

const PROJECTS: usize = 10_000;
const CERTIFICATES: usize = 50;
const PAGE: usize = 100;

#[test]
fn ten_thousand_projects_with_fifty_certificates_stay_below_64_megabytes() {
    let now = Timestamp::try_from(1_800_000_000).unwrap();
    let certificates: Vec<_> = (0..CERTIFICATES).map(|n| certificate(n, now)).collect();
    let mut survey = Survey::of_everything(Inventory::new());
    let mut listed = 0;
    while let Some(reading) = survey.next() {
        match reading {
            Reading::Projects(reading) => {
                let projects = (listed..listed + PAGE).map(|n| project(n, now)).collect();
                listed += PAGE;
                let mut page = Page::new(projects);
                page.has_more = listed < PROJECTS;
                page.last_id = Some(format!("proj_{:024}", listed - 1));
                survey.handle_projects(reading, Ok(page), now).unwrap();
            }
            Reading::Certificates(reading) => {
                let page = Page::new(certificates.clone());
                survey.handle_certificates(reading, Ok(page), now).unwrap();
            }
        }
    }
    assert!(survey.is_done());
    let inventory = survey.into_inventory();
    assert_eq!(inventory.projects().count(), PROJECTS);
    let saved = serde_json::to_vec(&inventory).unwrap();
    drop(inventory);
    let again: Inventory = serde_json::from_slice(&saved).unwrap();
    assert_eq!(again.active_scopes(&certificates[49].id).projects.len(), PROJECTS);
    let peak = peak_megabytes();
    assert!(peak <= 64, "{peak} MB, of which the saved form is {} MB", saved.len() / 1_000_000);
}

fn certificate(n: usize, now: Timestamp) -> Certificate {
    let id = format!("cert_{n:024}").parse().unwrap();
    let mut certificate = Certificate::new(Object::ORGANIZATION_CERTIFICATE, id, now);
    certificate.name = Some(format!("The certificate authority number {n}"));
    certificate.active = Some(true);
    certificate
}

fn project(n: usize, now: Timestamp) -> Project {
    let mut project = Project::new(format!("proj_{n:024}").parse().unwrap(), now);
    project.name = Some(format!("The project number {n}"));
    project
}

/// The peak memory of this process.
#[expect(clippy::disallowed_methods, reason = "only the crate itself reads no files")]
fn peak_megabytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1024
}
