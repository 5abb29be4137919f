//! `cargo xtask exam`: which backend passes which case of the exam, as a table.

use std::collections::BTreeMap;

use crate::shell::{self, Outcome, cargo};

/// Runs every backend's exam, those outside of the workspace's tests too.
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
            tests.args(["exam::", "--", "--skip=exam::wrong"]);
        }
        let (sound, output) = shell::output(&mut tests)?;
        let before = table.results;
        output.lines().for_each(|line| table.take(line));
        if table.results == before {
            return Err(format!("{}: no exam was sat", shell::line(&tests)));
        }
        table.failed |= !sound;
    }
    println!("{}", table.print());
    if table.failed { Err("exam: not passed by all".into()) } else { Ok(()) }
}

/// The groups, in the order of the exam.
const GROUPS: [&str; 7] =
    ["clock", "requests", "answers", "failures", "cancellation", "tls", "emulator"];

#[derive(Default)]
struct Table {
    backends: Vec<String>,
    /// By group and case, what each backend made of it.
    rows: BTreeMap<(usize, String), BTreeMap<String, bool>>,
    results: usize,
    failed: bool,
}

impl Table {
    /// Takes a line such as `test exam::in_memory::clock::a_case ... ok`.
    fn take(&mut self, line: &str) {
        let Some((path, verdict)) =
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
        row.insert(backend.into(), verdict == "ok");
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
    fn the_table_has_a_column_for_each_backend() {
        let mut table = Table::default();
        for line in [
            "running 3 tests",
            "test exam::one::tls::a_case ... ok",
            "test exam::one::clock::b_case ... ok",
            "test tests::two::clock::b_case ... FAILED",
            "test exam::wrong::every_case_can_be_failed ... ok",
            "test other ... ok",
        ] {
            table.take(line);
        }
        assert_eq!(
            table.print(),
            "| case | one | two |\n|---|---|---|\n\
             | clock: b case | ok | FAILED |\n| tls: a case | ok |  |"
        );
        assert_eq!(table.results, 3);
    }
}
