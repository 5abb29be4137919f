//! Commands that read the whole organization: where, verify, check and doctor.

mod check;
mod doctor;
mod log;
mod resume;
mod verify;
mod r#where;

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::Organization;

/// Refuses the nth list of a project.
fn unreadable_project(nth: u64) -> Fault {
    let body = json!({ "error": { "message": "something is broken" } });
    Fault::on(Endpoint::ListProjectCertificates)
        .nth(nth)
        .respond(StatusCode::NOT_IMPLEMENTED, body)
        .header(
            http::HeaderName::from_static("x-should-retry"),
            http::HeaderValue::from_static("false"),
        )
}

/// An organization whose certificates are active in different scopes: the first in the organization, the
/// second in `proj_a`, and the third nowhere.
fn three_certificates(organization: &Organization) -> [String; 3] {
    let ids = ["Root", "Payments", "Spare"].map(|name| organization.upload(name));
    let activate = |arguments: &[&str]| {
        let always = ["activate", "--yes", "--allow-lockout"];
        let run = organization.run(always.into_iter().chain(arguments.iter().copied()));
        assert_eq!(run.exit, 0, "{run:?}");
    };
    activate(&[&ids[0]]);
    activate(&["--project", "proj_a", &ids[1]]);
    organization.emulator.clear_journal();
    ids
}

/// The item of a list with this id.
fn item<'a>(list: &'a Value, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|item| item["id"] == id).unwrap()
}
