//! `certs retire`

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::{Value, json};

use super::{activate, active_by_scope, archive, changes, code, error, undo};
use crate::support::Organization;

/// Two certificates, both active in both projects.
fn two_in_both() -> (Organization, [String; 2]) {
    let organization = Organization::new();
    let [old, other] = ["Old", "Other"].map(|name| organization.upload(name));
    activate(&organization, &["proj_a", "proj_b"], &[&old, &other]);
    organization.emulator.clear_journal();
    (organization, [old, other])
}

#[test]
fn retire_deactivates_everywhere_and_a_second_run_changes_nothing() {
    let (organization, [old, other]) = two_in_both();
    let before = active_by_scope(&organization);
    let run = organization.run(["retire", "Old", "--yes", "--output", "json"]);
    let document = run.json();
    let expected = json!({
        "object": "certs.retire",
        "retired": [old],
        "deactivated_in": ["proj_a", "proj_b"],
        "deleted": [],
    });
    assert_eq!(document, expected);
    assert!(run.err.contains("ends trust"), "{run:?}");
    let left = active_by_scope(&organization);
    assert!(left.len() == 2 && left.values().all(|ids| *ids == [other.as_str()]), "{left:?}");

    let sent = changes(&organization);
    let again = organization.run(["retire", &old, "--yes"]);
    assert_eq!(again.exit, 0, "{again:?}");
    assert!(again.err.contains("nothing changed"), "{again:?}");
    assert!(!again.err.contains("undo:"), "{again:?}");
    assert_eq!(changes(&organization), sent);

    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);
}

#[test]
fn a_dry_run_shows_the_changes_and_makes_none() {
    let (organization, [old, other]) = two_in_both();
    let run = organization.run(["retire", &old, "--dry-run"]);
    assert_eq!((run.exit, run.out.lines().count()), (0, 2), "{run:?}");
    assert!(run.out.lines().all(|line| line.starts_with("would deactivate")), "{run:?}");
    let plan = organization.run(["retire", &old, "--dry-run", "--output", "json"]).json();
    assert_eq!(plan["notices"][0]["kind"], "ends_trust");
    assert_eq!((&plan["notices"][0]["remaining"], &plan["hazards"]), (&json!([other]), &json!([])));
    // A dry run is refused for the same reasons.
    let both = organization.run(["retire", &old, &other, "--dry-run", "--output", "json"]);
    assert_eq!(code(&both, 2), "would_unenforce");
    let plan: Value = serde_json::from_str(&both.out).unwrap();
    assert_eq!(plan["hazards"][0]["kind"], "unenforced");
    assert_eq!(changes(&organization), 0);
}

#[test]
fn the_last_one_stays_unless_that_is_allowed() {
    let (organization, [old, other]) = two_in_both();
    let before = active_by_scope(&organization);
    let refused = organization.run(["retire", &old, &other, "--yes", "--output", "json"]);
    let refused = error(&refused, 2);
    assert_eq!((&refused["code"], &refused["changed"]), (&json!("would_unenforce"), &json!("no")));
    let hazard = json!([{ "kind": "unenforced", "scopes": ["proj_a", "proj_b"] }]);
    assert_eq!(refused["hazards"], hazard);
    let unasked = organization.run(["retire", &old, "--output", "json"]);
    assert_eq!(code(&unasked, 2), "needs_consent");
    assert_eq!((active_by_scope(&organization), changes(&organization)), (before, 0));

    let run = organization.run([
        "retire",
        &old,
        &other,
        "--yes",
        "--allow-unenforced",
        "--delete",
        "--no-backup",
    ]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(organization.run(["list", "-o", "ids"]).out, "");
    assert_eq!(organization.seen(Endpoint::DeleteCertificate).len(), 2);
}

#[test]
fn a_missing_certificate_is_an_error_without_if_exists() {
    let (organization, [old, _]) = two_in_both();
    let run = organization.run(["retire", &old, "gone", "--yes", "--output", "json"]);
    assert_eq!(code(&run, 2), "not_found");
    assert_eq!(organization.run(["retire", "gone", "--yes", "--if-exists"]).exit, 0);
    assert_eq!(changes(&organization), 0);
    assert_eq!(organization.run(["retire", &old, "gone", "--yes", "--if-exists"]).exit, 0);
    assert_eq!(changes(&organization), 2);
}

#[test]
fn a_refusal_of_an_archived_project_is_reported_at_the_end() {
    let (organization, [old, other]) = two_in_both();
    archive(&organization, "proj_a");
    for _ in 0..2 {
        let run = organization.run(["retire", &old, "--yes", "--output", "json"]);
        let error = error(&run, 1);
        assert!(error["message"].as_str().unwrap().contains("proj_a"), "{run:?}");
        let left = active_by_scope(&organization);
        assert!(left["proj_a"].contains(&old), "{left:?}");
        assert_eq!(left["proj_b"], [other.as_str()], "the job goes on: {run:?}");
    }
}

#[test]
fn a_refusal_half_way_reports_what_is_done_and_what_was_not_tried() {
    let (organization, [old, other]) = two_in_both();
    let before = active_by_scope(&organization);
    let body = json!({ "error": { "message": "not now", "code": "no" } });
    let fault = Fault::on(Endpoint::DeactivateProjectCertificates).nth(2);
    organization.emulator.set_faults(vec![fault.respond(StatusCode::BAD_REQUEST, body)]);
    let run = organization.run(["retire", &old, "--yes", "--output", "json"]);
    let error = error(&run, 1);
    assert_eq!((&error["done"], &error["changed"]), (&json!(1), &json!("yes")), "{run:?}");
    assert_eq!(error["not_tried"], 0, "{run:?}");
    assert!(error["failed"].as_str().unwrap().contains("proj_b"), "{run:?}");
    let left = active_by_scope(&organization);
    assert_eq!((&left["proj_a"], left["proj_b"].len()), (&vec![other], 2));
    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);
}
