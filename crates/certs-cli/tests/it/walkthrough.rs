//! Runs the commands of `WALKTHROUGH.md` and compares what they print.
//!
//! With `CERTS_WRITE_SCREENS=1` it writes the screens instead.

mod screen;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use certs_emulator::pki::{Authority, Leaf};
use certs_emulator::{Endpoint, Fault};
use serde_json::json;

use self::screen::{as_shown, collapse};
use crate::support::Organization;
use crate::terminal::{Session, on_its_terminal};

/// The server's time, which the commands use: 2027-01-15.
const NOW: u64 = 1_800_000_000;
const DAY: u64 = 24 * 60 * 60;

const OLD: &str = "cert_0f5c1d2e9b7a4c3d8e6f7a8b9c0d1e2f";
const PROJECTS: usize = 200;
const PROJECTS_WITH_OLD: usize = 137;

/// The requests at which `rotate begin` is killed, in turn. The server carries them out, and the responses
/// never arrive.
const KILLS: [(Endpoint, u64); 3] = [
    (Endpoint::ListProjectCertificates, 200),
    (Endpoint::UploadCertificate, 1),
    (Endpoint::ActivateProjectCertificates, 57),
];

#[test]
fn the_walkthrough_prints_what_it_shows() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("WALKTHROUGH.md");
    let document = fs::read_to_string(&file).unwrap();
    let mut walk = Walkthrough::new();
    let mut parts = document.split("```console\n");
    let mut made = parts.next().unwrap().to_owned();
    for part in parts {
        let (screen, rest) = part.split_once("```\n").unwrap();
        made += &format!("```console\n{}```\n{rest}", walk.repeat(screen));
    }
    assert_eq!(walk.uploads, 1);
    if std::env::var_os("CERTS_WRITE_SCREENS").is_some() {
        fs::write(&file, &made).unwrap();
        return;
    }
    assert_eq!(document, made);
    for (command, requests) in &walk.requests {
        let row = format!("| `{command}` | {requests} |");
        assert!(document.contains(&row), "the table of requests has no row {row}");
    }
}

/// The organization, and the folder in which the commands run.
struct Walkthrough {
    organization: Organization,
    folder: PathBuf,
    seen: Receiver<Option<Endpoint>>,
    kills: std::array::IntoIter<(Endpoint, u64), 3>,
    /// The number of requests of the last complete run of each command.
    requests: BTreeMap<String, usize>,
    /// The number of uploads that the server accepted.
    uploads: usize,
}

impl Walkthrough {
    fn new() -> Self {
        let (sender, seen) = channel();
        let organization = Organization::with(|builder| {
            let clock = move || i64::try_from(NOW).unwrap().try_into().unwrap();
            let observe = move |entry: &certs_emulator::JournalEntry| {
                // The receiver is dropped before the last requests.
                let _ = sender.send(entry.endpoint);
            };
            builder.clock(clock).journal_limit(10_000).observer(observe)
        });
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walkthrough");
        let _ = fs::remove_dir_all(&folder);
        let [old, new] = [("Root 2019", 45), ("Root 2027", 3650)]
            .map(|(name, days)| Authority::with_validity(name, at(0), at(days)).unwrap());
        organization.emulator.restore(serde_json::from_value(state(&old)).unwrap()).unwrap();

        let walk = Self {
            organization,
            folder,
            seen,
            kills: KILLS.into_iter(),
            requests: BTreeMap::new(),
            uploads: 0,
        };
        walk.write("root2027.pem", &new.certificate());
        for (folder, issuer) in [("", &old), ("renewed/", &new)] {
            walk.write_leaf(&format!("{folder}admin.pem"), &issuer.client("admin").unwrap());
            for workload in ["lab", "shop"] {
                let leaf = issuer.client(workload).unwrap();
                walk.write_leaf(&format!("{folder}fleet/{workload}.pem"), &leaf);
            }
        }
        walk
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }

    fn write_leaf(&self, name: &str, leaf: &Leaf) {
        self.write(name, &format!("{}{}", leaf.certificate, leaf.key));
    }

