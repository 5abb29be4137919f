//! `certs rotate`

use certs_emulator::Endpoint;
use serde_json::{Value, json};

use super::{activate, active_by_scope, archive, changes, code, error, undo};
use crate::support::{File, Organization, Run, authority};

const PROJECTS: [&str; 2] = ["proj_a", "proj_b"];

/// A certificate that is active in both projects.
fn old_in_both() -> (Organization, String) {
    let organization = Organization::new();
    let old = organization.upload("Old");
    activate(&organization, &PROJECTS, &[&old]);
    organization.emulator.clear_journal();
    (organization, old)
}

/// Two certificates that are active in both projects.
fn two_in_both() -> (Organization, [String; 2]) {
    let (organization, old) = old_in_both();
    let new = organization.upload("New");
    activate(&organization, &PROJECTS, &[&new]);
    organization.emulator.clear_journal();
    (organization, [old, new])
}

fn deactivate(organization: &Organization, project: &str, id: &str) -> Run {
    let run = organization.run(["deactivate", "--yes", "--project", project, id]);
    assert_eq!(run.exit, 0, "{run:?}");
    run
}

#[test]
fn begin_uploads_once_and_activates_wherever_the_old_one_is() {
    let (organization, old) = old_in_both();
    let before = active_by_scope(&organization);
    let file = File::new(authority("New"));
    let begin = || {
        let always = ["rotate", "begin", "Old", "--to", file.path(), "--name", "New"];
        organization.run(always.into_iter().chain(["--yes", "--output", "json"]))
    };
    let run = begin();
    let document = run.json();
    let new = document["new"].as_str().unwrap();
    let expected = json!({ "old": old, "new": new, "activated_in": PROJECTS, "left": [] });
    assert_eq!(document, expected);
    assert!(
        active_by_scope(&organization).values().all(|ids| ids.contains(&old) && ids.len() == 2)
    );
    let sent = changes(&organization);

    let again = begin();
    assert_eq!(again.json(), expected);
    assert!(again.err.contains("nothing changed") && !again.err.contains("undo:"), "{again:?}");
    assert_eq!(
        (changes(&organization), organization.seen(Endpoint::UploadCertificate).len()),
        (sent, 1)
    );

    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);
}

#[test]
fn begin_deactivates_nothing() {
    let pem = authority("Old");
    let file = File::new(&pem);
    let organization = Organization::new();
    let old = organization.run(["upload", file.path(), "-o", "json"]).json();
    let old = old["id"].as_str().unwrap();
    organization.emulator.clear_journal();
    for to in [old, file.path()] {
        let run = organization.run(["rotate", "begin", old, "--to", to, "--yes", "-o", "json"]);
        assert_eq!(code(&run, 2), "usage", "{to}");
    }
    for arguments in [["status", old, old], ["abort", old, old], ["finish", old, old]] {
        let consent = (arguments[0] != "status").then_some("--yes");
        let run = organization.run(["rotate"].into_iter().chain(arguments).chain(consent));
        assert_eq!(run.exit, 2, "{run:?}");
    }
    let run =
        organization.run(["rotate", "begin", old, "--to", "no-such-file", "--yes", "-o", "json"]);
    assert_eq!(code(&run, 2), "not_found");
    assert!(run.err.contains("no-such-file"), "{run:?}");
    assert_eq!(changes(&organization), 0);
}

#[test]
fn begin_skips_an_archived_project_that_refuses() {
    let (organization, old) = old_in_both();
    let new = organization.upload("New");
    archive(&organization, "proj_a");
    for _ in 0..2 {
        let run = organization.run(["rotate", "begin", &old, "--to", &new, "--yes", "-o", "json"]);
        let expected =
            json!({ "old": old, "new": new, "activated_in": ["proj_b"], "left": ["proj_a"] });
        assert_eq!(run.json(), expected, "{run:?}");
    }
    // Nothing is behind then, because an archived project has no workloads.
    assert_eq!(organization.run(["rotate", "status", &old, &new]).exit, 0);
}

