//! Rules about manifests: who may depend on whom, and what is declared once for all.

use serde_json::Value;

use crate::shell::Outcome;

/// The whole design in a table: a crate, and those of ours it may use outside of its tests.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("certs-types", &[]),
    ("certs-core", &["certs-types"]),
    ("certs-hyper", &["certs-core"]),
    ("certs-ureq", &["certs-core"]),
    ("certs-emulator", &["certs-types"]),
    ("certs-conformance", &["certs-core", "certs-emulator"]),
    ("certs-plan", &["certs-core"]),
    ("certs-cli", &["certs-core", "certs-types", "certs-plan", "certs-hyper", "certs-emulator"]),
    ("certs-tests", &[]),
    ("xtask", &[]),
];

/// A package of the workspace.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) manifest: String,
    /// What it is built with; dev-dependencies are not in it.
    pub(super) dependencies: Vec<String>,
}

/// Reads what `cargo metadata` says about the workspace.
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

/// Dependencies between our crates that the design does not have.
pub(super) fn edges(members: &[Member]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member.name) else {
            complaints.push(format!("{}: not in the table of allowed dependencies", member.name));
            continue;
        };
        let ours = |name: &str| members.iter().any(|member| member.name == name);
        for dependency in &member.dependencies {
            if ours(dependency) && !allowed.contains(&dependency.as_str()) {
                complaints.push(format!("{}: must not depend on {dependency}", member.name));
            }
        }
    }
    complaints
}

/// Fields that a manifest states itself instead of taking them from the workspace.
pub(super) fn inheritance(name: &str, manifest: &str) -> Vec<String> {
    const PACKAGE: [&str; 4] = ["version", "edition", "rust-version", "license"];
    let states = |section: &str, wanted: &str| {
        let mut current = "";
        manifest.lines().map(str::trim).any(|line| {
            current = if line.starts_with('[') { line } else { current };
            current == section && line == wanted
        })
    };
    let package = PACKAGE.map(|field| ("[package]", format!("{field}.workspace = true")));
    let lints = ("[lints]", "workspace = true".to_owned());
    package
        .into_iter()
        .chain([lints])
        .filter(|(section, wanted)| !states(section, wanted))
        .map(|(section, wanted)| format!("{name}: `{wanted}` is missing in {section}"))
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
    fn only_the_edges_of_the_design_are_allowed() {
        let types = || member("certs-types", &["serde"]);
        assert!(edges(&[types(), member("certs-core", &["certs-types", "http"])]).is_empty());
        assert_eq!(
            edges(&[types(), member("certs-core", &[]), member("certs-emulator", &["certs-core"])]),
            ["certs-emulator: must not depend on certs-core"]
        );
        assert_eq!(
            edges(&[types(), member("certs-tests", &["certs-types"])]),
            ["certs-tests: must not depend on certs-types"]
        );
        assert_eq!(
            edges(&[member("certs-new", &[])]),
            ["certs-new: not in the table of allowed dependencies"]
        );
    }

    #[test]
    fn dev_dependencies_are_free_and_build_dependencies_are_not() {
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
    fn a_manifest_states_nothing_the_workspace_states() {
        let manifest = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
            rust-version.workspace = true\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";
        assert!(inheritance("a", manifest).is_empty());
        assert_eq!(
            inheritance("a", &manifest.replace("edition.workspace = true", "edition = \"2021\"")),
            ["a: `edition.workspace = true` is missing in [package]"]
        );
        assert_eq!(
            inheritance("a", &manifest.replace("[lints]", "[dependencies.serde]")),
            ["a: `workspace = true` is missing in [lints]"]
        );
    }
}
