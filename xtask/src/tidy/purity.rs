//! Core and plan have no clock, no randomness and no I/O.
//!
//! Clippy enforces this by the `clippy.toml` of each crate. It reads only the nearest one, so both crates have
//! the same list, which this rule checks.

use std::collections::BTreeSet;

/// The files that forbid the same items.
pub(super) const FILES: [&str; 2] =
    ["crates/certs-core/clippy.toml", "crates/certs-plan/clippy.toml"];

/// Items that one of the files forbids and the other does not.
pub(super) fn differences([one, other]: [&str; 2]) -> Vec<String> {
    let forbidden = [one, other].map(forbidden_items);
    let differences = forbidden[0].symmetric_difference(&forbidden[1]);
    let mut problems: Vec<_> = differences
        .map(|item| {
            let missing = FILES[usize::from(forbidden[0].contains(item))];
            format!("{missing}: does not forbid {item}")
        })
        .collect();
    if forbidden[0].is_empty() {
        problems.push(format!("{}: forbids nothing", FILES[0]));
    }
    problems
}

fn forbidden_items(file: &str) -> BTreeSet<&str> {
    file.split("path = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: &str = r#"disallowed-types = [{ path = "std::time::Instant", reason = "a" }]"#;

    #[test]
    fn accepts_the_same_items_for_different_reasons() {
        assert_eq!(differences([CLOCK, &CLOCK.replace("\"a\"", "\"b\"")]), [""; 0]);
    }

    #[test]
    fn reports_an_item_that_only_one_file_forbids() {
        let more = format!("{CLOCK}\n{{ path = \"std::env::var\" }}");
        assert_eq!(
            differences([CLOCK, &more]),
            [format!("{}: does not forbid std::env::var", FILES[0])]
        );
        assert_eq!(
            differences([&more, CLOCK]),
            [format!("{}: does not forbid std::env::var", FILES[1])]
        );
    }

    #[test]
    fn reports_files_that_forbid_nothing() {
        assert_eq!(differences(["", ""]).len(), 1);
    }
}