#[test]
fn status_is_exit_6_and_finish_is_refused_while_something_is_behind() {
    let (organization, [old, new]) = two_in_both();
    let status = || organization.run(["rotate", "status", "Old", "New", "--output", "json"]);
    let document = status().json();
    assert_eq!((&document["caught_up"], &document["behind"]), (&json!(true), &json!([])));
    deactivate(&organization, "proj_b", &new);
    let run = status();
    assert_eq!(run.exit, 6, "{run:?}");
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&document["old"], &document["new"]), (&json!(old), &json!(new)));
    assert_eq!((&document["caught_up"], &document["behind"]), (&json!(false), &json!(["proj_b"])));
    let row = json!({ "scope": "proj_b", "archived": false, "old": true, "new": false });
    assert!(document["scopes"].as_array().unwrap().contains(&row), "{document}");
    let table = organization.run(["rotate", "status", "Old", "New"]);
    assert_eq!((table.exit, table.out.matches("behind").count()), (6, 2), "{table:?}");

    organization.emulator.clear_journal();
    let finish = ["rotate", "finish", &old, &new, "--yes", "--output", "json"];
    let refused = error(&organization.run(finish), 2);
    assert!(refused["message"].as_str().unwrap().contains("proj_b"), "{refused}");
    assert_eq!((refused["changed"].as_str(), changes(&organization)), (Some("no"), 0));
}

#[test]
fn finish_retires_the_old_one_and_can_be_run_again() {
    let (organization, [old, new]) = two_in_both();
    let before = active_by_scope(&organization);
    let finish = ["rotate", "finish", &old, &new, "--yes"];
    let dry = organization.run(["rotate", "finish", &old, &new, "--dry-run"]);
    assert_eq!((dry.exit, dry.out.lines().count(), changes(&organization)), (0, 2, 0), "{dry:?}");
    let run = organization.run(finish);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(active_by_scope(&organization).values().all(|ids| *ids == [new.as_str()]));
    let again = organization.run(finish);
    assert_eq!((again.exit, changes(&organization)), (0, 2), "{again:?}");
    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);

    let delete = finish.into_iter().chain(["--delete", "--no-backup", "--output", "json"]);
    let document = organization.run(delete.clone()).json();
    assert_eq!(document["deleted"], json!([old]));
    assert_eq!(code(&organization.run(delete.clone()), 2), "not_found");
    assert_eq!(organization.run(delete.chain(["--if-exists"])).exit, 0);
}

#[test]
fn finish_refuses_while_a_client_certificate_would_fail() {
    let (organization, [old, new]) = two_in_both();
    let other = rcgen::generate_simple_self_signed(["workload.example".to_owned()]).unwrap();
    let leaf = File::new(other.cert.pem());
    let run = organization.run(["rotate", "finish", &old, &new, "--yes", "--verify", leaf.path()]);
    assert_eq!((run.exit, changes(&organization)), (2, 0), "{run:?}");
    assert!(run.err.contains(leaf.path()), "{run:?}");
}

#[test]
fn abort_deactivates_the_new_one_only_beside_the_old_one() {
    let (organization, [old, new]) = two_in_both();
    deactivate(&organization, "proj_b", &old);
    let before = active_by_scope(&organization);
    organization.emulator.clear_journal();
    let abort = ["rotate", "abort", &old, &new, "--yes", "--output", "json"];
    let run = organization.run(abort);
    let expected = json!({ "old": old, "new": new, "deactivated_in": ["proj_a"] });
    assert_eq!(run.json(), expected);
    assert!(run.err.contains("refused"), "{run:?}");
    let left = active_by_scope(&organization);
    assert_eq!((left["proj_a"].join(" "), left["proj_b"].join(" ")), (old.clone(), new.clone()));
    let again = organization.run(abort);
    assert_eq!((again.exit, changes(&organization)), (0, 1), "{again:?}");
    assert!(again.err.contains("nothing changed"), "{again:?}");
    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);
}
