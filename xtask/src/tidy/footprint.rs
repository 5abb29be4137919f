//! The number of crates that a user of our crates has to compile and trust.

use std::collections::BTreeSet;

use super::dependencies::Member;
use crate::shell::{self, Outcome, cargo};

/// A crate with its features, and how many crates it may consist of, itself included.
///
/// certs-hyper with HTTP/2, a default feature, has no limit.
const LIMITS: [(&str, &[&str], usize); 5] = [
    ("certs-types", &[], 8),
    ("certs-core", &[], 20),
    ("certs-hyper", &["--no-default-features"], 40),
    ("certs-hyper", &["--no-default-features", "--features=tls"], 55),
    ("certs-ureq", &[], 45),
];

/// The crates that exceed their limit.
pub(super) fn problems(members: &[Member]) -> Outcome<Vec<String>> {
    let mut problems = Vec::new();
    for (name, features, limit) in LIMITS {
        if members.iter().any(|member| member.name == name) {
            let mut command = cargo(["tree", "--package", name, "--edges", "normal"]);
            command.args(["--prefix", "none", "--no-dedupe"]).args(features);
            let tree = shell::read(&mut command)?;
            let what = [&[name], features].concat().join(" ");
            problems.extend(too_many(&what, &tree, limit));
        }
    }
    Ok(problems)
}

fn too_many(what: &str, tree: &str, limit: usize) -> Option<String> {
    let crates: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    let count = crates.len();
    (count > limit).then(|| format!("{what}: consists of {count} crates; the limit is {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_a_crate_once_and_each_version_of_it() {
        let tree = "certs-a v0.1.0\nserde v1.0.0\nsyn v2.0.0\nserde v1.0.0\nsyn v3.0.0\n\n";
        assert_eq!(too_many("certs-a", tree, 4), None);
        assert_eq!(
            too_many("certs-a", tree, 3).unwrap(),
            "certs-a: consists of 4 crates; the limit is 3"
        );
    }
}
