//! `certs doctor`

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use certs_emulator::{Endpoint, Fault};
use serde_json::Value;

use crate::support::{KEY, Organization, Run, certs};

fn states(run: &Run) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = report["checks"].as_array().unwrap().iter();
    checks.map(|check| (text(&check["check"]), text(&check["state"]))).collect()
}

#[test]
fn each_check_that_passes_has_a_line() {
    let organization = Organization::new();
    let run = organization.run(["doctor"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(run.out.lines().count(), 6, "{run:?}");
    assert!(run.out.contains("0 of 50"), "{run:?}");
}

#[test]
fn warnings_do_not_fail() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let run = organization.run(["activate", "--yes", "--allow-lockout", &id]);
    assert_eq!(run.exit, 0, "{run:?}");
    let run = organization.run(["doctor", "--output", "json"]);
    assert_eq!(run.exit, 0, "{run:?}");
    let warning = ("client certificate".to_owned(), "warning".to_owned());
    assert!(states(&run).contains(&warning), "{run:?}");
}

#[test]
fn a_key_that_cannot_read_the_audit_log_is_a_warning() {
    let organization = Organization::new();
    let fault = Fault::on(Endpoint::ListAuditLogs);
    let body = serde_json::json!({ "error": { "message": "Missing scopes" } });
    organization.emulator.set_faults(vec![fault.respond(http::StatusCode::FORBIDDEN, body)]);
    let run = organization.run(["doctor"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(run.out.contains("but not the audit log, so `certs log` fails"), "{run:?}");
}

#[test]
fn a_limit_that_was_reached_is_shown_beside_the_pace() {
    let organization = Organization::new();
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-pace");
    let _ = fs::remove_dir_all(&state);
    let doctor = || Run::of(organization.certs(["doctor"]).env("XDG_STATE_HOME", &state));
    let before = doctor();
    assert!(before.out.contains("no limit was reached"), "{before:?}");

    let files = fs::read_dir(state.join("certs")).unwrap().map(|file| file.unwrap().path());
    let file = files.into_iter().find(|file| file.to_str().unwrap().contains("pace-")).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let learned = serde_json::json!({ "per_minute": 40, "learned_at": now });
    let learned = serde_json::json!({ "version": 1, "endpoints": { "other": learned } });
    fs::write(file, learned.to_string()).unwrap();
    let after = doctor();
    assert!(after.out.contains("auto: 40 requests a minute to an endpoint"), "{after:?}");
    fs::remove_dir_all(&state).unwrap();
}

#[test]
fn the_first_failure_is_the_exit_code() {
    let organization = Organization::new();
    let mut command = organization.certs(["doctor", "--output", "json"]);
    let run = Run::of(command.env("OPENAI_ADMIN_KEY", "sk-admin-wrong"));
    assert_eq!(run.exit, 3, "{run:?}");
    assert!(states(&run).contains(&("key".into(), "failed".into())), "{run:?}");

    let mut command = certs();
    command.env("OPENAI_ADMIN_KEY", KEY).env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");
    let run = Run::of(command.args(["doctor", "--max-retries", "0", "--output", "json"]));
    assert_eq!(run.exit, 4, "{run:?}");
    assert_eq!(states(&run)[0], ("reach".into(), "failed".into()));
}
