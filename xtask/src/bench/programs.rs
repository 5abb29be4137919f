//! The load programs: built, and watched by callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::shell::{self, Outcome, cargo};

/// A load program, and the features that it is built with.
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) bin: &'static str,
    pub(super) features: &'static str,
}

pub(super) const OURS: Program =
    Program { name: "certs-hyper", bin: "with_certs", features: "certs" };

pub(super) const BY_HAND: Program =
    Program { name: "pooled hyper by hand", bin: "by_hand", features: "" };

pub(super) const MANIFEST: &str = "tests/bench/Cargo.toml";

impl Program {
    /// Builds it from nothing, with these variables set.
    pub(super) fn build(&self, folder: &Path, variables: &[(&str, &str)]) -> Outcome {
        let mut build = cargo(["build", "--release", "--quiet", "--locked"]);
        build.args(["--manifest-path", MANIFEST, "--features", self.features, "--bin", self.bin]);
        build.arg("--target-dir").arg(self.target(folder)).envs(variables.iter().copied());
        shell::run(&mut build)
    }

    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        self.target(folder).join("release").join(self.bin)
    }

    /// A folder of its own, so that no program finds a crate that another one needed.
    fn target(&self, folder: &Path) -> PathBuf {
        folder.join(self.name.replace(' ', "-"))
    }
}

/// Does something with an empty folder, which is then gone.
pub(super) fn in_a_folder(work: impl FnOnce(&Path) -> Outcome) -> Outcome {
    let folder = std::env::temp_dir().join(format!("certs-bench-{}", std::process::id()));
    let done = work(&folder);
    let _ = fs::remove_dir_all(folder);
    done
}

/// The server of canned answers, which ends with this value.
pub(super) struct Server {
    process: Child,
    pub(super) base: String,
}

impl Server {
    pub(super) fn start(folder: &Path) -> Outcome<Self> {
        let canned = Program { name: "server", bin: "canned", features: "" };
        canned.build(folder, &[])?;
        let mut command = Command::new(canned.path(folder));
        command.arg("100000").stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let mut base = String::new();
        let stdout = process.stdout.take().ok_or("no pipe to the server")?;
        BufReader::new(stdout).read_line(&mut base).map_err(|error| error.to_string())?;
        Ok(Self { process, base: base.trim().into() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Over how many calls the start of a program is left out.
pub(super) const CALLS: i64 = 2000;

/// A file of source code, and a function that instructions of that file became part of.
pub(super) type Place = (String, String);

/// The instructions of [`CALLS`] deactivations, by where they come from: those of 2,500, less those of
/// 500.
pub(super) fn calls(program: &Path, server: &Server) -> Outcome<BTreeMap<Place, i64>> {
    let mut costs = count(program, server, "2500")?;
    for (place, cost) in count(program, server, "500")? {
        *costs.entry(place).or_default() -= cost;
    }
    Ok(costs)
}

fn count(program: &Path, server: &Server, calls: &str) -> Outcome<BTreeMap<Place, i64>> {
    let out = program.with_extension("callgrind");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(program).arg(&server.base).args(["deactivate", calls]);
    shell::read(&mut command)?;
    let text = fs::read_to_string(out).map_err(|error| error.to_string())?;
    let costs = self_costs(&text);
    costs.ok_or_else(|| format!("callgrind wrote something else: {text:.200}"))
}

/// Reads what callgrind wrote, as its manual describes it: a name is given once and from then on by its
/// number, and the line behind a `calls=` is what the callee took.
fn self_costs(text: &str) -> Option<BTreeMap<Place, i64>> {
    let (mut files, mut functions) = (BTreeMap::new(), BTreeMap::new());
    let (mut file, mut function) = ("", "");
    let mut costs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        match line.split_once('=') {
            Some(("fl" | "fi" | "fe", name)) => file = known(&mut files, name)?,
            Some(("cfl" | "cfi", name)) => _ = known(&mut files, name)?,
            Some(("fn", name)) => function = known(&mut functions, name)?,
            Some(("cfn", name)) => _ = known(&mut functions, name)?,
            Some(("calls", _)) => _ = lines.next(),
            _ if line
                .starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) =>
            {
                let cost: i64 = line.split_once(' ')?.1.parse().ok()?;
                *costs.entry((file.to_owned(), function.to_owned())).or_default() += cost;
            }
            _ => {}
        }
    }
    (!costs.is_empty()).then_some(costs)
}

fn known<'t>(names: &mut BTreeMap<&'t str, &'t str>, text: &'t str) -> Option<&'t str> {
    match text.split_once(' ') {
        Some((number, name)) => Some(names.entry(number).or_insert(name)),
        None => names.get(text).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_belongs_to_its_own_function_and_not_to_the_caller() {
        let text = "events: Ir\nfl=(1) a.rs\nfn=(1) a\n1 10\nfi=(2) std.rs\n+1 5\nfe=(1)\n\
                    cfi=(3) b.rs\ncfn=(2) b\ncalls=1 7\n2 100\n* 1\nfl=(3)\nfn=(2)\n7 100\n";
        let place = |file: &str, function: &str| (file.to_owned(), function.to_owned());
        let costs =
            [(place("a.rs", "a"), 11), (place("std.rs", "a"), 5), (place("b.rs", "b"), 100)];
        assert_eq!(self_costs(text), Some(BTreeMap::from(costs)));
        assert_eq!(self_costs("no profile"), None);
    }
}
