//! Ctrl-C while a change waits for its next attempt: the command says what the attempts so far can have done.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Organization, Run};

const DEACTIVATE: Endpoint = Endpoint::DeactivateOrganizationCertificates;

/// Interrupts a command as soon as it says these words.
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

/// Interrupts a deactivation after answers with this status and body, all of which ask to wait.
fn after(answers: &[(u16, Value)]) -> Run {
    let organization = Organization::new();
    let faults = answers.iter().zip(1..).map(|((status, body), nth)| {
        let last = nth == answers.len() as u64;
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
    assert_eq!(organization.seen(DEACTIVATE).len(), answers.len(), "{run:?}");
    run
}

fn archived() -> Value {
    json!({ "error": { "message": "no", "code": "project_archived" } })
}

#[test]
fn refusals_changed_nothing() {
    for answers in [&[429][..], &[400], &[403], &[404], &[429, 429]] {
        let answers: Vec<_> = answers.iter().map(|&status| (status, Value::Null)).collect();
        let run = after(&answers);
        assert_eq!((run.exit, run.out.as_str()), (130, ""), "{answers:?}: {run:?}");
        assert!(run.err.contains("nothing was changed"), "{answers:?}: {run:?}");
    }
}

#[test]
fn after_one_unclear_answer_it_may_have_been_done() {
    let plain = |status| (status, Value::Null);
    let rows = [
        vec![plain(408)],
        vec![plain(409)],
        vec![plain(503)],
        vec![(400, archived())],
        vec![plain(503), plain(429)],
    ];
    for answers in rows {
        let run = after(&answers);
        assert_eq!((run.exit, run.out.as_str()), (5, ""), "{answers:?}: {run:?}");
        assert!(run.err.contains("may have been made"), "{answers:?}: {run:?}");
    }
}

#[test]
fn where_nobody_listens_nothing_was_changed() {
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
    // The longest of the waits, so that the next attempt does not come before the signal.
    let run = interrupted_at("waiting 8.0 s", &mut command);
    assert_eq!((run.exit, run.out.as_str()), (130, ""), "{run:?}");
    assert!(run.err.contains("nothing was changed"), "{run:?}");
}
