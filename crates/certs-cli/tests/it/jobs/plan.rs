//! `certs plan`, `certs apply` and `certs export`

use std::path::Path;

use certs_emulator::Endpoint;
use serde_json::{Value, json};

use super::{activate, active_by_scope, changes, code, error, undo};
use crate::support::{File, Organization, authority};

/// One certificate, active in `proj_a`.
fn one_in_a() -> (Organization, String) {
    let organization = Organization::new();
    let id = organization.upload("Root");
    activate(&organization, &["proj_a"], &[&id]);
    organization.emulator.clear_journal();
    (organization, id)
}

/// Declares the certificate of the organization in `proj_a`, and another of this file in both projects.
fn adds(id: &str, pem: &File) -> File {
    let pem = Path::new(pem.path()).file_name().unwrap().to_str().unwrap();
    File::new(format!(
        "[certificate.Root]\nid = \"{id}\"\nactive = [\"proj_a\"]\n\n\
         [certificate.Next]\npem = \"{pem}\"\nactive = [\"proj_a\", \"proj_b\"]\n"
    ))
}

#[test]
fn an_export_has_no_differences() {
    let (organization, id) = one_in_a();
    organization.upload("Spare");
    let run = organization.run(["export"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(run.out.contains(&id), "{run:?}");
    let file = File::new(run.out);
    let plan = organization.run(["plan", file.path(), "--output", "json"]).json();
    assert_eq!((&plan["changes"], &plan["unmanaged"]), (&json!([]), &json!([])));
    organization.emulator.clear_journal();
    let applied = organization.run(["apply", file.path(), "--yes"]);
    assert_eq!((applied.exit, changes(&organization)), (0, 0), "{applied:?}");
    assert!(applied.err.contains("nothing changed"), "{applied:?}");
}

#[test]
fn applying_a_file_twice_changes_nothing_the_second_time() {
    let (organization, id) = one_in_a();
    let before = active_by_scope(&organization);
    let pem = File::new(authority("Next"));
    let file = adds(&id, &pem);
    let run = organization.run(["plan", file.path(), "--output", "json"]);
    assert_eq!((run.exit, changes(&organization)), (6, 0), "{run:?}");
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    let kinds: Vec<_> =
        plan["changes"].as_array().unwrap().iter().map(|one| &one["change"]).collect();
    assert_eq!(kinds, ["upload", "activate", "activate"]);
    assert_eq!(plan["hazards"], json!([]));
    assert_eq!(plan["notices"], json!([{ "kind": "starts_enforcement", "scopes": ["proj_b"] }]));

    let run = organization.run(["apply", file.path(), "--yes", "--output", "json"]);
    let document = run.json();
    assert_eq!((document["object"].as_str(), &document["left"]), (Some("certs.apply"), &json!([])));
    assert_eq!(document["done"].as_array().unwrap().len(), 3);
    assert_eq!(active_by_scope(&organization)["proj_b"].len(), 1);
    assert_eq!(organization.run(["plan", file.path()]).exit, 0);
    let again = organization.run(["apply", file.path(), "--yes"]);
    assert_eq!((again.exit, changes(&organization)), (0, 3), "{again:?}");
    assert!(!again.err.contains("undo:"), "{again:?}");
    assert_eq!(organization.seen(Endpoint::UploadCertificate).len(), 1);
    assert!(run.err.contains("undo: certs deactivate"), "{run:?}");
    // Enforcement in proj_b began with the change, and ending it must be allowed.
    let lines = run.err.lines().filter_map(|line| line.strip_prefix("undo: certs "));
    for line in lines {
        let allowed = line.split(' ').chain(["--allow-unenforced"]);
        assert_eq!(organization.run(allowed).exit, 0, "{line}");
    }
    assert_eq!(active_by_scope(&organization), before);
}

#[test]
fn a_saved_plan_is_refused_if_the_state_has_changed() {
    let (organization, id) = one_in_a();
    let pem = File::new(authority("Next"));
    let (file, saved) = (adds(&id, &pem), File::new(""));
    let run = organization.run(["plan", file.path(), "--out", saved.path()]);
    assert_eq!(run.exit, 6, "{run:?}");
    let spare = organization.upload("Spare");
    activate(&organization, &["proj_b"], &[&spare]);
    organization.emulator.clear_journal();
    let apply = ["apply", "--plan", saved.path(), "--output", "json"];
    let refused = error(&organization.run(apply), 2);
    assert_eq!((&refused["code"], &refused["changed"]), (&json!("state_moved"), &json!("no")));
    assert!(refused["message"].as_str().unwrap().contains("proj_b"), "{refused}");
    assert_eq!(changes(&organization), 0);

    let run = organization.run([
        "deactivate",
        "--yes",
        "--allow-unenforced",
        "--project",
        "proj_b",
        &spare,
    ]);
    assert_eq!(run.exit, 0, "{run:?}");
    // It needs no confirmation, and changes that are already made are not made again.
    for done in [3, 0] {
        let document = organization.run(apply).json();
        assert_eq!(document["done"].as_array().unwrap().len(), done);
    }
    let other = Organization::new();
    assert_eq!(other.run(apply).exit, 2);
    assert!(!other.sent_anything());
}

#[test]
fn mistakes_in_the_file_are_reported_with_their_line_and_change_nothing() {
    let (organization, id) = one_in_a();
    let known = format!("[certificate.A]\nid = \"{id}\"\n");
    for (line, text) in [
        (2, "[certificate.A]\nactve = []\n".to_owned()),
        (2, "[certificate.A]\nid = \"cert_nope\"\n".into()),
        (2, "[certificate.A]\npem = \"no-such.pem\"\n".into()),
        (3, format!("{known}active = [\"proj_nope\"]\n")),
        (3, format!("{known}active = \"proj_a\"\n")),
        (4, format!("{known}[certificate.B]\nid = \"{id}\"\n")),
        (4, format!("{known}active = [\"proj_a\"]\nretired = true\n")),
        (2, "[settings]\nunmanaged = \"delete\"\n".into()),
    ] {
        let file = File::new(&text);
        for command in ["plan", "apply"] {
            let consent = (command == "apply").then_some("--yes");
            let run =
                organization.run([command, file.path(), "-o", "json"].into_iter().chain(consent));
            let error = error(&run, 2);
            assert_eq!(error["code"], "usage", "{text}: {error}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(file.path()), "{text}: {message}");
            assert!(message.contains(&format!("line {line}")), "{text}: {message}");
        }
    }
    let run = organization.run(["plan", "no-such.toml"]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert_eq!(changes(&organization), 0);
}

#[test]
fn removals_need_a_flag_of_their_own() {
    let (organization, id) = one_in_a();
    let other = organization.upload("Other");
    activate(&organization, &["proj_a"], &[&other]);
    let before = active_by_scope(&organization);
    organization.emulator.clear_journal();
    let file = File::new(format!("[certificate.Root]\nid = \"{id}\"\nactive = []\n"));
    let run = organization.run(["plan", file.path()]);
    assert_eq!(run.exit, 6, "{run:?}");
    assert!(run.err.contains(&format!("{other} is not in the file")), "{run:?}");
    let apply = ["apply", file.path(), "--settle", "0s", "--output", "json", "--yes"];
    let refused = organization.run(apply);
    assert_eq!((code(&refused, 2).as_str(), changes(&organization)), ("needs_consent", 0));
    assert!(refused.err.contains("--allow-removals"), "{refused:?}");
    let dry = organization.run(["apply", file.path(), "--settle", "0s", "--dry-run"]);
    assert_eq!((dry.exit, changes(&organization)), (0, 0), "{dry:?}");
    let run = organization.run(apply.into_iter().chain(["--allow-removals"]));
    assert_eq!(run.json()["done"].as_array().unwrap().len(), 1);
    assert_eq!(active_by_scope(&organization)["proj_a"], [other.as_str()]);
    undo(&organization, &run);
    assert_eq!(active_by_scope(&organization), before);
}

#[test]
fn adding_and_removing_in_one_run_is_refused_because_workloads_have_no_time_to_move() {
    let (organization, id) = one_in_a();
    let next = organization.upload("Next");
    organization.emulator.clear_journal();
    let file = File::new(format!(
        "[certificate.Root]\nid = \"{id}\"\n[certificate.Next]\nid = \"{next}\"\nactive = [\"proj_a\"]\n"
    ));
    let apply = ["apply", file.path(), "--yes", "--allow-removals", "--output", "json"];
    let refused = error(&organization.run(apply), 2);
    assert!(refused["hint"].as_str().unwrap().contains("--settle"), "{refused}");
    assert_eq!(changes(&organization), 0);
    let run = organization.run(apply.into_iter().chain(["--settle", "0s"]));
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(active_by_scope(&organization)["proj_a"], [next.as_str()]);
}

#[test]
fn only_certificates_declared_retired_are_deleted() {
    let (organization, id) = one_in_a();
    let other = organization.upload("Other");
    activate(&organization, &["proj_a"], &[&other]);
    let file = File::new(format!("[certificate.Root]\nid = \"{id}\"\nretired = true\n"));
    let apply =
        ["apply", file.path(), "--settle", "0s", "--yes", "--allow-removals", "--no-backup"];
    let run = organization.run(apply);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(organization.run(["list", "-o", "ids"]).out.trim(), other);
    // A second run: a retired certificate that is gone is not a difference.
    organization.emulator.clear_journal();
    let again = organization.run(apply);
    assert_eq!((again.exit, changes(&organization)), (0, 0), "{again:?}");
}
