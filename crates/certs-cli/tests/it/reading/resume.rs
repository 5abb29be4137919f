//! An interrupted reading resumes from its file.

use std::fs;

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::{Value, json};

use super::three_certificates;
use crate::support::{File, KEY, Organization, Run};

fn path(name: &str) -> String {
    let name = format!("{name}-{}.json", std::process::id());
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}

fn twenty_projects() -> Organization {
    Organization::with(|builder| {
        (0..18).fold(builder, |builder, n| builder.project(format!("proj_{n:03}").parse().unwrap()))
    })
}

/// The server fails after this many lists of projects.
fn broken_after(lists: u64) -> Vec<Fault> {
    let fault = |nth| {
        let fault = Fault::on(Endpoint::ListProjectCertificates).nth(nth);
        fault.respond(StatusCode::UNAUTHORIZED, json!({ "error": { "message": "revoked" } }))
    };
    (lists + 1..lists + 20).map(fault).collect()
}

#[test]
fn only_missing_lists_are_read_and_a_complete_file_needs_no_request() {
    let organization = twenty_projects();
    three_certificates(&organization);
    let file = path("goes-on");
    let read = || organization.run(["where", "--resume", &file, "--output", "json"]);
    organization.emulator.set_faults(broken_after(7));
    let run = read();
    assert_eq!(run.exit, 3, "the key is what is wrong: {run:?}");
    organization.emulator.set_faults(Vec::new());
    organization.emulator.clear_journal();

    let run = read();
    assert_eq!(run.exit, 0, "{run:?}");
    let requests = organization.emulator.journal().len();
    // Seven projects, the organization and the list of projects, of which three may have been in flight.
    assert!((13..=16).contains(&requests), "{requests} of 22 requests: {run:?}");
    organization.emulator.clear_journal();
    let again = read();
    assert_eq!(again.out, run.out);
    assert!(!organization.sent_anything());

    let old = organization.run(["where", "--resume", &file, "--max-age", "0s"]);
    assert_eq!(old.exit, 0, "{old:?}");
    fs::remove_file(file).unwrap();
}

#[test]
fn an_unusable_file_is_refused_by_name_and_not_changed() {
    let organization = Organization::new();
    let other = Organization::new();
    let file = path("refused");
    assert_eq!(organization.run(["where", "--resume", &file]).exit, 0);
    let saved = fs::read_to_string(&file).unwrap();
    assert!(!saved.contains(KEY));
    let refused = |run: Run, why: &str| {
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{run:?}");
        assert!(run.err.contains(&file) && run.err.contains(why), "{why}: {run:?}");
    };
    refused(other.run(["where", "--resume", &file]), "belongs to http://127.0.0.1");
    let mut command = organization.certs(["where", "--resume", &file]);
    refused(Run::of(command.env("OPENAI_ADMIN_KEY", "sk-admin-other")), "another admin key");
    assert_eq!(fs::read_to_string(&file).unwrap(), saved);
    assert!(!other.sent_anything());

    let mut version: Value = serde_json::from_str(&saved).unwrap();
    version["certs_resume"] = 99.into();
    let cut = &saved[..saved.len() / 2];
    for content in ["", "garbage", "{}", cut, &version.to_string()] {
        fs::write(&file, content).unwrap();
        refused(organization.run(["where", "--resume", &file]), "--resume");
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    fs::remove_file(file).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_is_read() {
    let organization = Organization::new();
    let file = File::new("");
    let inside = format!("{}/where.json", file.path());
    let run = organization.run(["where", "--resume", &inside]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(!organization.sent_anything());
}

#[cfg(unix)]
#[test]
fn an_interrupted_reading_is_printed_as_incomplete() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;
    use std::time::Duration;

    let organization = twenty_projects();
    let [root, ..] = three_certificates(&organization);
    let hour = Duration::from_secs(3600);
    let slow = Fault::on(Endpoint::ListProjectCertificates).nth(5).delay(hour);
    organization.emulator.set_faults(vec![slow]);
    let file = path("interrupted");
    let mut command = organization.certs(["where", "--resume", &file, "-o", "json", "-v"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    // All requests except the slow one have got a response.
    while organization.seen(Endpoint::ListProjectCertificates).len() < 20 {
        assert!(stderr.read_line(&mut seen).unwrap() > 0, "{seen}");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    stderr.read_to_string(&mut seen).unwrap();
    let run = Run { err: seen, ..child.wait_with_output().unwrap().into() };
    assert_eq!(run.exit, 130, "{run:?}");
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["complete"], false);
    assert_eq!(document["organization"]["active"], json!([root]));
    assert!(run.err.contains("stopped by Ctrl-C") && run.err.contains("continues from"), "{run:?}");

    organization.emulator.set_faults(Vec::new());
    organization.emulator.clear_journal();
    assert_eq!(organization.run(["where", "--resume", &file]).exit, 0);
    assert!(organization.emulator.journal().len() <= 4, "{:?}", organization.emulator.journal());
    fs::remove_file(file).unwrap();
}
