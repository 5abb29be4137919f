//! `cargo xtask tidy`: repo lints, which no compiler checks.
//!
//! Each rule is a function from its input to the problems that it finds, so that it can be tested.

mod dependencies;
mod files;
mod footprint;
mod promises;
mod purity;
mod sources;

use std::fs;

use crate::shell::{self, Outcome, cargo};

/// Applies every rule and reports all problems at once.
pub(crate) fn run() -> Outcome {
    let metadata = shell::read(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let members = dependencies::members(&metadata)?;
    let sources = files::sources(shell::root())?;
    let fixtures = files::names(&shell::root().join("crates/certs-types/tests/fixtures"))?;

    let mut problems = dependencies::forbidden(&members);
    for member in &members {
        problems.extend(dependencies::missing_inheritance(&member.name, &read(&member.manifest)?));
    }
    for source in &sources {
        problems.extend(sources::problems(source));
    }
    problems.extend(sources::unused_fixtures(&fixtures, &sources));
    problems.extend(promises::problems(&read(promises::FILE)?, &sources));
    let [core, plan] = purity::FILES.map(read);
    problems.extend(purity::differences([&core?, &plan?]));
    problems.extend(footprint::problems(&members)?);

    match problems.len() {
        0 => Ok(()),
        count => Err(format!("{}\ntidy: {count} problems", problems.join("\n"))),
    }
}

fn read(path: &str) -> Outcome<String> {
    fs::read_to_string(shell::root().join(path)).map_err(|error| format!("{path}: {error}"))
}
