//! Wrong usage and input: refused with one sentence and exit code 2, before anything is sent.

use crate::support::{File, KEY, Organization, Run, authority, certs};

/// Asserts that a run was refused with a sentence that contains these words.
fn refused(organization: &Organization, run: &Run, words: &str) {
    assert_eq!((run.exit, run.out.as_str()), (2, ""), "{run:?}");
    assert!(run.err.lines().next().is_some_and(|line| line.contains(words)), "{words}: {run:?}");
    assert!(!organization.sent_anything(), "{words}");
}

#[test]
fn invalid_ids_are_never_sent() {
    let organization = Organization::new();
    let rows: [&[&str]; 4] = [&[""], &["../projects"], &["cert_a\r\nx: y"], &["cert_a", ""]];
    for command in ["activate", "deactivate"] {
        refused(&organization, &organization.run([command, "--yes"]), "at least one");
        for ids in rows {
            let file = File::new(serde_json::json!(ids).to_string());
            let run = organization.run([command, "--yes", "--ids-from", file.path()]);
            refused(&organization, &run, "--ids-from");
        }
    }
    refused(&organization, &organization.run(["list", "--project", "a/b"]), "--project");
}

#[test]
fn a_file_without_a_certificate_is_never_sent() {
    let organization = Organization::new();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let both = format!("{}{key}", authority("Root"));
    let two = format!("{}{}", authority("One"), authority("Two"));
    let rows = [
        (key.as_str(), "private key"),
        (&both, "private key"),
        (&two, "2 certificates"),
        ("", "PEM"),
        ("hello", "PEM"),
    ];
    for (content, words) in rows {
        let file = File::new(content);
        refused(&organization, &organization.run(["upload", file.path()]), words);
        let piped = Run::with_stdin(&mut organization.certs(["upload", "-"]), content);
        refused(&organization, &piped, words);
    }
    let not_text = File::new([0xff, 0xfe, 0x00]);
    refused(&organization, &organization.run(["upload", not_text.path()]), "PEM");
    refused(&organization, &organization.run(["upload", "/does/not/exist"]), "/does/not/exist");
}

#[test]
fn a_missing_key_is_reported_and_nothing_is_sent() {
    let organization = Organization::new();
    for empty in [false, true] {
        let mut command = organization.certs(["list"]);
        if empty {
            command.env("OPENAI_ADMIN_KEY", "")
        } else {
            command.env_remove("OPENAI_ADMIN_KEY")
        };
        refused(&organization, &Run::of(&mut command), "OPENAI_ADMIN_KEY");
    }
}

#[test]
fn invalid_settings_are_refused() {
    let organization = Organization::new();
    let file = File::new("no PEM");
    let rows: [(&[&str], &str); 8] = [
        (&["--base-url", "http://api.example/v1"], "https"),
        (&["--base-url", "https://user:word@api.example/v1"], "--base-url"),
        (&["--timeout", "0"], "more than 0"),
        (&["--timeout", "soon"], "seconds"),
        (&["--client-cert", file.path()], "--client-key"),
        (&["--client-key", file.path()], "--client-cert"),
        (&["--client-cert", file.path(), "--client-key", file.path()], file.path()),
        (&["--base-url", "https://localhost/v1", "--ca-file", file.path()], "--ca-file"),
    ];
    for (settings, words) in rows {
        let arguments = ["list"].iter().chain(settings).copied();
        refused(&organization, &organization.run(arguments), words);
    }
    let mut command = organization.certs(["list"]);
    refused(&organization, &Run::of(command.env("OPENAI_BASE_URL", "nonsense")), "OPENAI_BASE_URL");
}

#[test]
fn a_delete_without_a_terminal_needs_yes() {
    let organization = Organization::new();
    refused(&organization, &organization.run(["delete", "cert_a"]), "--yes");
}

#[test]
fn stdin_is_read_for_one_thing_only() {
    let organization = Organization::new();
    let mut command = organization.certs(["upload", "-", "--admin-key-file", "-"]);
    refused(&organization, &Run::with_stdin(&mut command, KEY), "both");
}

