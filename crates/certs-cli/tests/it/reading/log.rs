//! `certs log`

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::Organization;

fn document(organization: &Organization, arguments: &[&str]) -> Value {
    let always = ["log", "--output", "json"];
    organization.run(always.into_iter().chain(arguments.iter().copied())).json()
}

fn types(document: &Value) -> Vec<&str> {
    let events = document["data"].as_array().unwrap();
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn events_are_those_of_the_api_and_one_certificate_can_be_chosen() {
    let organization = Organization::new();
    let (root, spare) = (organization.upload("Root"), organization.upload("Spare"));
    for arguments in [
        &["activate", "--yes", "--project", "proj_a", &root][..],
        &["rename", &spare, "Reserve"],
        &["delete", "--yes", &spare],
    ] {
        let mut command = organization.certs(arguments.iter().copied());
        let run = crate::support::Run::of(command.env("HOME", env!("CARGO_TARGET_TMPDIR")));
        assert_eq!(run.exit, 0, "{run:?}");
    }
    let all = document(&organization, &[]);
    assert_eq!(all["complete"], true);
    assert_eq!(
        types(&all),
        [
            "certificate.deleted",
            "certificate.updated",
            "certificates.activated",
            "certificate.created",
            "certificate.created"
        ]
    );
    let details = &all["data"][2]["certificates.activated"]["certificates"];
    assert_eq!(details[0]["id"], root.as_str());

    let of_root = ["certificates.activated", "certificate.created"];
    assert_eq!(types(&document(&organization, &[&root])), of_root);
    assert_eq!(types(&document(&organization, &["Root"])), of_root);
    // A deleted certificate is found by a name that it had.
    let of_spare = ["certificate.deleted", "certificate.updated", "certificate.created"];
    assert_eq!(types(&document(&organization, &["Reserve"])), of_spare);
    assert_eq!(organization.run(["log", "nope"]).exit, 2);
}

#[test]
fn the_table_names_no_scope() {
    let organization = Organization::new();
    let root = organization.upload("Root");
    let run = organization.run(["activate", "--yes", "--project", "proj_b", &root]);
    assert_eq!(run.exit, 0, "{run:?}");
    let run = organization.run(["log"]);
    assert_eq!((run.exit, run.out.lines().count()), (0, 3), "{run:?}");
    assert!(run.out.contains("activated") && run.out.contains("uploaded"), "{run:?}");
    assert!(!run.out.contains("proj_"), "{run:?}");
}

#[test]
fn a_log_that_cannot_be_read_to_its_end_is_incomplete() {
    let organization = Organization::new();
    let body = json!({ "error": { "message": "something is broken" } });
    let fault = Fault::on(Endpoint::ListAuditLogs).respond(StatusCode::NOT_FOUND, body);
    organization.emulator.set_faults(vec![fault]);
    let run = organization.run(["log", "--output", "json"]);
    assert_eq!(run.exit, 4, "{run:?}");
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document, json!({ "data": [], "complete": false }));
    let table = organization.run(["log"]);
    assert_eq!((table.exit, table.err.contains("no events")), (4, false), "{table:?}");
}
