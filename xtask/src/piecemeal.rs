//! `cargo xtask piecemeal`: that each crate can be had alone, as somebody else would have it.

mod public;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::shell::{self, Outcome, cargo};
use crate::steps::{self, Done, Step, held};

/// Runs what this machine can; says what it cannot.
pub(crate) fn run() -> Outcome {
    steps::run("piecemeal", &STEPS)
}

const STEPS: [(&str, Step); 7] = [
    ("features", features),
    ("each alone", each_alone),
    ("public dependencies", public_dependencies),
    ("packages and their tests", packages),
    ("lowest versions", lowest_versions),
    ("rust-version", rust_version),
    ("semver", semver),
];

/// Every set of features of every crate compiles.
pub(crate) fn features() -> Outcome<Done> {
    for package in published()? {
        let optional: Vec<_> = package.features.iter().filter(|name| *name != "default").collect();
        for set in 0..1u32 << optional.len() {
            let chosen = optional.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            let chosen: Vec<_> = chosen.map(|(_, name)| name.as_str()).collect();
            let mut check = cargo(["check", "--quiet", "--no-default-features", "--package"]);
            check.arg(&package.name).arg("--features").arg(chosen.join(","));
            shell::run(&mut check)?;
        }
    }
    Ok(Done::Held)
}

/// A crate's tests may not live on features that another crate of the workspace switches on.
fn each_alone() -> Outcome<Done> {
    for package in published()? {
        shell::run(cargo(["test", "--quiet", "--package"]).arg(&package.name))?;
    }
    Ok(Done::Held)
}

fn public_dependencies() -> Outcome<Done> {
    if no_nightly() {
        return Ok(Done::LeftOut(NO_NIGHTLY.into()));
    }
    let mut complaints = Vec::new();
    for package in published()?.iter().filter(|package| package.is_library) {
        let mut rustdoc = toolchain("+nightly");
        rustdoc.args(["rustdoc", "--quiet", "--lib", "--package", &package.name]);
        rustdoc.args(["--", "-Zunstable-options", "--output-format", "json"]);
        shell::run(&mut rustdoc)?;
        let name = package.name.replace('-', "_");
        let file = package.target.join("doc").join(format!("{name}.json"));
        complaints.extend(public::judge(&package.name, &parse(&read(&file)?)?));
    }
    if complaints.is_empty() { Ok(Done::Held) } else { Err(complaints.join("\n")) }
}

/// Packs every crate that can be published, and returns where the packages are.
pub(crate) fn package() -> Outcome<PathBuf> {
    let packages = published()?;
    let mut command = cargo(["package", "--quiet", "--no-verify", "--allow-dirty"]);
    for package in &packages {
        command.arg("--package").arg(&package.name);
    }
    shell::run(&mut command)?;
    let target = packages.first().map(|package| package.target.join("package"));
    target.ok_or("there is nothing to publish".into())
}

/// Unpacks the packages side by side, as if they came from a registry, and tests them there.
fn packages() -> Outcome<Done> {
    let home = unpacked()?;
    let lock = |to: &Path| fs::copy(shell::root().join("Cargo.lock"), to.join("Cargo.lock"));
    lock(&home).map_err(|error| at(&home, &error))?;
    held(cargo(["test", "--quiet", "--workspace", "--manifest-path"]).arg(home.join("Cargo.toml")))
}

/// With each direct dependency at the lowest version that a manifest allows.
fn lowest_versions() -> Outcome<Done> {
    if no_nightly() {
        return Ok(Done::LeftOut(NO_NIGHTLY.into()));
    }
    let home = unpacked()?.join("Cargo.toml");
    let mut lock = toolchain("+nightly");
    lock.args(["generate-lockfile", "-Zdirect-minimal-versions", "--manifest-path"]);
    shell::run(lock.arg(&home))?;
    held(cargo(["check", "--quiet", "--locked", "--workspace", "--manifest-path"]).arg(home))
}

/// With the oldest compiler that the manifests promise.
fn rust_version() -> Outcome<Done> {
    let oldest = published()?.first().map(|package| package.rust_version.clone());
    let oldest = format!("+{}", oldest.unwrap_or_default());
    if !shell::succeeds(toolchain(&oldest).arg("--version")) {
        return Ok(Done::LeftOut(format!("there is no toolchain {oldest}")));
    }
    held(toolchain(&oldest).args(["check", "--quiet", "--workspace", "--exclude=xtask"]))
}

/// Against the latest release, once there is one.
fn semver() -> Outcome<Done> {
    let tags =
        Command::new("git").args(["tag", "--list", "v*"]).current_dir(shell::root()).output();
    let tags = tags.map_err(|error| format!("git tag: {error}"))?;
    if tags.stdout.is_empty() {
        return Ok(Done::LeftOut("nothing was released yet: no tag v*".into()));
    }
    if !shell::succeeds(&mut cargo(["semver-checks", "--version"])) {
        return Ok(Done::LeftOut("cargo-semver-checks is not installed".into()));
    }
    held(&mut cargo(["semver-checks", "check-release", "--workspace"]))
}

/// A workspace of the packages, each with the others for its dependencies.
fn unpacked() -> Outcome<PathBuf> {
    let archives = package()?;
    let home = archives.with_file_name("unpacked");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| at(&home, &error))?;
    }
    fs::create_dir_all(&home).map_err(|error| at(&home, &error))?;
    let mut manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"certs-*\"]\n\n\
                        [patch.crates-io]\n"
        .to_owned();
    for package in published()? {
        let folder = format!("{}-{}", package.name, package.version);
        let archive = archives.join(format!("{folder}.crate"));
        shell::run(Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(&home))?;
        manifest += &format!("{} = {{ path = \"{folder}\" }}\n", package.name);
    }
    fs::write(home.join("Cargo.toml"), manifest).map_err(|error| at(&home, &error))?;
    Ok(home)
}

/// A package that can be published.
struct Package {
    name: String,
    version: String,
    rust_version: String,
    features: Vec<String>,
    is_library: bool,
    /// Where cargo builds.
    target: PathBuf,
}

fn published() -> Outcome<Vec<Package>> {
    let metadata = shell::read(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata = parse(&metadata)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = PathBuf::from(text(&metadata["target_directory"]));
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let packages = packages.filter(|package| package["publish"].is_null()).map(|package| {
        let targets = package["targets"].as_array().into_iter().flatten();
        let features = package["features"].as_object().into_iter().flatten();
        Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            rust_version: text(&package["rust_version"]),
            features: features.map(|(name, _)| name.clone()).collect(),
            is_library: targets.into_iter().any(|target| target["kind"][0] == "lib"),
            target: target.clone(),
        }
    });
    Ok(packages.collect())
}

/// Another toolchain's cargo: only rustup's knows them.
fn toolchain(name: &str) -> Command {
    let mut command = Command::new("cargo");
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").arg(name);
    command
}

fn no_nightly() -> bool {
    !shell::succeeds(toolchain("+nightly").arg("--version"))
}

const NO_NIGHTLY: &str = "there is no nightly toolchain";

fn parse(json: &str) -> Outcome<Value> {
    serde_json::from_str(json).map_err(|error| format!("no JSON: {error}"))
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| at(path, &error))
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
