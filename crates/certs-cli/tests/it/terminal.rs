//! On a terminal a change is shown, and made only after it is confirmed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use certs_emulator::{Endpoint, Fault};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{File as TemporaryFile, Organization, authority};

/// A command on a terminal, sixty columns wide by default.
pub(crate) struct Session {
    child: Child,
    terminal: File,
    seen: String,
}

impl Session {
    pub(crate) fn start(command: Command) -> Self {
        Self::start_in(on_its_terminal(&command))
    }

    /// Starts a command whose standard streams are the terminal.
    fn start_in(command: Command) -> Self {
        Self::start_in_columns(60, command)
    }

    /// Starts a command on a terminal of this width.
    pub(crate) fn start_in_columns(ws_col: u16, mut command: Command) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize { ws_row: 24, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let end =
            || -> OwnedFd { File::options().read(true).write(true).open(&name).unwrap().into() };
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().unwrap();
        Self { child, terminal: terminal.into(), seen: String::new() }
    }

    /// Reads until these words appear, and returns everything shown so far.
    pub(crate) fn until(&mut self, words: &str) -> &str {
        let mut buffer = [0; 4096];
        while !self.seen.contains(words) {
            // Linux reports EIO when the other end of a terminal is closed.
            let read = self.terminal.read(&mut buffer).unwrap_or(0);
            assert!(read > 0, "ended before {words:?}: {}", self.seen);
            self.seen += &String::from_utf8_lossy(&buffer[..read]);
        }
        &self.seen
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn exit(mut self) -> (i32, String) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.terminal.read(&mut buffer) {
            self.seen += &String::from_utf8_lossy(&buffer[..read]);
        }
        (self.child.wait().unwrap().code().expect("ended by a signal"), self.seen)
    }
}

/// The command in a session of its own, whose controlling terminal is its stdin.
pub(crate) fn on_its_terminal(command: &Command) -> Command {
    let mut session = Command::new("setsid");
    session.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    session.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
    session
}

const QUESTION: &str = "[y/N] ";
const TYPED: &str = "To continue, type ";

#[test]
fn an_addition_is_shown_and_needs_a_yes() {
    let organization = Organization::new();
    let root = organization.upload("Root");
    let [_active] = organization.active(["Another root"]);
    for (input, exit) in [("n\n", 2), ("\n", 2), ("\u{4}", 2), ("y\n", 0)] {
        let mut session =
            Session::start(organization.certs(["activate", &root, "--project", "proj_a"]));
        let shown = session.until(QUESTION);
        assert!(shown.contains(&root) && !shown.contains("Another"), "{shown}");
        assert!(shown.contains("project proj_a") && shown.contains("at 127.0.0.1"), "{shown}");
        assert!(organization.seen(Endpoint::ActivateProjectCertificates).is_empty());
        session.type_in(input);
        assert_eq!(session.exit().0, exit, "{input:?}");
    }
}

#[test]
fn a_removal_from_the_organization_is_confirmed_by_typing_the_name() {
    let organization = Organization::new();
    let [old, _new] = organization.active(["Old root", "New root"]);
    for (input, exit, left) in [("y\n", 2, 2), ("New root\n", 2, 2), ("Old root\n", 0, 1)] {
        let mut session = Session::start(organization.certs(["deactivate", &old]));
        let shown = session.until(TYPED);
        assert!(shown.contains("Old root") && shown.contains("Notice: ends trust"), "{shown}");
        session.type_in(input);
        assert_eq!(session.exit().0, exit, "{input:?}");
        assert_eq!(organization.active_ids().len(), left, "{input:?}");
    }
}

#[test]
fn several_are_confirmed_by_typing_how_many_they_are() {
    let organization = Organization::new();
    let [one, two, _left] = organization.active(["One", "Two", "Three"]);
    let mut session = Session::start(organization.certs(["deactivate", &one, &two]));
    session.until(TYPED);
    session.type_in("2\n");
    assert_eq!(session.exit().0, 0);
    assert_eq!(organization.active_ids().len(), 1);
}

#[test]
fn a_question_fits_the_terminal() {
    let organization = Organization::new();
    let id = organization.upload("The certificate authority of the branch office");
    let mut session = Session::start(organization.certs(["activate", "--allow-lockout", &id]));
    let shown = session.until(TYPED).to_owned();
    session.type_in("n\n");
    session.exit();
    assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 60), "{shown}");
}

