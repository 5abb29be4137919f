//! How much a user of a crate has to compile and trust.

use std::collections::BTreeSet;

use super::dependencies::Member;
use crate::shell::{self, Outcome, cargo};

/// A crate, how its features are chosen, and the most crates it may be made of, itself included.
const LIMITS: [(&str, &str, usize); 5] = [
    ("certs-types", "", 8),
    ("certs-core", "", 20),
    ("certs-hyper", "", 55),
    ("certs-hyper", "--no-default-features", 40),
    ("certs-ureq", "", 45),
];

/// Counts the crates of every limit whose crate exists.
pub(super) fn judge(members: &[Member]) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    for (name, features, most) in LIMITS {
        if members.iter().any(|member| member.name == name) {
            let mut command = cargo(["tree", "--package", name, "--edges", "normal"]);
            command.args(["--prefix", "none", "--no-dedupe"]);
            command.args(Some(features).filter(|features| !features.is_empty()));
            let tree = shell::read(&mut command)?;
            complaints.extend(too_many(&format!("{name} {features}"), &tree, most));
        }
    }
    Ok(complaints)
}

fn too_many(what: &str, tree: &str, most: usize) -> Option<String> {
    let crates: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    let count = crates.len();
    (count > most)
        .then(|| format!("{}: made of {count} crates, where {most} are the most", what.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once_and_two_versions_twice() {
        let tree = "certs-a v0.1.0\nserde v1.0.0\nsyn v2.0.0\nserde v1.0.0\nsyn v3.0.0\n\n";
        assert_eq!(too_many("certs-a", tree, 4), None);
        assert_eq!(
            too_many("certs-a ", tree, 3).unwrap(),
            "certs-a: made of 4 crates, where 3 are the most"
        );
    }
}
