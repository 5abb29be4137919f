//! How much a user of a crate has to compile and trust.

use std::collections::BTreeSet;

use super::dependencies::Member;
use crate::shell::{self, Outcome, cargo};

/// A crate, how its features are chosen, and the most crates it may be made of, itself included.
///
/// HTTP/2, a default feature of certs-hyper, comes on top of TLS and has no limit of its own.
const LIMITS: [(&str, &[&str], usize); 5] = [
    ("certs-types", &[], 8),
    ("certs-core", &[], 20),
    ("certs-hyper", &["--no-default-features"], 40),
    ("certs-hyper", &["--no-default-features", "--features=tls"], 55),
    ("certs-ureq", &[], 45),
];

/// Counts the crates of every limit whose crate exists.
pub(super) fn judge(members: &[Member]) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    for (name, features, most) in LIMITS {
        if members.iter().any(|member| member.name == name) {
            let mut command = cargo(["tree", "--package", name, "--edges", "normal"]);
            command.args(["--prefix", "none", "--no-dedupe"]).args(features);
            let tree = shell::read(&mut command)?;
            let what = [&[name], features].concat().join(" ");
            complaints.extend(too_many(&what, &tree, most));
        }
    }
    Ok(complaints)
}

fn too_many(what: &str, tree: &str, most: usize) -> Option<String> {
    let crates: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    let count = crates.len();
    (count > most).then(|| format!("{what}: made of {count} crates, where {most} are the most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once_and_two_versions_twice() {
        let tree = "certs-a v0.1.0\nserde v1.0.0\nsyn v2.0.0\nserde v1.0.0\nsyn v3.0.0\n\n";
        assert_eq!(too_many("certs-a", tree, 4), None);
        assert_eq!(
            too_many("certs-a", tree, 3).unwrap(),
            "certs-a: made of 4 crates, where 3 are the most"
        );
    }
}