#[test]
fn declining_changes_nothing_and_yes_skips_the_question() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let changes: [&[&str]; 2] = [&["activate", "--project", "proj_a", &id], &["delete", &id]];
    for change in changes {
        let mut session = Session::start(organization.certs(change.iter().copied()));
        session.until("at 127.0.0.1");
        session.type_in("no\n");
        let (exit, shown) = session.exit();
        assert_eq!(exit, 2, "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
    }
    let (exit, shown) = Session::start(organization.certs(["delete", &id, "--yes"])).exit();
    assert_eq!(exit, 0, "{shown}");
    assert!(!shown.contains(TYPED), "{shown}");
}

#[test]
fn an_upload_and_a_rename_need_no_confirmation() {
    let organization = Organization::new();
    let file = TemporaryFile::new(authority("Root"));
    let (exit, shown) = Session::start(organization.certs(["upload", file.path()])).exit();
    assert_eq!(exit, 0, "{shown}");
    let id = organization.upload("Another");
    let (exit, shown) = Session::start(organization.certs(["rename", &id, "New"])).exit();
    assert_eq!(exit, 0, "{shown}");
}

#[test]
fn continuous_integration_is_never_prompted() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    let mut command = organization.certs(["deactivate", "--allow-unenforced", &id]);
    command.env("CI", "true");
    let (exit, shown) = Session::start(command).exit();
    assert!(exit == 2 && shown.contains("--yes"), "{shown}");
    let mut command = organization.certs(["deactivate", "--allow-unenforced", &id]);
    command.env("CI", "");
    let mut session = Session::start(command);
    session.until(TYPED);
    session.type_in("\u{3}");
    assert_eq!(session.exit().0, 130);
    assert_eq!(organization.active_ids().len(), 1);
}

/// The command with a key from a pipe, in a session that has a terminal, or none.
fn behind_a_pipe(command: &Command, terminal: bool) -> Session {
    let mut piped = Command::new("setsid");
    piped.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    piped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    piped.arg("--wait").args(terminal.then_some("--ctty"));
    let script = r#"printf %s "$OPENAI_ADMIN_KEY" | "$@" --admin-key-file - 2> /dev/null"#;
    piped.args(["sh", "-c", script, "sh"]);
    piped.arg(command.get_program()).args(command.get_args());
    Session::start_in(piped)
}

#[test]
fn the_question_is_on_the_terminal_whatever_stdin_and_stderr_are() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    for (input, exit) in [("n\n", 2), ("Root\n", 0)] {
        let mut session =
            behind_a_pipe(&organization.certs(["deactivate", "--allow-unenforced", &id]), true);
        session.until(TYPED);
        assert_eq!(organization.active_ids().len(), 1);
        session.type_in(input);
        assert_eq!(session.exit().0, exit, "{input:?}");
    }
    assert!(organization.active_ids().is_empty());
}

#[test]
fn without_a_terminal_nothing_is_changed_unless_yes_is_given() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    for command in ["deactivate", "activate", "delete"] {
        let (exit, shown) = behind_a_pipe(&organization.certs([command, &id]), false).exit();
        assert_eq!(exit, 2, "{shown}");
    }
    assert_eq!(organization.active_ids().len(), 1);
}

#[test]
fn the_table_fits_the_terminal() {
    let organization = Organization::new();
    organization.upload("The certificate authority of the branch office");
    let (exit, shown) = Session::start(organization.certs(["list", "--color", "never"])).exit();
    assert_eq!(exit, 0);
    let table = shown.lines().take_while(|line| !line.trim().is_empty());
    assert!(table.into_iter().all(|line| line.chars().count() <= 60), "{shown}");
}

#[test]
fn an_interrupted_change_is_awaited_and_then_may_have_been_made() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    let slow = Fault::on(Endpoint::DeactivateOrganizationCertificates)
        .delay(std::time::Duration::from_secs(3600));
    organization.emulator.set_faults(vec![slow]);
    let mut command =
        organization.certs(["deactivate", "--yes", "--allow-unenforced", "--verbose", &id]);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::null());
    let child = child.spawn().unwrap();
    while organization.seen(Endpoint::DeactivateOrganizationCertificates).is_empty() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("may have been made"), "{stderr}");
}
