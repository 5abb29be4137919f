//! On a terminal a change is shown, and made only after a yes.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use certs_emulator::{Endpoint, Fault};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{File as TemporaryFile, Organization, Run, authority};

/// A command on a terminal of sixty columns.
struct Session {
    child: Child,
    terminal: File,
    seen: String,
}

impl Session {
    fn start(mut command: Command) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let end =
            || -> OwnedFd { File::options().read(true).write(true).open(&name).unwrap().into() };
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().unwrap();
        Self { child, terminal: terminal.into(), seen: String::new() }
    }

    /// Reads until these words were shown; gives what was shown so far.
    fn until(&mut self, words: &str) -> &str {
        let mut buffer = [0; 4096];
        while !self.seen.contains(words) {
            // The last end that closes is told as an error.
            let read = self.terminal.read(&mut buffer).unwrap_or(0);
            assert!(read > 0, "ended before {words:?}: {}", self.seen);
            self.seen += &String::from_utf8_lossy(&buffer[..read]);
        }
        &self.seen
    }

    fn type_in(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    fn exit(mut self) -> (i32, String) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.terminal.read(&mut buffer) {
            self.seen += &String::from_utf8_lossy(&buffer[..read]);
        }
        (self.child.wait().unwrap().code().expect("ended by a signal"), self.seen)
    }
}

const QUESTION: &str = "[y/N] ";

#[test]
fn a_deactivation_is_shown_and_needs_a_yes() {
    let organization = Organization::new();
    let [old, _new] = organization.active(["Old root", "New root"]);
    for (answer, exit, left) in [("n\n", 2, 2), ("\n", 2, 2), ("\u{4}", 2, 2), ("y\n", 0, 1)] {
        let mut session = Session::start(organization.certs(["deactivate", &old]));
        let shown = session.until(QUESTION);
        assert!(shown.contains("Old root") && !shown.contains("New root"), "{shown}");
        assert!(organization.seen(Endpoint::DeactivateOrganizationCertificates).is_empty());
        session.type_in(answer);
        assert_eq!(session.exit().0, exit, "{answer:?}");
        assert_eq!(organization.active_ids().len(), left, "{answer:?}");
    }
}

/// What a command shows before it asks, with its line breaks as spaces.
fn shown_before(command: Command) -> String {
    let mut session = Session::start(command);
    let shown = session.until(QUESTION);
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    let shown = shown.replace("\r\n", " ");
    session.type_in("n\n");
    session.exit();
    shown
}

#[test]
fn the_last_one_out_is_warned() {
    let organization = Organization::new();
    let [only] = organization.active(["Only root"]);
    assert!(shown_before(organization.certs(["deactivate", &only])).contains("WARNING"));
}

#[test]
fn the_first_one_in_is_told_where_to_go_from_then_on() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let shown = shown_before(organization.certs(["activate", &id]));
    assert!(shown.contains("lock yourself out"), "{shown}");
    let host = "probably those with admin keys too: --base-url https://mtls.api.openai.com/v1";
    assert!(shown.contains(host), "{shown}");
}

#[test]
fn who_is_refused_is_told_where_somebody_is() {
    const REFUSED: &str = "Whoever still presents a certificate of these authorities is refused";
    const FEDERATION: &str = "dentity federation through";
    let organization = Organization::new();
    let [old, new] = organization.active(["Old root", "New root"]);
    let toggle = |verb: &str, ids: &[&str], more: &[&str]| {
        organization.certs([verb].into_iter().chain(ids.iter().chain(more).copied()))
    };
    let project = ["--project", "proj_a"];
    assert_eq!(Run::of(&mut toggle("activate", &[&old, &new], &project)).exit, 0);

    let some = shown_before(toggle("deactivate", &[&old], &[]));
    assert!(some.contains(&format!("{REFUSED}, ")) && some.contains(FEDERATION), "{some}");
    let some = shown_before(toggle("deactivate", &[&old], &project));
    let unless = "in this project, unless they are active for the organization as well";
    assert!(some.contains(&format!("{REFUSED} {unless}")) && some.contains(FEDERATION), "{some}");
    for place in [&[][..], &project] {
        let none = shown_before(toggle("deactivate", &[&old, &new], place));
        assert!(!none.contains(REFUSED) && none.contains("WARNING"), "{none}");
        assert!(none.contains(FEDERATION), "{none}");
    }
}

#[test]
fn every_change_asks_unless_told_not_to() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let file = TemporaryFile::new(authority("Another"));
    let changes: [&[&str]; 4] = [
        &["activate", "--project", "proj_a", &id],
        &["rename", &id, "Other"],
        &["upload", file.path()],
        &["delete", &id],
    ];
    for change in changes {
        let mut session = Session::start(organization.certs(change.iter().copied()));
        session.until(QUESTION);
        session.type_in("no\n");
        let (exit, shown) = session.exit();
        assert_eq!(exit, 2, "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
    }
    for change in changes.iter().skip(1) {
        let arguments = change.iter().copied().chain(["--yes"]);
        let (exit, shown) = Session::start(organization.certs(arguments)).exit();
        assert_eq!(exit, 0, "{shown}");
        assert!(!shown.contains(QUESTION), "{shown}");
    }
}

/// The command with a key from a pipe, in a session of its own that has a terminal, or none.
#[cfg(target_os = "linux")]
fn behind_a_pipe(command: &Command, terminal: bool) -> Session {
    let mut piped = Command::new("setsid");
    piped.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    piped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    piped.args(terminal.then_some("--ctty"));
    piped.args(["sh", "-c", r#"printf %s "$OPENAI_ADMIN_KEY" | "$@" --admin-key-file -"#, "sh"]);
    piped.arg(command.get_program()).args(command.get_args());
    Session::start(piped)
}

#[cfg(target_os = "linux")]
#[test]
fn behind_a_pipe_the_terminal_is_asked() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    for (answer, exit) in [("n\n", 2), ("y\n", 0)] {
        let mut session = behind_a_pipe(&organization.certs(["deactivate", &id]), true);
        session.until(QUESTION);
        assert_eq!(organization.active_ids().len(), 1);
        session.type_in(answer);
        assert_eq!(session.exit().0, exit, "{answer:?}");
    }
    assert!(organization.active_ids().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn where_there_is_no_terminal_behind_the_pipe_nobody_is_asked() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    let (exit, shown) = behind_a_pipe(&organization.certs(["deactivate", &id]), false).exit();
    assert_eq!(exit, 0, "{shown}");
    let (exit, shown) = behind_a_pipe(&organization.certs(["delete", &id]), false).exit();
    assert!(exit == 2 && shown.contains("--yes"), "{shown}");
}

#[test]
fn the_table_fits_the_terminal() {
    let organization = Organization::new();
    organization.upload("The certificate authority of the branch office");
    let (exit, shown) = Session::start(organization.certs(["list"])).exit();
    assert_eq!(exit, 0);
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
}

#[test]
fn an_interrupted_change_may_have_been_made() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    let slow = Fault::any().delay(std::time::Duration::from_secs(3600));
    organization.emulator.set_faults(vec![slow]);
    let mut command = organization.certs(["deactivate", "--verbose", &id]);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::null());
    let child = child.spawn().unwrap();
    while organization.seen(Endpoint::DeactivateOrganizationCertificates).is_empty() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("may have been done"), "{told}");
}
