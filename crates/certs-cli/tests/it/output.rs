//! Results on stdout, and nothing else there.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use certs_emulator::{Endpoint, Fault};

use crate::support::{File, Organization, Run, authority, certs};

#[test]
fn a_table_fits_sixty_columns() {
    let organization = Organization::new();
    organization.upload("The certificate authority of the branch office in Åkersberga 東京");
    organization.upload("Root");
    let id = organization.upload("Short");
    let mut command = organization.certs(["list"]);
    let run = Run::of(command.env("COLUMNS", "60"));
    assert_eq!(run.exit, 0);
    assert!(run.out.contains(&id), "an id that can be copied: {}", run.out);
    let mut table = run.out.lines().take_while(|line| !line.is_empty());
    assert!(table.all(|line| line.chars().count() <= 60), "{}", run.out);
    // Piped, each certificate has a line of its own.
    assert_eq!(
        organization.run(["list"]).out.lines().filter(|line| line.starts_with("cert_")).count(),
        3
    );
}

#[test]
fn a_name_is_truncated_in_tables_only() {
    let organization = Organization::new();
    let name = "é漢".repeat(50_000);
    let one = serde_json::json!({ "object": "x", "id": "cert_a", "created_at": 1, "name": name });
    let list = serde_json::json!({ "object": "list", "data": [one.clone()], "has_more": false });
    let get = Fault::on(Endpoint::GetCertificate).respond(http::StatusCode::OK, one);
    let list =
        Fault::on(Endpoint::ListOrganizationCertificates).respond(http::StatusCode::OK, list);
    organization.emulator.set_faults(vec![list, get]);
    let cut = format!("{}…", "é漢".repeat(100));
    for table in [&["list"][..], &["get", "cert_a"]] {
        let run = organization.run(table.iter().copied());
        assert!(run.out.contains(&cut) && run.out.chars().count() < 1000, "{}", run.out.len());
        let run = Run::of(organization.certs(table.iter().copied()).env("COLUMNS", "60"));
        assert!(run.out.chars().count() < 1000, "{}", run.out.len());
    }
    let json = organization.run(["list", "--output", "json"]).json();
    assert_eq!(json["data"][0]["name"], name);
}

#[test]
fn a_long_server_message_is_truncated_and_the_rest_of_the_sentence_kept() {
    let organization = Organization::new();
    let body = serde_json::json!({ "error": { "message": "é ".repeat(10_000) } });
    let fault = |status| Fault::any().respond(status, body.clone());
    for (status, words) in [
        (http::StatusCode::BAD_REQUEST, "nothing was changed"),
        (http::StatusCode::INTERNAL_SERVER_ERROR, "repeating it is safe"),
    ] {
        organization.emulator.set_faults(vec![fault(status)]);
        let run = organization.run(["rename", "cert_a", "New", "--max-retries", "0"]);
        assert!((2000..2400).contains(&run.err.chars().count()), "{} bytes", run.err.len());
        assert!(run.err.contains("request id: req_") && run.err.contains(words), "{run:?}");
    }
}

#[test]
fn an_empty_list_is_announced_on_stderr_only() {
    let organization = Organization::new();
    let table = organization.run(["list"]);
    assert_eq!((table.exit, table.out.as_str()), (0, ""));
    assert!(table.err.contains("no certificates"));
    assert_eq!(
        organization.run(["list", "--output", "json"]).json(),
        serde_json::json!({ "data": [] })
    );
}

#[test]
fn projects_are_listed_and_archived_ones_with_a_flag() {
    let organization =
        Organization::with(|builder| builder.archived_project("proj_old".parse().unwrap()));
    let listed = organization.run(["projects"]).out;
    assert!(listed.contains("proj_a") && !listed.contains("proj_old"));
    let all = organization.run(["projects", "--include-archived"]).out;
    assert!(all.contains("proj_old") && all.contains("archived"));
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let organization = Organization::new();
    organization.upload("Root");
    let mut child = organization.certs(["list"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Runs a command whose results go to a full disk.
#[cfg(target_os = "linux")]
fn on_a_full_disk(mut command: std::process::Command) -> Run {
    command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    Run::of(&mut command)
}

#[cfg(target_os = "linux")]
#[test]
fn a_change_whose_result_cannot_be_printed_is_reported_with_its_ids() {
    let organization = Organization::new();
    let (one, two) = (organization.upload("One"), organization.upload("Two"));
    let file = File::new(authority("Root"));
    let changes: [(&[&str], &str); 7] = [
        (&["upload", file.path()], "uploaded as cert_"),
        (&["rename", &one, "New"], "was renamed"),
        (&["rename", &one, "New", "--output", "json"], "was renamed"),
        (&["activate", "--yes", "--allow-lockout", &one, &two], "in the organization"),
        (&["deactivate", "--yes", "--allow-unenforced", &one, &two], "in the organization"),
        (&["delete", "--yes", &one], "was deleted"),
        (&["delete", "--yes", &two, "--output", "json"], "was deleted"),
    ];
    for (change, words) in changes {
        let run = on_a_full_disk(organization.certs(change.iter().copied()));
        assert_eq!(run.exit, 5, "{run:?}");
        let ids = change.iter().filter(|word| word.starts_with("cert_")).copied();
        for expected in ids.chain([words, "but the result cannot be printed: "]) {
            assert!(run.err.contains(expected), "{expected}: {run:?}");
        }
        assert!(!run.err.contains("may have been made"), "{run:?}");
    }
    assert_eq!(organization.run(["get", &one]).exit, 2, "it is deleted");
}

#[cfg(target_os = "linux")]
#[test]
fn a_reading_that_cannot_be_printed_is_not_reported_as_a_change() {
    let organization = Organization::new();
    let id = organization.upload("One");
    for read in [&["list"][..], &["get", &id], &["projects"], &["list", "--output", "json"]] {
        let run = on_a_full_disk(organization.certs(read.iter().copied()));
        assert_eq!(run.exit, 4, "{run:?}");
        assert!(run.err.contains("the result cannot be printed"), "{run:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_toggle_without_effect_is_reported_even_where_nothing_can_be_printed() {
    let organization = Organization::new();
    let [id] = organization.active(["Root"]);
    let nothing = serde_json::json!({ "object": "x", "data": [] });
    let fault = Fault::on(Endpoint::DeactivateOrganizationCertificates);
    organization.emulator.set_faults(vec![fault.respond(http::StatusCode::OK, nothing)]);
    let run = on_a_full_disk(organization.certs([
        "deactivate",
        "--yes",
        "--allow-unenforced",
        "--timeout",
        "1",
        &id,
    ]));
    assert_eq!(run.exit, 5, "{run:?}");
    assert!(run.err.contains("does not show the change"), "{run:?}");
}

/// The first line of stdout is the server's address; signals end it cleanly.
#[cfg(unix)]
#[test]
fn the_emulator_serves_until_a_signal() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::INT, Signal::TERM] {
        let mut command = certs();
        command.args(["emulator", "--listen", "127.0.0.1:0", "--admin-key", "KEY"]);
        command.args(["--project", "proj_a", "--project", "proj_b"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let base = line.strip_prefix("listening on ").unwrap();
        assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/v1"), "{line}");
        let mut list = certs();
        list.env("OPENAI_BASE_URL", base).env("OPENAI_ADMIN_KEY", "KEY");
        assert!(Run::of(list.arg("projects")).out.contains("proj_b"));
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
