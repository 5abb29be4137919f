//! `cargo xtask conformance`: a table of which backend passes which case.

use std::collections::BTreeMap;

use crate::shell::{self, Outcome, cargo};

/// Runs the conformance suite for every backend, including those outside of the workspace.
pub(crate) fn run() -> Outcome {
    let mut table = Table::default();
    for arguments in [
        ["--package=certs-tests", "--test=it"],
        ["--package=certs-conformance", "--example=own_transport"],
        ["--manifest-path=tests/reqwest/Cargo.toml", "--lib"],
    ] {
        let mut tests = cargo(["test", "--no-fail-fast"]);
        tests.args(arguments);
        if arguments[1] == "--test=it" {
            tests.args(["conformance::", "--", "--skip=conformance::defects"]);
        }
        let (passed, output) = shell::output(&mut tests)?;
        let before = table.results;
        output.lines().for_each(|line| table.add(line));
        if table.results == before {
            return Err(format!("{}: no case was run", shell::line(&tests)));
        }
        table.failed |= !passed;
    }
    println!("{}", table.print());
    if table.failed { Err("conformance: a backend failed a case".into()) } else { Ok(()) }
}

/// The groups, in the order of the suite.
const GROUPS: [&str; 7] =
    ["clock", "requests", "responses", "failures", "cancellation", "tls", "emulator"];

#[derive(Default)]
struct Table {
    backends: Vec<String>,
    /// For each group and case, whether each backend passed.
    rows: BTreeMap<(usize, String), BTreeMap<String, bool>>,
    results: usize,
    failed: bool,
}

impl Table {
    /// Adds a line such as `test conformance::ureq::clock::a_case ... ok`, and ignores all others.
    fn add(&mut self, line: &str) {
        let Some((path, result)) =
            line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
        else {
            return;
        };
        let mut path = path.rsplit("::");
        let (Some(case), Some(group), Some(backend)) = (path.next(), path.next(), path.next())
        else {
            return;
        };
        let Some(group) = GROUPS.iter().position(|known| *known == group) else { return };
        if !self.backends.iter().any(|known| known == backend) {
            self.backends.push(backend.into());
        }
        let row = self.rows.entry((group, case.into())).or_default();
        row.insert(backend.into(), result == "ok");
        self.results += 1;
    }

    fn print(&self) -> String {
        let titles = self.backends.join(" | ");
        let rule = "---|".repeat(self.backends.len());
        let mut lines = vec![format!("| case | {titles} |"), format!("|---|{rule}")];
        for ((group, case), row) in &self.rows {
            let cells = self.backends.iter().map(|backend| match row.get(backend) {
                Some(true) => "ok",
                Some(false) => "FAILED",
                None => "",
            });
            let cells: Vec<_> = cells.collect();
            lines.push(format!(
                "| {}: {} | {} |",
                GROUPS[*group],
                case.replace('_', " "),
                cells.join(" | ")
            ));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_a_column_for_each_backend() {
        let mut table = Table::default();
        for line in [
            "running 3 tests",
            "test conformance::one::tls::a_case ... ok",
            "test conformance::one::clock::b_case ... ok",
            "test tests::two::clock::b_case ... FAILED",
            "test conformance::defects::every_case_detects_its_defect ... ok",
            "test other ... ok",
        ] {
            table.add(line);
        }
        assert_eq!(
            table.print(),
            "| case | one | two |\n|---|---|---|\n\
             | clock: b case | ok | FAILED |\n| tls: a case | ok |  |"
        );
        assert_eq!(table.results, 3);
    }
}
