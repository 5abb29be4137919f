//! Rules about source files.

use super::files::Source;

/// The problems of one file.
pub(super) fn problems(source: &Source) -> Vec<String> {
    [too_long, undocumented, missing_alias, ignored_test]
        .iter()
        .filter_map(|rule| rule(source))
        .collect()
}

/// Fixtures that no test uses.
pub(super) fn unused_fixtures(fixtures: &[String], sources: &[Source]) -> Vec<String> {
    let is_used = |fixture: &str| {
        sources.iter().filter(|source| source.path.contains("/tests/")).any(|source| {
            source.text.match_indices(fixture).any(|(at, _)| {
                let before = source.text[..at].chars().next_back();
                let after = source.text[at + fixture.len()..].chars().next();
                matches!(before, Some('"' | '/')) && after == Some('"')
            })
        })
    };
    fixtures
        .iter()
        .filter(|fixture| !is_used(fixture))
        .map(|fixture| format!("crates/certs-types/tests/fixtures/{fixture}: no test uses it"))
        .collect()
}

fn too_long(Source { path, text }: &Source) -> Option<String> {
    const LIMIT: usize = 400;
    let lines = text.lines().count();
    (lines > LIMIT).then(|| format!("{path}: {lines} lines; the limit is {LIMIT}"))
}

/// A module of a crate starts with a sentence about it.
fn undocumented(Source { path, text }: &Source) -> Option<String> {
    let of_a_crate = path.starts_with("crates/") && path.contains("/src/");
    let tests = path.ends_with("/tests.rs");
    let documented = text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
    (of_a_crate && !tests && !documented).then(|| format!("{path}: does not start with `//!`"))
}

/// An operation is found by the `operationId` that the API reference gives it.
fn missing_alias(Source { path, text }: &Source) -> Option<String> {
    if !path.starts_with("crates/certs-core/src/operations/") {
        return None;
    }
    let ids = text.split("Endpoint::").skip(1).filter_map(|call| {
        let (method, rest) = call.split_once('(')?;
        let id = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        ["get", "post", "delete"].contains(&method).then_some(id)
    });
    let missing = |id: &&str| !text.contains(&format!("#[doc(alias = \"{id}\")]"));
    let id = ids.into_iter().find(missing)?;
    Some(format!("{path}: `#[doc(alias = \"{id}\")]` is missing"))
}

/// No test is ignored.
fn ignored_test(Source { path, text }: &Source) -> Option<String> {
    let ignores = |line: &str| {
        let line = line.trim_start();
        line.starts_with("#[ignore") || line.starts_with("#[cfg_attr(") && line.contains(" ignore")
    };
    let (at, _) = text.lines().enumerate().find(|(_, line)| ignores(line))?;
    Some(format!("{path}:{}: a test is ignored", at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn reports_files_of_more_than_400_lines() {
        assert_eq!(too_long(&source("xtask/src/a.rs", &"\n".repeat(400))), None);
        assert_eq!(
            too_long(&source("xtask/src/a.rs", &"\n".repeat(401))).unwrap(),
            "xtask/src/a.rs: 401 lines; the limit is 400"
        );
    }

    #[test]
    fn reports_modules_without_documentation() {
        assert_eq!(undocumented(&source("crates/a/src/lib.rs", "//! What it is.\n")), None);
        assert_eq!(undocumented(&source("crates/a/tests/lib.rs", "use a;\n")), None);
        assert!(undocumented(&source("crates/a/src/deep/er.rs", "use a;\n//! Late.\n")).is_some());
        assert!(undocumented(&source("crates/a/src/lib.rs", "")).is_some());
    }

    #[test]
    fn reports_operations_without_their_alias() {
        let alias =
            |text: &str| missing_alias(&source("crates/certs-core/src/operations/a.rs", text));
        let endpoints = "Endpoint::get(\"a\", \"/\"); Endpoint::post(\n    \"b\", \"/\")";
        let aliases = "#[doc(alias = \"a\")] #[doc(alias = \"b\")]";
        assert_eq!(alias(&format!("{aliases} {endpoints}")), None);
        assert!(alias(&format!("#[doc(alias = \"a\")] {endpoints}")).unwrap().contains("\"b\""));
    }

    #[test]
    fn reports_ignored_tests() {
        assert_eq!(ignored_test(&source("a.rs", "// #[ignore]\nlet a = \"#[ignore]\";")), None);
        assert_eq!(
            ignored_test(&source("a.rs", "#[test]\n    #[ignore = \"slow\"]\n")).unwrap(),
            "a.rs:2: a test is ignored"
        );
        assert!(ignored_test(&source("a.rs", "#[cfg_attr(unix, ignore)]")).is_some());
    }

    #[test]
    fn reports_fixtures_that_no_test_uses() {
        let fixtures = ["page.json", "late/error.json"].map(String::from);
        let problems = |text: &str| {
            let sources = [
                source("tests/tests/it/a.rs", text),
                source("tests/examples/a.rs", r#""page.json""#),
            ];
            unused_fixtures(&fixtures, &sources)
        };
        assert!(problems(r#"f!("page.json"); f!("../late/error.json")"#).is_empty());
        assert_eq!(
            problems(r#"f!("front-page.json"); f!("late/error.json")"#),
            ["crates/certs-types/tests/fixtures/page.json: no test uses it"]
        );
        assert_eq!(problems(r#""page.jsonl" "error.json""#).len(), 2);
    }
}
