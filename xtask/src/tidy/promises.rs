//! Every promise to users has tests that exist.

use super::files::Source;

/// The promises, each with the names of its tests.
pub(super) const FILE: &str = "tests/promises.md";

/// The page with the promises.
const PAGE: &str = "crates/certs-core/src/guide/reliability.rs";

/// Promises without a test, tests that do not exist, and promises that only one of the two files has.
pub(super) fn problems(file: &str, sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    let page = sources.iter().find(|source| source.path == PAGE);
    let page: Vec<&str> = page.map_or(Vec::new(), |page| {
        page.text.lines().filter_map(|line| line.strip_prefix("//! - ")).collect()
    });
    if page.is_empty() {
        problems.push(format!("{PAGE}: no promises found"));
    }
    let mut listed = Vec::new();
    for (promise, tests) in promises(file) {
        if !page.contains(&promise) {
            problems.push(format!("{FILE}: not a promise of {PAGE}: {promise}"));
        }
        if tests.is_empty() {
            problems.push(format!("{FILE}: no test for: {promise}"));
        }
        let missing = tests.iter().filter(|test| !exists(test, sources));
        problems.extend(missing.map(|test| format!("{FILE}: there is no test {test}")));
        listed.push(promise);
    }
    let missing = page.iter().filter(|promise| !listed.contains(promise));
    problems.extend(missing.map(|promise| format!("{FILE}: missing promise: {promise}")));
    problems
}

/// Each promise is a list item, and its tests are the items below it.
fn promises(file: &str) -> Vec<(&str, Vec<&str>)> {
    let mut promises: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in file.lines() {
        if let Some(promise) = line.strip_prefix("- ") {
            promises.push((promise, Vec::new()));
        } else if let (Some(test), Some(last)) = (line.strip_prefix("  - "), promises.last_mut()) {
            last.1.push(test.trim_matches('`'));
        }
    }
    promises
}

/// Whether there is a function with this name in the tests of a crate or among the conformance cases.
fn exists(test: &str, sources: &[Source]) -> bool {
    let is_test = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub(super) ").trim_start_matches("async ");
        let rest = line.strip_prefix("fn ").and_then(|line| line.strip_prefix(test));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let has_tests =
        |path: &str| path.contains("/tests/") || path.contains("certs-conformance/src/cases/");
    let sources = sources.iter().filter(|source| has_tests(&source.path));
    sources.flat_map(|source| source.text.lines()).any(is_test)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, file: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        problems(
            file,
            &[
                source(PAGE, page),
                source("tests/tests/it/calls.rs", "    fn ends(a in b()) {\nasync fn waits() {"),
                source(
                    "crates/certs-conformance/src/cases/tls.rs",
                    "pub(super) fn checks<S: X>() {",
                ),
                source("crates/certs-core/src/call.rs", "fn helper() {"),
            ],
        )
    }

    #[test]
    fn accepts_promises_whose_tests_exist() {
        let file = "# Calls\n\n- A call ends.\n  - `ends`\n  - `waits`\n- A server is checked.\n  - `checks`\n";
        let page = "//! # Calls\n//!\n//! - A call ends.\n//! - A server is checked.";
        assert_eq!(found(page, file), [""; 0]);
    }

    #[test]
    fn reports_promises_without_a_test() {
        let page = "//! - A call ends.";
        assert_eq!(found(page, "- A call ends.\n").len(), 1);
        assert_eq!(
            found(page, "- A call ends.\n  - `end`\n  - `helper`\n"),
            [format!("{FILE}: there is no test end"), format!("{FILE}: there is no test helper")]
        );
    }

    #[test]
    fn reports_promises_that_only_one_file_has() {
        assert_eq!(found("//! - A call ends.", "- It waits.\n  - `waits`\n").len(), 2);
        assert_eq!(found("", ""), [format!("{PAGE}: no promises found")]);
    }
}
