//! Rules about manifests: which of our crates may depend on which, and what is inherited from the workspace.

use serde_json::Value;

use crate::shell::Outcome;

/// For each crate, those of our crates that it may depend on outside of its tests.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("certs-types", &[]),
    ("certs-core", &["certs-types"]),
    ("certs-hyper", &["certs-types", "certs-core"]),
    ("certs-ureq", &["certs-types", "certs-core"]),
    ("certs-plan", &["certs-types", "certs-core"]),
    ("certs-emulator", &["certs-types"]),
    ("certs-testing", &["certs-types", "certs-core", "certs-emulator"]),
    ("certs-conformance", &["certs-types", "certs-core", "certs-testing", "certs-emulator"]),
    ("certs-cli", &["certs-types", "certs-core", "certs-plan", "certs-hyper", "certs-emulator"]),
    ("certs-tests", &[]),
    ("xtask", &[]),
];

/// A package of the workspace.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) manifest: String,
    /// Normal and build dependencies.
    pub(super) dependencies: Vec<String>,
}

/// Reads the output of `cargo metadata`.
pub(super) fn members(metadata: &str) -> Outcome<Vec<Member>> {
    let metadata: Value =
        serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let member = |package: &Value| Member {
        name: text(&package["name"]),
        manifest: text(&package["manifest_path"]),
        dependencies: list(&package["dependencies"])
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| text(&dependency["name"]))
            .collect(),
    };
    Ok(list(&metadata["packages"]).map(member).collect())
}

/// Dependencies between our crates that are not allowed.
pub(super) fn forbidden(members: &[Member]) -> Vec<String> {
    let mut problems = Vec::new();
    for member in members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member.name) else {
            problems.push(format!("{}: not in the table of allowed dependencies", member.name));
            continue;
        };
        let is_member = |name: &str| members.iter().any(|member| member.name == name);
        for dependency in &member.dependencies {
            if is_member(dependency) && !allowed.contains(&dependency.as_str()) {
                problems.push(format!("{}: must not depend on {dependency}", member.name));
            }
        }
    }
    problems
}

/// Fields that a manifest does not take from the workspace.
pub(super) fn missing_inheritance(name: &str, manifest: &str) -> Vec<String> {
    const PACKAGE: [&str; 4] = ["version", "edition", "rust-version", "license"];
    let has = |section: &str, field: &str| {
        let mut current = "";
        manifest.lines().map(str::trim).any(|line| {
            current = if line.starts_with('[') { line } else { current };
            current == section && line == field
        })
    };
    let package = PACKAGE.map(|field| ("[package]", format!("{field}.workspace = true")));
    let lints = ("[lints]", "workspace = true".to_owned());
    package
        .into_iter()
        .chain([lints])
        .filter(|(section, field)| !has(section, field))
        .map(|(section, field)| format!("{name}: `{field}` is missing in {section}"))
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[&str]) -> Member {
        let dependencies = dependencies.iter().map(|&name| name.into()).collect();
        Member { name: name.into(), manifest: String::new(), dependencies }
    }

    #[test]
    fn reports_dependencies_that_are_not_allowed() {
        let types = || member("certs-types", &["serde"]);
        assert!(forbidden(&[types(), member("certs-core", &["certs-types", "http"])]).is_empty());
        assert_eq!(
            forbidden(&[
                types(),
                member("certs-core", &[]),
                member("certs-emulator", &["certs-core"])
            ]),
            ["certs-emulator: must not depend on certs-core"]
        );
        assert_eq!(
            forbidden(&[types(), member("certs-tests", &["certs-types"])]),
            ["certs-tests: must not depend on certs-types"]
        );
        assert_eq!(
            forbidden(&[member("certs-new", &[])]),
            ["certs-new: not in the table of allowed dependencies"]
        );
    }

    #[test]
    fn ignores_dev_dependencies_but_not_build_dependencies() {
        let metadata = r#"{ "packages": [{
            "name": "certs-core", "manifest_path": "crates/certs-core/Cargo.toml", "dependencies": [
                { "name": "certs-types", "kind": null },
                { "name": "certs-emulator", "kind": "dev" },
                { "name": "certs-plan", "kind": "build" }
            ] }] }"#;
        let members = members(metadata).unwrap();
        assert_eq!(members[0].name, "certs-core");
        assert_eq!(members[0].dependencies, ["certs-types", "certs-plan"]);
    }

    #[test]
    fn reports_fields_that_are_not_inherited() {
        let manifest = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
            rust-version.workspace = true\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";
        assert!(missing_inheritance("a", manifest).is_empty());
        assert_eq!(
            missing_inheritance(
                "a",
                &manifest.replace("edition.workspace = true", "edition = \"2021\"")
            ),
            ["a: `edition.workspace = true` is missing in [package]"]
        );
        assert_eq!(
            missing_inheritance("a", &manifest.replace("[lints]", "[dependencies.serde]")),
            ["a: `workspace = true` is missing in [lints]"]
        );
    }
}
