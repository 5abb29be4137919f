//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! A rule is a function from what it judges to its complaints, so that each can be seen to fail.

mod dependencies;
mod docs;
mod files;
mod footprint;
mod promises;
mod sources;

use std::fs;

use crate::shell::{self, Outcome, cargo};
use dependencies::Member;

/// Applies every rule and reports all complaints at once.
pub(crate) fn run() -> Outcome {
    let metadata = shell::read(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let members = dependencies::members(&metadata)?;
    let sources = files::sources(shell::root())?;
    let fixtures = files::names(&shell::root().join("tests/fixtures"))?;

    let mut complaints = dependencies::edges(&members);
    complaints.extend(manifests(&members)?);
    for source in &sources {
        complaints.extend(sources::judge(source));
        complaints.extend(docs::front_page(source));
        complaints.extend(docs::alias(source));
    }
    complaints.extend(sources::unnamed_fixtures(&fixtures, &sources));
    complaints.extend(docs::entry_points(&sources));
    complaints.extend(promises::unheld(&sources));
    complaints.extend(footprint::judge(&members)?);

    match complaints.len() {
        0 => Ok(()),
        count => Err(format!("{}\ntidy: {count} complaints", complaints.join("\n"))),
    }
}

fn manifests(members: &[Member]) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    for member in members {
        let text = fs::read_to_string(&member.manifest)
            .map_err(|error| format!("{}: {error}", member.manifest))?;
        complaints.extend(dependencies::inheritance(&member.name, &text));
    }
    Ok(complaints)
}