#[test]
fn the_key_can_come_from_a_file_stdin_or_a_flag() {
    let organization = Organization::new();
    let file = File::new(format!("{KEY}\n"));
    let bare = |arguments: &[&str]| {
        let mut command = certs();
        command.env("OPENAI_BASE_URL", organization.base_url()).arg("list").args(arguments);
        command
    };
    assert_eq!(Run::of(&mut bare(&["--admin-key-file", file.path()])).exit, 0);
    let piped = Run::with_stdin(&mut bare(&["--admin-key-file", "-"]), KEY);
    assert_eq!(piped.exit, 0, "{piped:?}");
    let flag = Run::of(&mut bare(&["--admin-key", KEY]));
    assert_eq!(flag.exit, 0);
    assert!(flag.err.contains("--admin-key-file"), "discouraged: {flag:?}");
    let both = Run::of(&mut bare(&["--admin-key", KEY, "--admin-key-file", file.path()]));
    assert_eq!(both.exit, 2);
}

#[test]
fn no_proxy_star_covers_addresses() {
    let organization = Organization::new();
    for (direct, proxied) in [("*", false), (" * ", false), ("", true), ("other.example", true)] {
        let mut command = organization.certs(["list", "--max-retries", "0"]);
        command.env("OPENAI_BASE_URL", "https://127.0.0.1:1/v1");
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", direct);
        let run = Run::of(&mut command);
        assert_eq!(run.exit, 4, "{run:?}");
        assert_eq!(
            run.err.contains("the proxy 127.0.0.1:1 cannot be reached"),
            proxied,
            "{direct:?}: {run:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn every_variable_that_cannot_be_read_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let organization = Organization::new();
    let value = std::ffi::OsStr::from_bytes(b"http://127.0.0.1:9/v1\xe9");
    for name in [
        "OPENAI_BASE_URL",
        "OPENAI_ADMIN_KEY",
        "CERTS_PROFILE",
        "COLUMNS",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
    ] {
        let mut command = organization.certs(["deactivate", "cert_a", "--yes"]);
        refused(&organization, &Run::of(command.env(name, value)), name);
    }
}

#[test]
fn a_base_url_that_does_not_end_in_v1_is_corrected() {
    let organization = Organization::new();
    let base = organization.base_url();
    let origin = base.strip_suffix("/v1").unwrap();
    for wrong in [origin, &format!("{origin}/"), &format!("{base}/organization/certificates")] {
        let run = organization.run(["list", "--base-url", wrong]);
        assert_eq!(run.exit, 1, "{run:?}");
        assert!(run.err.contains(&format!("give --base-url {base}\n")), "{wrong}: {run:?}");
    }
}

#[test]
fn a_variable_that_names_missing_roots_is_refused() {
    let organization = Organization::new();
    for (name, value) in [("SSL_CERT_FILE", "/nowhere/roots.pem"), ("SSL_CERT_DIR", "/nowhere")] {
        let mut command = organization.certs(["list", "--base-url", "https://localhost:1/v1"]);
        let run = Run::of(command.env(name, value));
        refused(&organization, &run, &format!("{name} {value}: No such file"));
    }
}

#[test]
fn names_that_are_too_long_are_refused_and_not_repeated_in_full() {
    let organization = Organization::new();
    let name = "n".repeat(100_000);
    let file = File::new(authority("Root"));
    for arguments in [
        &["upload", file.path(), "--name", &name][..],
        &["rename", "cert_a", &name],
        &["rotate", "begin", "cert_a", "--to", file.path(), "--name", &name],
    ] {
        refused(&organization, &organization.run(arguments.iter().copied()), "at most 4096 bytes");
    }
    let run = organization.run(["get", &name]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.err.len() < 5000, "{}", run.err.len());
}

#[test]
fn help_lists_the_exit_codes() {
    let run = Run::of(certs().arg("--help"));
    assert_eq!((run.exit, run.err.as_str()), (0, ""));
    for code in
        ["0  done", "1  the server", "2  wrong", "3  not auth", "4  could", "5  outcome unknown"]
    {
        assert!(run.out.contains(code), "{code}");
    }
    assert_eq!(Run::of(&mut certs()).exit, 2);
    assert_eq!(Run::of(certs().arg("frobnicate")).exit, 2);
}

#[test]
fn usage_errors_show_what_is_expected() {
    for (arguments, words) in [
        (&[][..], "no command was given\n  hint: certs --help"),
        (&["config"], "no command was given\n  hint: certs config --help"),
        (&["list", "--limit", "many"], "--limit <N>: give a whole number"),
        (&["lst"], "similar subcommands exist: 'ls', 'list'"),
        (&["list", "--projct", "proj_a"], "a similar argument exists: '--project'"),
    ] {
        let run = Run::of(certs().args(arguments));
        assert_eq!(run.exit, 2, "{run:?}");
        assert!(run.err.contains(words), "{run:?}");
    }
}