    /// Runs the command of a screen, and returns the screen as it is now.
    fn repeat(&mut self, screen: &str) -> String {
        let first = screen.lines().next().unwrap();
        let line = first.strip_prefix("$ ").unwrap();
        self.organization.emulator.clear_journal();
        let is_killed = screen.ends_with("Killed\n");
        let printed = if is_killed {
            self.killed(line)
        } else if screen.contains("To continue, type") {
            self.confirmed(line)
        } else {
            self.run(line)
        };
        let journal = self.organization.emulator.journal();
        if !is_killed && !journal.is_empty() {
            self.requests.insert(label(line), journal.len());
        }
        let uploads = journal.iter().filter(|it| it.endpoint == Some(Endpoint::UploadCertificate));
        self.uploads += uploads.filter(|upload| upload.status == Some(200)).count();
        format!("{first}\n{}", collapse(&printed))
    }

    fn run(&self, line: &str) -> String {
        let (mut command, output) = self.shell(line);
        assert!(
            command.status().unwrap().success(),
            "{line}: {}",
            fs::read_to_string(output).unwrap()
        );
        fs::read_to_string(output).unwrap()
    }

    /// Runs a command up to the next request of [`KILLS`].
    fn killed(&mut self, line: &str) -> String {
        let (endpoint, nth) = self.kills.next().unwrap();
        let hour = Duration::from_secs(3600);
        self.organization.emulator.set_faults(vec![Fault::on(endpoint).nth(nth).delay(hour)]);
        while self.seen.try_recv().is_ok() {}
        let (mut command, output) = self.shell(&format!("exec {line}"));
        let mut child = command.spawn().unwrap();
        let mut count = 0;
        while count < nth {
            let request = self.seen.recv_timeout(Duration::from_secs(60)).unwrap();
            count += u64::from(request == Some(endpoint));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The observer is called just before the entry is in the journal, which is cleared for the next command.
        while u64::try_from(self.organization.seen(endpoint).len()).unwrap() < nth {
            thread::yield_now();
        }
        self.organization.emulator.set_faults(Vec::new());
        fs::read_to_string(output).unwrap() + "Killed\n"
    }

    /// Runs a command on a terminal, and types the name that its question requires.
    fn confirmed(&self, line: &str) -> String {
        let (command, _) = self.shell(line);
        let mut command = on_its_terminal(&command);
        command.current_dir(&self.folder);
        let mut session = Session::start_in_columns(100, command);
        session.until("To continue, type Root 2019 : ");
        session.type_in("Root 2019\n");
        let (exit, shown) = session.exit();
        assert_eq!(exit, 0, "{shown}");
        as_shown(&shown)
    }

    /// A shell in the folder, and the file that gets what it prints.
    fn shell(&self, line: &str) -> (Command, PathBuf) {
        let certs = Path::new(env!("CARGO_BIN_EXE_certs")).parent().unwrap();
        let output = self.folder.with_extension("screen");
        let file = fs::File::create(&output).unwrap();
        let environment = self.organization.certs([]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(&self.folder).env_clear();
        command.envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", format!("{}:/usr/bin:/bin", certs.display()));
        command.env("OPENAI_MTLS_CLIENT_CERT_FILE", "admin.pem");
        command.env("OPENAI_MTLS_CLIENT_KEY_FILE", "admin.pem");
        command.stdout(file.try_clone().unwrap()).stderr(file);
        (command, output)
    }
}

/// The words of a command before its arguments.
fn label(line: &str) -> String {
    let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    line.split(' ').take_while(is_word).collect::<Vec<_>>().join(" ")
}

fn at(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + days * DAY) - Duration::from_secs(DAY)
}

/// Two hundred projects, and a certificate that is active in the organization and in 137 of them.
fn state(old: &Authority) -> serde_json::Value {
    let id = |number: usize| format!("proj_{number:03}");
    let project = |number: usize| {
        json!({"sequence": number, "object": "organization.project", "id": id(number),
            "created_at": 1_600_000_000, "status": "active"})
    };
    let certificate = json!({"sequence": 1000, "id": OLD, "name": "Root 2019", "created_at": 1_600_000_000,
        "certificate": old.certificate(), "active": true,
        "active_in": (1..=PROJECTS_WITH_OLD).map(id).collect::<Vec<_>>()});
    json!({"version": 1, "last_sequence": 1000, "audit": [], "certificates": [certificate],
        "projects": (1..=PROJECTS).map(project).collect::<Vec<_>>()})
}
