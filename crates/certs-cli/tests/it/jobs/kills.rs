//! Jobs that are killed at any of their requests, and run again to the end.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use certs_emulator::{Endpoint, Fault, JournalEntry, Snapshot};
use serde_json::Value;

use super::activate;
use crate::support::{File, Organization, authority};

const PROJECTS: [&str; 2] = ["proj_a", "proj_b"];

/// An organization with these certificates active in it and in both projects.
fn organization<const N: usize>(names: [&str; N]) -> Snapshot {
    let organization = Organization::new();
    let ids = organization.active(names);
    activate(&organization, &PROJECTS, &ids.each_ref().map(String::as_str));
    organization.emulator.snapshot()
}

#[test]
fn begin_that_is_killed_at_any_request_is_run_again_to_the_same_end() {
    let file = File::new(authority("New"));
    let begin = ["rotate", "begin", "Old", "--to", file.path(), "--name", "New", "--yes"];
    kill_at_each_request(&organization(["Old"]), &begin);
}

#[test]
fn finish_that_is_killed_at_any_request_is_run_again_to_the_same_end() {
    let finish = ["rotate", "finish", "Old", "New", "--yes"];
    kill_at_each_request(&organization(["Old", "New"]), &finish);
}

#[test]
fn retire_that_is_killed_at_any_request_is_run_again_to_the_same_end() {
    let retire = ["retire", "Old", "--delete", "--if-exists", "--no-backup", "--yes"];
    kill_at_each_request(&organization(["Old", "New"]), &retire);
}

/// Kills a job at each of its requests, before and after the server carries it out.
fn kill_at_each_request(before: &Snapshot, job: &[&str]) {
    let (undisturbed, _seen) = restored(before);
    let run = undisturbed.run(job.iter().copied());
    assert_eq!(run.exit, 0, "{run:?}");
    let end = state(&undisturbed.emulator.snapshot());
    let requests = undisturbed.emulator.journal();
    thread::scope(|scope| {
        for (nth, request) in (1..).zip(&requests) {
            let end = &end;
            let kill = move |fault: Fault| {
                scope.spawn(move || kill_once(before, job, nth, fault, end));
            };
            let silent = Fault::any().nth(nth).delay(Duration::from_secs(3600));
            kill(silent.clone());
            if request.method != "GET" {
                kill(silent.close_before_commit());
            }
        }
    });
}

/// Kills a job at its nth request, to which the server never responds, and runs it again twice.
fn kill_once(before: &Snapshot, job: &[&str], nth: u64, fault: Fault, end: &[Certificate]) {
    let (organization, seen) = restored(before);
    organization.emulator.set_faults(vec![fault.clone()]);
    let mut command = organization.certs(job.iter().copied());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for request in 1..=nth {
        let arrived = seen.recv_timeout(Duration::from_secs(60));
        assert!(arrived.is_ok(), "request {request} of {nth}: {:?}", child.try_wait());
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    organization.emulator.set_faults(Vec::new());

    let again = organization.run(job.iter().copied());
    assert_eq!(again.exit, 0, "{fault:?}: {again:?}");
    assert_eq!(state(&organization.emulator.snapshot()), end, "{fault:?}: {again:?}");
    let journal = organization.emulator.journal();
    let uploads = accepted(&journal).filter(|it| it.endpoint == Some(Endpoint::UploadCertificate));
    assert!(uploads.count() <= 1, "{fault:?}: {journal:?}");
    assert_always_active(before, &journal);

    organization.emulator.clear_journal();
    let last = organization.run(job.iter().copied());
    assert_eq!(last.exit, 0, "{fault:?}: {last:?}");
    let journal = organization.emulator.journal();
    assert!(journal.iter().all(|entry| entry.method == "GET"), "{fault:?}: {journal:?}");
}

/// An organization in this state, and a signal for each request to it.
fn restored(before: &Snapshot) -> (Organization, Receiver<()>) {
    let (sender, seen) = channel();
    let organization = Organization::with(|builder| {
        builder.observer(move |_| {
            // The server is gone when the job is run again.
            let _ = sender.send(());
        })
    });
    organization.emulator.restore(before.clone()).unwrap();
    (organization, seen)
}

/// The name of a certificate, and the scopes in which it is active.
type Certificate = (String, BTreeSet<String>);

fn state(snapshot: &Snapshot) -> Vec<Certificate> {
    let mut state: Vec<_> =
        certificates(snapshot).map(|(_, name, scopes)| (name, scopes)).collect();
    state.sort();
    state
}

/// The id and the name of each certificate, and the scopes in which it is active.
fn certificates(snapshot: &Snapshot) -> impl Iterator<Item = (String, String, BTreeSet<String>)> {
    let snapshot = serde_json::to_value(snapshot).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let certificates = snapshot["certificates"].as_array().unwrap().clone();
    certificates.into_iter().map(move |certificate| {
        let mut scopes: BTreeSet<_> =
            certificate["active_in"].as_array().unwrap().iter().map(text).collect();
        if certificate["active"] == true {
            scopes.insert("organization".to_owned());
        }
        (text(&certificate["id"]), text(&certificate["name"]), scopes)
    })
}

fn accepted(journal: &[JournalEntry]) -> impl Iterator<Item = &JournalEntry> {
    journal.iter().filter(|entry| entry.status == Some(200))
}

/// Repeats the toggles of the journal: something is active in each scope after each of them.
fn assert_always_active(before: &Snapshot, journal: &[JournalEntry]) {
    let mut active: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, _, scopes) in certificates(before) {
        for scope in scopes {
            active.entry(scope).or_default().insert(id.clone());
        }
    }
    for entry in accepted(journal) {
        let Some((path, action)) = entry.target.rsplit_once("/certificates/") else { continue };
        let scope = match path.rsplit_once("/projects/") {
            Some((_, project)) => project,
            None => "organization",
        };
        let active = active.get_mut(scope).unwrap();
        let ids = entry.body.iter().flat_map(|body| body["certificate_ids"].as_array());
        for id in ids.flatten().map(|id| id.as_str().unwrap().to_owned()) {
            match action {
                "activate" => active.insert(id),
                "deactivate" => active.remove(&id),
                other => panic!("{other}"),
            };
        }
        assert!(!active.is_empty(), "{scope}: {journal:?}");
    }
}
