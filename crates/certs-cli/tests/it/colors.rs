//! Colors, widths and the progress bar on a terminal.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::json;

use crate::support::{Organization, Run};
use crate::terminal::Session;

const DAY: i64 = 86_400;

/// An organization whose list has certificates that expire at different times.
fn expiring() -> Organization {
    let organization = Organization::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let certificate = |id: &str, active: bool, left: i64| {
        // Half a day more, so that the number of days does not change during a test.
        let expires_at = now + left * DAY + DAY / 2;
        json!({
            "object": "organization.certificate", "id": id, "name": id, "active": active,
            "created_at": 1_700_000_000, "certificate_details": { "expires_at": expires_at },
        })
    };
    let data = [
        certificate("cert_past", false, -3),
        certificate("cert_red", true, 6),
        certificate("cert_yellow", false, 29),
        certificate("cert_plain", true, 31),
    ];
    let page = json!({ "object": "list", "data": data, "has_more": false });
    let fault = Fault::on(Endpoint::ListOrganizationCertificates).respond(StatusCode::OK, page);
    organization.emulator.set_faults(vec![fault]);
    organization
}

fn list(organization: &Organization, more: &[&str]) -> Command {
    let mut command = organization.certs(["list"].into_iter().chain(more.iter().copied()));
    command.env("TERM", "xterm");
    command
}

fn on_terminal(command: Command) -> String {
    let (exit, shown) = Session::start(command).exit();
    assert_eq!(exit, 0, "{shown}");
    shown
}

/// A text without the sequences that color it.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut uncolored = parts.next().unwrap().to_owned();
    uncolored.extend(parts.map(|part| part.split_once('m').unwrap().1));
    uncolored
}

/// The line of a certificate.
fn line<'a>(text: &'a str, id: &str) -> &'a str {
    text.lines().find(|line| line.contains(id)).unwrap()
}

#[test]
fn colors_mark_expiry_active_certificates_and_ids() {
    let shown = on_terminal(list(&expiring(), &[]));
    let (bold, dim, red, yellow) = ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[33m");
    for id in ["cert_past", "cert_red", "cert_yellow", "cert_plain"] {
        assert!(line(&shown, id).starts_with(&format!("{dim}{id}\u{1b}[0m")), "{shown:?}");
    }
    let has = |id: &str, color: &str| line(&shown, id).contains(color);
    assert!(has("cert_past", red) && line(&shown, "cert_past").contains(" expired\u{1b}[0m"));
    assert!(has("cert_red", red) && line(&shown, "cert_red").contains(" in 6 d\u{1b}[0m"));
    assert!(has("cert_yellow", yellow) && line(&shown, "cert_yellow").contains(" in 29 d"));
    assert!(!has("cert_plain", red) && !has("cert_plain", yellow));
    assert!(has("cert_plain", &format!("{bold}yes")) && !has("cert_past", bold), "{shown:?}");
}

#[test]
fn no_information_is_in_a_color_alone() {
    let organization = expiring();
    let colored = on_terminal(list(&organization, &["--color", "always"]));
    let uncolored = on_terminal(list(&organization, &["--color", "never"]));
    assert!(colored.contains("\u{1b}[31m") && !uncolored.contains('\u{1b}'));
    assert_eq!(without_colors(&colored), uncolored);
}

#[test]
fn colors_can_be_switched_off_and_are_off_behind_a_pipe() {
    let organization = expiring();
    let with = |name: &str, value: &str| {
        let mut command = list(&organization, &[]);
        command.env(name, value);
        on_terminal(command)
    };
    assert!(!with("NO_COLOR", "1").contains('\u{1b}'));
    assert!(!with("TERM", "dumb").contains('\u{1b}'));
    assert!(with("NO_COLOR", "").contains('\u{1b}'), "an empty variable counts as unset");
    assert!(!Run::of(&mut list(&organization, &[])).out.contains('\u{1b}'));
    let forced = Run::of(&mut list(&organization, &["--color", "always"]));
    assert!(forced.out.contains("\u{1b}[31m"), "{forced:?}");
}

/// The command in a shell on the terminal, in whose script it is `"$@"`.
fn in_shell(command: &Command, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
    shell
}

#[test]
fn a_table_behind_a_pipe_still_fits_the_terminal() {
    let organization = Organization::new();
    organization.upload("The certificate authority of the branch office in Åkersberga");
    let shown = on_terminal(in_shell(&list(&organization, &[]), "\"$@\" | cat"));
    let table: Vec<_> = shown.lines().take_while(|line| !line.trim().is_empty()).collect();
    assert_eq!(table.len(), 3, "{shown}");
    assert!(table.iter().all(|line| line.trim_end().chars().count() <= 60), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

/// `certs where` in an organization whose server is slow.
fn slow_where(organization: &Organization) -> Command {
    let slow = Fault::on(Endpoint::ListProjectCertificates).delay(Duration::from_millis(150));
    organization.emulator.set_faults(vec![slow]);
    let mut command = organization.certs(["where", "--output", "tsv"]);
    command.env("TERM", "xterm");
    command
}

#[test]
fn a_long_reading_has_a_bar_on_a_terminal_which_is_removed_at_the_end() {
    let organization = Organization::new();
    organization.upload("Root");
    let mut session = Session::start(slow_where(&organization));
    let bar = session.until(" left ").to_owned();
    assert!(bar.contains("lists read: ") && bar.contains(" of "), "{bar:?}");
    let (exit, shown) = session.exit();
    assert_eq!(exit, 0, "{shown}");
    let after = shown.rsplit_once(" left ").unwrap().1;
    assert!(after.contains("\u{1b}[2K"), "the line of the bar is erased: {after:?}");
    assert!(after.contains("proj_a\t"), "and the result follows: {after:?}");
}

#[test]
fn there_is_no_bar_behind_a_pipe() {
    let organization = Organization::new();
    organization.upload("Root");
    let shown = on_terminal(in_shell(&slow_where(&organization), "\"$@\" 2>&1 | cat"));
    assert!(shown.contains("certs: lists read: 0 of "), "{shown:?}");
    assert!(!shown.contains('\u{1b}') && !shown.contains(" left "), "{shown:?}");
}
