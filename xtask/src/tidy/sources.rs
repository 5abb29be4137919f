//! Rules about a source text.

use super::files::Source;

/// All rules that look at one file alone.
pub(super) fn judge(source: &Source) -> Vec<String> {
    [length, opening, async_outside_the_client, ignored_test]
        .iter()
        .filter_map(|rule| rule(source))
        .collect()
}

/// Fixtures that no test speaks of: they hold nothing.
pub(super) fn unnamed_fixtures(fixtures: &[String], sources: &[Source]) -> Vec<String> {
    let named = |fixture: &str| {
        sources.iter().filter(|source| source.path.starts_with("tests/tests/")).any(|source| {
            source.text.match_indices(fixture).any(|(at, _)| {
                let before = source.text[..at].chars().next_back();
                let after = source.text[at + fixture.len()..].chars().next();
                matches!(before, Some('"' | '/')) && after == Some('"')
            })
        })
    };
    fixtures
        .iter()
        .filter(|fixture| !named(fixture))
        .map(|fixture| format!("tests/fixtures/{fixture}: no test names it"))
        .collect()
}

fn length(Source { path, text }: &Source) -> Option<String> {
    const MOST: usize = 400;
    let lines = text.lines().count();
    (lines > MOST).then(|| format!("{path}: {lines} lines, where {MOST} are the most"))
}

/// A module of a crate opens with what it is.
fn opening(Source { path, text }: &Source) -> Option<String> {
    let of_a_crate = path.starts_with("crates/") && path.contains("/src/");
    (of_a_crate && !text.starts_with("//! ")).then(|| format!("{path}: does not open with `//!`"))
}

/// The client is the only place in core that waits.
fn async_outside_the_client(Source { path, text }: &Source) -> Option<String> {
    const CORE: &str = "crates/certs-core/src/";
    if !path.starts_with(CORE) || path.ends_with("/client.rs") {
        return None;
    }
    let waits = |line: &str| {
        let code = line.split("//").next().unwrap_or(line);
        [".await", "async fn", "async move", "async {", "async |"].iter().any(|a| code.contains(a))
    };
    let (at, _) = text.lines().enumerate().find(|(_, line)| waits(line))?;
    Some(format!("{path}:{}: async outside of client.rs", at + 1))
}

/// A test that is not run is a comment that lies.
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
    fn a_file_has_at_most_400_lines() {
        assert_eq!(length(&source("xtask/src/a.rs", &"\n".repeat(400))), None);
        assert_eq!(
            length(&source("xtask/src/a.rs", &"\n".repeat(401))).unwrap(),
            "xtask/src/a.rs: 401 lines, where 400 are the most"
        );
    }

    #[test]
    fn a_module_opens_with_what_it_is() {
        assert_eq!(opening(&source("crates/a/src/lib.rs", "//! What it is.\n")), None);
        assert_eq!(opening(&source("crates/a/tests/lib.rs", "use a;\n")), None);
        assert!(opening(&source("crates/a/src/deep/er.rs", "use a;\n//! Late.\n")).is_some());
        assert!(opening(&source("crates/a/src/lib.rs", "")).is_some());
    }

    #[test]
    fn only_the_client_of_core_is_async() {
        let core = |file: &str, text: &str| {
            async_outside_the_client(&source(&format!("crates/certs-core/src/{file}"), text))
        };
        assert_eq!(core("client.rs", "async fn send() {}"), None);
        assert_eq!(core("call.rs", "//! async fn\n/// future.await\nlet a = 1; // .await\n"), None);
        assert_eq!(
            core("call.rs", "\nlet a = future.await;").unwrap(),
            "crates/certs-core/src/call.rs:2: async outside of client.rs"
        );
        for text in ["async fn a() {}", "async move {}", "async {}", "async || ()"] {
            assert!(core("operations/list.rs", text).is_some(), "{text}");
        }
        assert_eq!(
            async_outside_the_client(&source("crates/certs-hyper/src/a.rs", ".await")),
            None
        );
    }

    #[test]
    fn no_test_is_ignored() {
        assert_eq!(ignored_test(&source("a.rs", "// #[ignore]\nlet a = \"#[ignore]\";")), None);
        assert_eq!(
            ignored_test(&source("a.rs", "#[test]\n    #[ignore = \"slow\"]\n")).unwrap(),
            "a.rs:2: a test is ignored"
        );
        assert!(ignored_test(&source("a.rs", "#[cfg_attr(unix, ignore)]")).is_some());
    }

    #[test]
    fn every_fixture_is_named_whole_by_a_test() {
        let fixtures = ["page.json", "late/error.json"].map(String::from);
        let complaints = |text: &str| {
            let sources = [
                source("tests/tests/it/a.rs", text),
                source("tests/examples/a.rs", r#""page.json""#),
            ];
            unnamed_fixtures(&fixtures, &sources)
        };
        assert!(complaints(r#"f!("page.json"); f!("../late/error.json")"#).is_empty());
        assert_eq!(
            complaints(r#"f!("front-page.json"); f!("late/error.json")"#),
            ["tests/fixtures/page.json: no test names it"]
        );
        assert_eq!(complaints(r#""page.jsonl" "error.json""#).len(), 2);
    }
}
