//! `certs check`

use std::fs;

use serde_json::{Value, json};

use super::{three_certificates, unreadable_project};
use crate::support::{File, KEY, Organization, Run, certs};

fn in_one_project(organization: &Organization) -> String {
    let id = organization.upload("Root | 1");
    let run = organization.run(["activate", "--yes", "--project", "proj_a", &id]);
    assert_eq!(run.exit, 0, "{run:?}");
    id
}

#[test]
fn the_first_line_and_the_exit_code_give_the_state() {
    let organization = Organization::new();
    let id = in_one_project(&organization);
    let check = |arguments: &[&str]| {
        let run = organization.run(["check"].into_iter().chain(arguments.iter().copied()));
        (run.exit, run.out)
    };
    let (exit, out) = check(&["--unenforced", "ok"]);
    assert_eq!(exit, 0, "{out}");
    assert!(out.starts_with("CERTS OK - 1 active certificate"), "{out}");
    assert_eq!((out.lines().count(), out.matches(" | ").count()), (1, 1), "{out}");
    assert!(out.contains(&format!("Root ¦ 1 ({id})")), "{out}");

    let (exit, out) = check(&[]);
    assert_eq!(exit, 1, "{out}");
    assert!(out.starts_with("CERTS WARNING - mTLS is not enforced in the organization"), "{out}");
    let (exit, out) = check(&["--unenforced", "ok", "--require", "proj_b"]);
    assert_eq!(exit, 2, "{out}");
    assert!(out.starts_with("CERTS CRITICAL - mTLS is not enforced in project"), "{out}");
    assert_eq!(check(&["--unenforced", "ok", "--require", "proj_a"]).0, 0);
    assert_eq!(check(&["--unenforced", "critical"]).0, 2);
}

#[test]
fn thresholds_apply_to_active_certificates_and_to_all_with_a_flag() {
    let organization = Organization::new();
    in_one_project(&organization);
    let exit = |arguments: &[&str]| {
        let always = ["check", "--unenforced", "ok"];
        organization.run(always.into_iter().chain(arguments.iter().copied())).exit
    };
    // The test authorities are valid for centuries.
    assert_eq!(exit(&["--warn", "200000w"]), 1);
    assert_eq!(exit(&["--warn", "200000w", "--critical", "200000w"]), 2);
    let id = organization.run(["list", "-o", "ids"]).out;
    let run = organization.run([
        "deactivate",
        "--yes",
        "--allow-unenforced",
        "--project",
        "proj_a",
        id.trim(),
    ]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(exit(&["--warn", "200000w"]), 0);
    assert_eq!(exit(&["--warn", "200000w", "--all"]), 1);
}

#[test]
fn an_incomplete_reading_is_unknown_unless_it_is_already_critical() {
    let organization = Organization::new();
    three_certificates(&organization);
    let check = |arguments: &[&str]| {
        organization.emulator.set_faults(vec![unreadable_project(2)]);
        organization.run(["check"].into_iter().chain(arguments.iter().copied()))
    };
    let run = check(&[]);
    assert_eq!(run.exit, 3, "{run:?}");
    assert!(run.out.starts_with("CERTS UNKNOWN - the reading is incomplete"), "{run:?}");
    let run = check(&["--critical", "200000w"]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.out.starts_with("CERTS CRITICAL - the reading is incomplete"), "{run:?}");
    let run = check(&["--output", "json"]);
    assert_eq!(run.exit, 3, "{run:?}");
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["status"], &report["complete"]), (&json!("unknown"), &json!(false)));
    let error: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["exit"], 3);
}

#[test]
fn every_failure_is_exit_3_with_a_line_on_stdout() {
    let organization = Organization::new();
    let wrong_key = |command: &mut std::process::Command| {
        Run::of(command.env("OPENAI_ADMIN_KEY", "sk-admin-wrong"))
    };
    let mut unreachable = certs();
    unreachable.args(["check", "--max-retries", "0"]);
    unreachable.env("OPENAI_ADMIN_KEY", KEY).env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");
    for run in [
        organization.run(["check", "--bogus"]),
        organization.run(["check", "--warn", "soon"]),
        organization.run(["check", "--require", "proj_nope"]),
        wrong_key(&mut organization.certs(["check"])),
        Run::of(&mut unreachable),
    ] {
        assert_eq!(run.exit, 3, "{run:?}");
        assert!(run.out.starts_with("CERTS UNKNOWN - "), "{run:?}");
    }
    let run = organization.run(["check", "--bogus", "--output", "json"]);
    assert_eq!((run.exit, run.out.as_str()), (3, ""), "{run:?}");
    let error: Value = serde_json::from_str(run.err.trim()).unwrap();
    assert_eq!((&error["error"]["exit"], &error["error"]["code"]), (&json!(3), &json!("usage")));
}

#[test]
fn metrics_are_replaced_only_by_a_complete_reading() {
    let organization = Organization::new();
    let id = in_one_project(&organization);
    let file = File::new("before");
    let check = || organization.run(["check", "--unenforced", "ok", "--textfile", file.path()]);
    organization.emulator.set_faults(vec![unreadable_project(2)]);
    assert_eq!(check().exit, 3);
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "before");
    assert_eq!(check().exit, 0);
    let metrics = fs::read_to_string(file.path()).unwrap();
    for line in [
        format!("openai_certificate_active{{id=\"{id}\",scope=\"proj_a\"}} 1"),
        "openai_mtls_active_certificates{scope=\"proj_a\"} 1".into(),
        "openai_mtls_active_certificates{scope=\"organization\"} 0".into(),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    let inside = format!("{}/metrics", file.path());
    let run = organization.run(["check", "--unenforced", "ok", "--textfile", &inside]);
    assert_eq!(run.exit, 3, "{run:?}");
}
