//! Ctrl-C while a change waits for its next attempt: the command reports what the attempts so far can have done.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Organization, Run};

const DEACTIVATE: Endpoint = Endpoint::DeactivateOrganizationCertificates;

/// Interrupts a command as soon as these words appear on its stderr.
fn interrupted_at(words: &str, command: &mut Command) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains(words) {
        assert!(stderr.read_line(&mut seen).unwrap() > 0, "ended before {words:?}: {seen}");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    for line in stderr.lines() {
        seen += &line.unwrap();
    }
    Run { err: seen, ..child.wait_with_output().unwrap().into() }
}

/// Interrupts a deactivation after responses with these statuses and bodies; the client waits after each of them.
fn after(responses: &[(u16, Value)]) -> Run {
    let organization = Organization::new();
    let faults = responses.iter().zip(1..).map(|((status, body), nth)| {
        let last = nth == responses.len() as u64;
        let wait = HeaderValue::from_static(if last { "60" } else { "0.01" });
        Fault::on(DEACTIVATE)
            .nth(nth)
            .respond(StatusCode::from_u16(*status).unwrap(), body.clone())
            .header(RETRY_AFTER, wait)
            .header(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("true"))
    });
    let [id] = organization.active(["Root"]);
    organization.emulator.set_faults(faults.collect());
    let mut command = organization.certs([
        "deactivate",
        "--yes",
        "--allow-unenforced",
        "-v",
        "--timeout",
        "600",
        &id,
    ]);
    let run = interrupted_at("waiting 60.0 s", &mut command);
    assert_eq!(organization.seen(DEACTIVATE).len(), responses.len(), "{run:?}");
    run
}

fn archived() -> Value {
    json!({ "error": { "message": "no", "code": "project_archived" } })
}

#[test]
fn refusals_changed_nothing() {
    for responses in [&[429][..], &[400], &[403], &[404], &[429, 429]] {
        let responses: Vec<_> = responses.iter().map(|&status| (status, Value::Null)).collect();
        let run = after(&responses);
        assert_eq!((run.exit, run.out.as_str()), (130, ""), "{responses:?}: {run:?}");
        assert!(run.err.contains("nothing was changed"), "{responses:?}: {run:?}");
    }
}

#[test]
fn after_an_unclear_response_the_change_may_have_been_made() {
    let without_body = |status| (status, Value::Null);
    let rows = [
        vec![without_body(408)],
        vec![without_body(409)],
        vec![without_body(503)],
        vec![(400, archived())],
        vec![without_body(503), without_body(429)],
    ];
    for responses in rows {
        let run = after(&responses);
        assert_eq!((run.exit, run.out.as_str()), (5, ""), "{responses:?}: {run:?}");
        assert!(run.err.contains("may have been made"), "{responses:?}: {run:?}");
    }
}

#[test]
fn an_interrupted_connection_attempt_changed_nothing() {
    let gone = Organization::new();
    let mut command = gone.certs([
        "deactivate",
        "--yes",
        "--allow-unenforced",
        "-v",
        "--max-retries",
        "9",
        "cert_a",
    ]);
    drop(gone);
    // The longest wait, so that the signal comes before the next attempt.
    let run = interrupted_at("waiting 8.0 s", &mut command);
    assert_eq!((run.exit, run.out.as_str()), (130, ""), "{run:?}");
    assert!(run.err.contains("nothing was changed"), "{run:?}");
}
