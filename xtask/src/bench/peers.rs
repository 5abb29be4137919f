//! `cargo xtask peers`: what other clients cost, to build and to call with, beside ours.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::shell::{self, Outcome, cargo};

/// Builds each load program from nothing, counts what it is made of and what a call takes, and prints a
/// table; then times ours against the one by hand.
pub(crate) fn run() -> Outcome {
    let folder = std::env::temp_dir().join(format!("certs-peers-{}", std::process::id()));
    let measured = measure(&folder);
    let _ = fs::remove_dir_all(folder);
    measured
}

/// A load program, and the features that it is built with.
struct Peer {
    name: &'static str,
    program: &'static str,
    features: &'static str,
}

impl Peer {
    /// Where it is built, so that no program finds a crate that another one needed.
    fn target(&self, folder: &Path) -> PathBuf {
        folder.join(self.name.replace(' ', "-"))
    }

    fn path(&self, folder: &Path) -> PathBuf {
        self.target(folder).join("release").join(self.program)
    }
}

const OURS: Peer = Peer { name: "certs-hyper", program: "with_certs", features: "certs" };

const BY_HAND: Peer = Peer { name: "pooled hyper by hand", program: "by_hand", features: "" };

const PEERS: [Peer; 7] = [
    Peer { name: "async-openai", program: "with_async_openai", features: "async-openai" },
    Peer { name: "openai-rs-sdk", program: "with_openai_rs_sdk", features: "openai-rs-sdk" },
    Peer { name: "reqwest by hand", program: "with_reqwest", features: "reqwest" },
    BY_HAND,
    Peer { name: "the same with rustls", program: "by_hand_tls", features: "tls" },
    OURS,
    Peer { name: "certs-hyper with rustls", program: "with_certs", features: "certs,tls" },
];

fn measure(folder: &Path) -> Outcome {
    let canned = Peer { name: "server", program: "canned", features: "" };
    build(&canned, folder)?;
    let server = Server::start(&canned.path(folder))?;
    println!("| client | instructions a call | crates | clean build, CPU s | stripped KiB |");
    println!("|---|---|---|---|---|");
    for peer in &PEERS {
        let (Peer { name, features, .. }, path) = (peer, peer.path(folder));
        let before = cpu_of_children()?;
        build(peer, folder)?;
        let seconds = cpu_of_children()? - before;
        let kib = fs::metadata(&path).map_err(|error| error.to_string())?.len() / 1024;
        let (few, many) = (instructions(&path, &server, 500)?, instructions(&path, &server, 2500)?);
        let (a_call, crates) = (many.saturating_sub(few) / 2000, crates(features)?);
        println!("| {name} | {a_call} | {crates} | {seconds:.0} | {kib} |");
    }
    let (ours, by_hand) = (OURS.path(folder), BY_HAND.path(folder));
    println!();
    for (job, what) in [
        (&["list"][..], "reading 100,000 certificates"),
        (&["deactivate", "20000", "32"], "20,000 calls, 32 at once"),
    ] {
        let mut ratios = Vec::new();
        for _ in 0..PAIRS {
            ratios.push(load(&ours, &server, job)? / load(&by_hand, &server, job)?);
        }
        println!("{what}: {:.3} × the time by hand (median of {PAIRS} pairs)", median(ratios));
    }
    Ok(())
}

/// An odd number, so that one pair is in the middle.
const PAIRS: usize = 31;

/// The server of canned answers, which ends with this value.
struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start(program: &Path) -> Outcome<Self> {
        let mut command = Command::new(program);
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

fn build(peer: &Peer, folder: &Path) -> Outcome {
    let mut build = cargo(["build", "--release", "--quiet", "--locked"]);
    build.args(["--manifest-path", MANIFEST, "--features", peer.features, "--bin", peer.program]);
    build.arg("--target-dir").arg(peer.target(folder));
    shell::run(build.env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))
}

const MANIFEST: &str = "tests/bench/Cargo.toml";

/// How many crates a program with these features is made of, itself included.
fn crates(features: &str) -> Outcome<usize> {
    let mut tree = cargo(["tree", "--manifest-path", MANIFEST, "--features", features]);
    tree.args(["--edges", "normal", "--prefix", "none", "--format", "{p}", "--no-dedupe"]);
    Ok(shell::read(&mut tree)?.lines().collect::<BTreeSet<_>>().len())
}

/// What callgrind counts of so many calls, the start of the program included.
fn instructions(program: &Path, server: &Server, calls: u32) -> Outcome<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]);
    command.arg(program).arg(&server.base).args(["deactivate", &calls.to_string()]);
    let text = shell::read(&mut command)?;
    let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.parse().ok());
    count.ok_or_else(|| format!("callgrind counted nothing: {text}"))
}

/// The seconds that a load program says it took.
fn load(program: &Path, server: &Server, job: &[&str]) -> Outcome<f64> {
    let text = shell::read(Command::new(program).arg(&server.base).args(job))?;
    let seconds = text.split_once("wall_s=").and_then(|(_, rest)| rest.split(' ').next());
    seconds.and_then(|seconds| seconds.parse().ok()).ok_or_else(|| format!("no time in: {text}"))
}

/// CPU seconds of all children that have ended, and of theirs: the fields `cutime` and `cstime` of
/// proc(5), in hundredths.
fn cpu_of_children() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|error| error.to_string())?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("another form of /proc/self/stat")?;
    let ticks: f64 = fields.split(' ').skip(13).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
