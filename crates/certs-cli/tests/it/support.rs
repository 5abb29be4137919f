//! An emulated organization, and the command run against it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use certs_emulator::pki::Authority;
use certs_emulator::{Builder, Emulator, Endpoint, JournalEntry, Server};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::schemas;

/// A key that is easy to find in output, which must not contain it.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// The command, without the environment variables of this machine.
pub(crate) fn certs() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certs"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// A finished command: its exit code, stdout and stderr.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Runs a command to its end, and validates the JSON that it prints by its schema.
    pub(crate) fn of(command: &mut Command) -> Self {
        let run = command.output().unwrap().into();
        schemas::check(command.get_args(), &run);
        run
    }

    pub(crate) fn with_stdin(command: &mut Command, input: &str) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let run = child.wait_with_output().unwrap().into();
        schemas::check(command.get_args(), &run);
        run
    }

    /// The JSON on stdout of a command that succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.exit, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().expect("ended by a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// An emulated organization with two projects, on a port of its own.
pub(crate) struct Organization {
    pub(crate) emulator: Emulator,
    server: Server,
    /// The state directory of its runs, one for each organization because ports are reused.
    state: PathBuf,
    _runtime: Runtime,
}

impl Drop for Organization {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.state);
    }
}

impl Organization {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let [a, b] = ["proj_a", "proj_b"].map(|id| id.parse().unwrap());
        let builder = Emulator::builder().admin_key(KEY).project(a).project(b);
        let emulator = settings(builder).build();
        let server = runtime.block_on(emulator.bind("127.0.0.1:0")).unwrap();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("state-{}-{count}", std::process::id());
        let state = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        Self { emulator, server, state, _runtime: runtime }
    }

    pub(crate) fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The command for this organization.
    pub(crate) fn certs<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = certs();
        command.env("OPENAI_BASE_URL", self.base_url()).env("OPENAI_ADMIN_KEY", KEY);
        command.env("XDG_STATE_HOME", &self.state);
        command.args(arguments);
        command
    }

    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        Run::of(&mut self.certs(arguments))
    }

    /// Uploads a new CA certificate and returns its id.
    pub(crate) fn upload(&self, name: &str) -> String {
        let file = File::new(authority(name));
        let run = self.run(["upload", file.path(), "--name", name, "--output", "json"]);
        run.json()["id"].as_str().unwrap().to_owned()
    }

    /// Uploads certificates with these names and activates them in the organization.
    pub(crate) fn active<const N: usize>(&self, names: [&str; N]) -> [String; N] {
        let ids = names.map(|name| self.upload(name));
        let run = self.run(
            ["activate", "--yes", "--allow-lockout"]
                .into_iter()
                .chain(ids.iter().map(String::as_str)),
        );
        assert_eq!(run.exit, 0, "{run:?}");
        self.emulator.clear_journal();
        ids
    }

    /// The ids that are active in the organization.
    pub(crate) fn active_ids(&self) -> Vec<String> {
        let list = self.run(["list", "--output", "json", "--pace", "off"]).json();
        let active = list["data"].as_array().unwrap().iter().filter(|one| one["active"] == true);
        active.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The requests that this endpoint received.
    pub(crate) fn seen(&self, endpoint: Endpoint) -> Vec<JournalEntry> {
        let mut journal = self.emulator.journal();
        journal.retain(|entry| entry.endpoint == Some(endpoint));
        journal
    }

    pub(crate) fn sent_anything(&self) -> bool {
        !self.emulator.journal().is_empty()
    }
}

/// A CA certificate that the API accepts, in PEM.
pub(crate) fn authority(name: &str) -> String {
    Authority::new(name).unwrap().certificate()
}

/// A temporary file, removed after the test.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("certs-cli-{}-{count}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
