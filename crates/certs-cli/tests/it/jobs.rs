//! Commands that change several scopes: retire, rotate, plan, apply and export.

mod kills;
mod plan;
mod retire;
mod rotate;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Organization, Run};

/// The ids that are active in each scope, by its name; scopes without any are left out.
fn active_by_scope(organization: &Organization) -> BTreeMap<String, Vec<String>> {
    let document = organization.run(["where", "--output", "json"]).json();
    let own = [("organization", &document["organization"])];
    let projects = document["projects"].as_array().unwrap().iter();
    let scopes = projects.map(|project| (project["id"].as_str().unwrap(), project)).chain(own);
    let active = scopes.map(|(scope, observed)| {
        let ids = observed["active"].as_array().unwrap().iter();
        (scope.to_owned(), ids.map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>())
    });
    active.filter(|(_, ids)| !ids.is_empty()).collect()
}

/// Activates certificates in some of the projects.
fn activate<'a>(organization: &Organization, projects: &[&'a str], ids: &[&'a str]) {
    let projects = projects.iter().flat_map(|project| ["--project", project]);
    let run = organization
        .run(["activate", "--yes"].into_iter().chain(projects).chain(ids.iter().copied()));
    assert_eq!(run.exit, 0, "{run:?}");
}

/// The code of the error on the last line of a command that was refused with this exit code.
#[track_caller]
fn code(run: &Run, exit: i32) -> String {
    let error = error(run, exit);
    error["code"].as_str().unwrap_or_default().to_owned()
}

/// The error on the last line of a command that ended with this exit code.
#[track_caller]
fn error(run: &Run, exit: i32) -> Value {
    assert_eq!(run.exit, exit, "{run:?}");
    let last: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["exit"], exit, "{run:?}");
    last["error"].clone()
}

/// Runs the printed undo commands.
#[track_caller]
fn undo(organization: &Organization, run: &Run) {
    let lines: Vec<_> =
        run.err.lines().filter_map(|line| line.strip_prefix("undo: certs ")).collect();
    assert!(!lines.is_empty(), "{run:?}");
    for line in lines {
        assert!(!line.contains(['\'', '"']) && !line.contains("--allow"), "{line}");
        let undone = organization.run(line.split(' '));
        assert_eq!(undone.exit, 0, "{line}: {undone:?}");
    }
}

/// Archives a project. Its certificates stay active, and further changes are refused.
fn archive(organization: &Organization, project: &str) {
    let is_there = organization.emulator.archive_project(&project.parse().unwrap()).unwrap();
    assert!(is_there, "{project}");
}

/// The number of requests other than reads.
fn changes(organization: &Organization) -> usize {
    let journal = organization.emulator.journal();
    journal.iter().filter(|entry| entry.method != "GET").count()
}
