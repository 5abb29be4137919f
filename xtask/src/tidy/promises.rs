//! Every promise of the guide is held by a test that exists.

use super::files::Source;

const PAGE: &str = "crates/certs-core/src/guide/reliability.rs";

/// Rows of the page that name no test, and tests they name that are nowhere.
pub(super) fn unheld(sources: &[Source]) -> Vec<String> {
    let Some(page) = sources.iter().find(|source| source.path == PAGE) else {
        return vec![format!("{PAGE}: the page is gone")];
    };
    let mut complaints = Vec::new();
    for (at, line) in page.text.lines().enumerate() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["//!", promise, tests, ""] = cells[..] else { continue };
        if promise == "promise" || promise.starts_with("---") {
            continue;
        }
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            complaints.push(format!("{PAGE}:{}: no test holds this", at + 1));
        }
        let missing = named.iter().filter(|test| !exists(test, sources));
        complaints.extend(missing.map(|test| format!("{PAGE}:{}: no test is {test}", at + 1)));
    }
    complaints
}

fn exists(test: &str, sources: &[Source]) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else { return false };
    let (folder, module) = match module.split_once("::") {
        Some(("conformance", group)) => ("crates/certs-conformance/src/cases", group),
        Some(("certs", module)) => ("crates/certs-cli/tests/it", module),
        _ => ("tests/tests/it", module),
    };
    // Behind the file there may be modules inside it.
    let path = format!("{folder}/{}.rs", module.split("::").next().unwrap_or(module));
    let sources = sources.iter().filter(|source| source.path == path);
    let begins = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub(super) ").trim_start_matches("async ");
        let rest = line.strip_prefix("fn ").and_then(|line| line.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    sources.flat_map(|source| source.text.lines()).any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(page: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        unheld(&[
            source(PAGE, page),
            source("tests/tests/it/calls.rs", "    fn it_ends(a in b()) {\nasync fn it_waits() {"),
            source("crates/certs-conformance/src/cases/tls.rs", "pub(super) fn no_name<C: X>() {"),
            source("crates/certs-cli/tests/it/input.rs", "mod ids {\n    fn ten() {"),
        ])
    }

    #[test]
    fn a_promise_names_tests_that_exist() {
        let page = "//! | promise | held by |\n//! |---|---|\n\
            //! | It ends | `calls::it_ends`, `calls::it_waits`, `conformance::tls::no_name`, `certs::input::ids::ten` |";
        assert!(complaints(page).is_empty());
        assert_eq!(
            complaints("//! | It ends | `calls::it_end` |\n\n//! | It waits | somehow |"),
            [
                format!("{PAGE}:1: no test is calls::it_end"),
                format!("{PAGE}:3: no test holds this")
            ]
        );
        assert_eq!(complaints("//! | It ends | `it_ends`, `other::it_ends` |").len(), 2);
    }

    #[test]
    fn the_page_itself_is_there() {
        assert_eq!(unheld(&[]).len(), 1);
    }
}
