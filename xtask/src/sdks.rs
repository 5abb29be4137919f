//! `cargo xtask sdks`: runs the vendor's clients for Python and Node against `certs emulator`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::shell::{self, Outcome, cargo};

/// Runs all operations with each client, then the examples of the documentation.
///
/// The clients come from their registries, in the versions listed in `tests/sdks`.
pub(crate) fn run() -> Outcome {
    let folder = shell::root().join("target/sdks");
    let failed = |error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    shell::run(&mut cargo(["build", "--quiet", "--package", "certs-cli"]))?;
    let certificate = generate_authority(&folder)?;
    let python = install_python(&folder)?;
    install_node(&folder)?;
    let emulator = Emulator::start()?;
    let sources = shell::root().join("tests/sdks");
    run_client(emulator.client(&python, &folder).arg(sources.join("walk.py")).arg(&certificate))?;
    // Node looks for its packages beside the script.
    let script = folder.join("walk.mjs");
    fs::copy(sources.join("walk.mjs"), &script).map_err(failed)?;
    run_client(emulator.client("node", &folder).arg(&script).arg(&certificate))?;
    for (language, code) in examples() {
        match language {
            "python" => run_client(emulator.client(&python, &folder).args(["-c", code]))?,
            "sh" => {
                let mut shell = emulator.client("sh", &folder);
                run_client(shell.args(["-euc", code]).stdout(Stdio::null()))?;
            }
            "js" => {
                let arguments = ["--input-type=module", "--eval", code];
                run_client(emulator.client("node", &folder).args(arguments))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Runs a program in the folder of the command, unlike [`shell::run`].
fn run_client(command: &mut Command) -> Outcome {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{}: {status}", shell::line(command))),
        Err(error) => Err(format!("{}: {error}", shell::line(command))),
    }
}

/// The examples of the documentation, with their languages.
fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    const DOCUMENT: &str = include_str!("../../crates/certs-emulator/TESTING.md");
    let blocks = DOCUMENT.split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n'))
}

fn generate_authority(folder: &Path) -> Outcome<PathBuf> {
    let certificate = folder.join("ca.pem");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    openssl.args(["-noenc", "-days", "365", "-subj", "/CN=Root"]);
    openssl.args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
    openssl.arg("-keyout").arg(folder.join("ca.key")).arg("-out").arg(&certificate);
    shell::run(openssl.stderr(Stdio::null()))?;
    Ok(certificate)
}

/// Installs the client for Python, and returns the interpreter that finds it.
fn install_python(folder: &Path) -> Outcome<PathBuf> {
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    shell::run(pip.arg("tests/sdks/requirements.txt"))?;
    Ok(python)
}

fn install_node(folder: &Path) -> Outcome {
    let source = shell::root().join("tests/sdks/package.json");
    let copied = fs::copy(&source, folder.join("package.json"));
    copied.map_err(|error| format!("{}: {error}", source.display()))?;
    let mut npm = Command::new("npm");
    shell::run(npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(folder))
}

/// A running `certs emulator`, killed at the end.
struct Emulator {
    process: Child,
    api: String,
    management: String,
}

impl Emulator {
    fn start() -> Outcome<Self> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        let mut command = Command::new(shell::root().join(target).join("debug/certs"));
        command.args(["emulator", "--quiet", "--manage", "127.0.0.1:0"]);
        command.args(["--project", "proj_a,proj_b"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| format!("certs emulator: {error}"))?;
        let stdout = process.stdout.take().ok_or("certs emulator: no stdout")?;
        let mut lines = BufReader::new(stdout);
        let emulator =
            (address(&mut lines, "listening on "), address(&mut lines, "management on "));
        match emulator {
            (Some(api), Some(management)) => Ok(Self { process, api, management }),
            _ => Err("certs emulator did not start".into()),
        }
    }

    /// A command with the settings that a client reads.
    fn client(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("OPENAI_BASE_URL", &self.api).env("OPENAI_ADMIN_KEY", "sk-admin-emulator");
        command.env("MANAGEMENT", &self.management).env("NO_PROXY", "127.0.0.1");
        command.current_dir(folder);
        command
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address(lines: &mut BufReader<ChildStdout>, prefix: &str) -> Option<String> {
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    Some(line.trim_end().strip_prefix(prefix)?.to_owned())
}
