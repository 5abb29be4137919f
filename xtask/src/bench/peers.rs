//! `cargo xtask peers`: what other clients cost, to build and to call with, beside ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::programs::{BY_HAND, CALLS, MANIFEST, OURS, Program, Server, calls, in_a_folder};
use crate::shell::{self, Outcome, cargo};

/// Builds each load program from nothing, counts what it is made of and what a call takes, and prints a
/// table; then times ours against the one by hand.
pub(crate) fn run() -> Outcome {
    in_a_folder(measure)
}

const PEERS: [Program; 7] = [
    Program { name: "async-openai", bin: "with_async_openai", features: "async-openai" },
    Program { name: "openai-rs-sdk", bin: "with_openai_rs_sdk", features: "openai-rs-sdk" },
    Program { name: "reqwest by hand", bin: "with_reqwest", features: "reqwest" },
    BY_HAND,
    Program { name: "the same with rustls", bin: "by_hand_tls", features: "tls" },
    OURS,
    Program { name: "certs-hyper with rustls", bin: "with_certs", features: "certs,tls" },
];

fn measure(folder: &Path) -> Outcome {
    let server = Server::start(folder)?;
    println!("| client | instructions a call | crates | clean build, CPU s | stripped KiB |");
    println!("|---|---|---|---|---|");
    for peer in &PEERS {
        let (Program { name, features, .. }, path) = (peer, peer.path(folder));
        let before = cpu_of_children()?;
        peer.build(folder, &[("CARGO_PROFILE_RELEASE_STRIP", "symbols")])?;
        let seconds = cpu_of_children()? - before;
        let kib = fs::metadata(&path).map_err(|error| error.to_string())?.len() / 1024;
        let costs = calls(&path, &server)?;
        let (a_call, crates) = (costs.values().sum::<i64>() / CALLS, crates(features)?);
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

/// How many crates a program with these features is made of, itself included.
fn crates(features: &str) -> Outcome<usize> {
    let mut tree = cargo(["tree", "--manifest-path", MANIFEST, "--features", features]);
    tree.args(["--edges", "normal", "--prefix", "none", "--format", "{p}", "--no-dedupe"]);
    Ok(shell::read(&mut tree)?.lines().collect::<BTreeSet<_>>().len())
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
