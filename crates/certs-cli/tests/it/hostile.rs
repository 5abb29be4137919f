//! No text from a server, a file, an argument or the environment reaches a terminal unfiltered.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::sync::LazyLock;

use certs_emulator::{Endpoint, Fault};
use http::{HeaderName, HeaderValue, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::support::{File, KEY, Organization, Run, authority, certs};

/// Text that controls a terminal, changes the reading direction, is invisible, ends a line or opens an element.
const PIECES: [&str; 26] = [
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{1b}P",
    "\u{9b}31m",
    "\u{9d}0;title\u{9c}",
    "\u{7f}",
    "\u{8}",
    "\r",
    "\n",
    "\t",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{61c}",
    "\u{200b}",
    "\u{200f}",
    "\u{202e}",
    "\u{2066}",
    "\u{ad}",
    "\u{feff}",
    "\u{e0041}",
    "<script>alert(1)</script>",
    "\" onload=\"x",
    "&lt;",
    "Root",
    KEY,
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => select(&PIECES[..]).prop_map(str::to_owned), 1 => any::<String>()];
    vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

/// A text that is possible in an argument, a file's name or a variable.
fn argument() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace('\0', "").replace(KEY, "key"))
}

/// Whether a character is visible, and does not control the terminal.
fn is_shown(c: char) -> bool {
    let hides = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    );
    !c.is_control() && !hides
}

/// Checks that the output of a command contains only visible text, and no key.
fn check(run: &Run, format: &str) {
    for (printed, separator) in [(&run.out, (format == "tsv").then_some('\t')), (&run.err, None)] {
        let wrong = printed.chars().find(|&c| !is_shown(c) && c != '\n' && Some(c) != separator);
        assert_eq!(wrong, None, "{printed:?}");
        assert!(!printed.contains(KEY), "{printed:?}");
    }
    assert!(format != "html" || !run.out.contains("<script>"), "{run:?}");
}

/// Makes the server send this text in every field, or refuse everything with this status.
fn set_text(organization: &Organization, text: &str, refused: Option<u16>) {
    let certificate = |id: &str, active: bool| {
        json!({
            "object": "certificate", "id": id, "name": text, "active": active, "created_at": 1_700_000_000,
            "certificate_details": { "expires_at": 4_102_444_800_u32, "content": text },
        })
    };
    let list = |data: Value| json!({ "object": "list", "data": data, "has_more": false });
    let certificates = || list(json!([certificate("cert_a", true), certificate("cert_b", false)]));
    let project = |id: &str| {
        json!({
            "object": "organization.project", "id": id, "name": text, "status": "active", "created_at": 1,
        })
    };
    let event = json!({
        "object": "organization.audit_log", "id": text, "type": "certificate.updated",
        "effective_at": 1_700_000_000, "project": { "id": text, "name": text },
        "actor": { "type": "session", "session": { "user": { "id": text, "email": text },
            "ip_address": text } },
        "certificate.updated": { "id": "cert_a", "name": text },
    });
    let responses = [
        (Endpoint::ListOrganizationCertificates, certificates()),
        (Endpoint::ListProjectCertificates, certificates()),
        (Endpoint::GetCertificate, certificate("cert_a", true)),
        (Endpoint::ModifyCertificate, certificate("cert_a", true)),
        (Endpoint::UploadCertificate, certificate("cert_a", false)),
        (Endpoint::ListProjects, list(json!([project("proj_a"), project("proj_b")]))),
        (Endpoint::ListAuditLogs, list(json!([event]))),
    ];
    // A header cannot contain control characters. If other text is invalid in it, the header is a plain one.
    let value = HeaderValue::from_bytes(text.replace(char::is_control, "").as_bytes());
    let value = value.unwrap_or_else(|_| HeaderValue::from_static("req_1"));
    let headers = ["x-request-id", "openai-organization", "x-other"];
    let with_headers = |fault: Fault| {
        headers
            .into_iter()
            .fold(fault, |fault, name| fault.header(HeaderName::from_static(name), value.clone()))
    };
    let faults = match refused {
        Some(status) => {
            let body =
                json!({ "error": { "message": text, "code": text, "type": text, "param": text } });
            vec![Fault::any().respond(StatusCode::from_u16(status).unwrap(), body)]
        }
        None => responses.map(|(on, body)| Fault::on(on).respond(StatusCode::OK, body)).into(),
    };
    organization.emulator.set_faults(faults.into_iter().map(with_headers).collect());
}

/// Commands that print what a server sent, and the formats of each.
const READINGS: [(&[&str], &[&str]); 14] = [
    (&["list"], &["table", "json", "jsonl", "tsv", "ids"]),
    (&["list", "-vv"], &["table", "json"]),
    (&["list", "--project", "proj_a"], &["table", "tsv"]),
    (&["get", "cert_a"], &["table", "json"]),
    (&["get", "Root"], &["table", "json"]),
    (&["rename", "cert_a", "New"], &["table", "json"]),
    (&["projects"], &["table", "json", "jsonl", "tsv", "ids"]),
    (&["where"], &["table", "json", "tsv", "html"]),
    (&["log"], &["table", "json"]),
    (&["check"], &["nagios", "json"]),
    (&["doctor"], &["table", "json"]),
    (&["export"], &["table"]),
    (&["retire", "cert_a", "--dry-run"], &["table", "json"]),
    (&["deactivate", "cert_a", "--yes", "--timeout", "1"], &["table", "json"]),
];

fn reading() -> impl Strategy<Value = (&'static [&'static str], &'static str)> {
    select(&READINGS[..]).prop_flat_map(|(arguments, formats)| (Just(arguments), select(formats)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn text_from_a_server_is_filtered(
        text in text(),
        (arguments, format) in reading(),
        refused in select(&[None, None, Some(400), Some(401), Some(404), Some(500)][..]),
    ) {
        static ORGANIZATION: LazyLock<Organization> = LazyLock::new(Organization::new);
        // Only refusals must hide the key: the name of a certificate may be any text.
        let text = if refused.is_some() { text } else { text.replace(KEY, "key") };
        set_text(&ORGANIZATION, &text, refused);
        let always = ["--output", format, "--max-retries", "0", "--color", "never"];
        let always = if format == "table" { &always[2..] } else { &always[..] };
        let mut command = ORGANIZATION.certs(arguments.iter().chain(always).copied());
        check(&Run::of(command.env("COLUMNS", "100")), format);
    }

    #[test]
    fn text_in_arguments_and_variables_is_filtered(
        text in argument(),
        how in 0..GIVEN.len(),
        format in select(&["table", "json"][..]),
    ) {
        static ORGANIZATION: LazyLock<Organization> = LazyLock::new(Organization::new);
        check_given(&ORGANIZATION, GIVEN[how], &text, format);
    }

    #[test]
    fn text_in_a_file_is_filtered(
        text in text().prop_map(|text| text.replace(KEY, "key")),
        how in 0..HELD.len(),
        format in select(&["table", "json"][..]),
    ) {
        static ORGANIZATION: LazyLock<Organization> = LazyLock::new(Organization::new);
        check_given(&ORGANIZATION, HELD[how], &text, format);
    }
}

type Give = fn(&mut Command, &str) -> Option<File>;

/// Gives the command a text, and checks what it prints.
fn check_given(organization: &Organization, give: Give, text: &str, format: &str) {
    set_text(organization, "Root", None);
    let mut command = organization.certs(["--max-retries", "0", "--output", format]);
    let file = give(&mut command, text);
    check(&Run::of(&mut command), format);
    drop(file);
}

/// Where a text is given: in an argument, as a file's name, in a variable.
const GIVEN: [Give; 17] = [
    |command, text| none(command.args(["list", text])),
    |command, text| none(command.arg(text)),
    |command, text| none(command.args(["list", "--output", text])),
    |command, text| none(command.args(["list", "--name", text])),
    |command, text| none(command.args(["list", "--project", text])),
    |command, text| none(command.args(["get", "--", text])),
    |command, text| none(command.args(["deactivate", "--yes", "--", text])),
    |command, text| none(command.args(["upload", "--", text])),
    |command, text| none(command.args(["plan", "--", text])),
    |command, text| none(command.args(["list", "--admin-key-file"]).arg(format!("/{text}"))),
    |command, text| none(command.args(["list", "--profile"]).arg(format!("={text}"))),
    |command, text| none(command.args(["where", "--resume"]).arg(format!("/nowhere/{text}"))),
    |command, text| none(command.arg("list").env("OPENAI_BASE_URL", text)),
    |command, text| none(command.arg("list").env("OPENAI_ADMIN_KEY", text)),
    |command, text| none(command.arg("list").env("CERTS_PROFILE", text)),
    |command, text| {
        none(command.args(["list", "--base-url", "https://localhost:1/v1"]).env("ALL_PROXY", text))
    },
    |command, text| {
        let bytes = [b"/\xe9", text.as_bytes()].concat();
        none(command.arg("list").env("XDG_CONFIG_HOME", OsStr::from_bytes(&bytes)))
    },
];

fn none(_: &mut Command) -> Option<File> {
    None
}

/// The files that can contain a text.
const HELD: [Give; 9] = [
    |command, text| in_file(command.arg("upload"), text),
    |command, text| in_file(command.arg("upload"), &authority(&text.replace('\0', ""))),
    |command, text| in_file(command.arg("upload"), &format!("-----BEGIN {text}-----\n{text}\n")),
    |command, text| in_file(command.arg("verify"), &authority(&text.replace('\0', ""))),
    |command, text| {
        in_file(command.arg("plan"), &format!("[certificate.{text:?}]\nactive = [{text:?}]\n"))
    },
    |command, text| in_file(command.arg("plan"), text),
    |command, text| in_file(command.args(["deactivate", "--yes", "--ids-from"]), text),
    |command, text| in_file(command.args(["list", "--admin-key-file"]), text),
    |command, text| in_file(command.args(["where", "--resume"]), text),
];

fn in_file(command: &mut Command, content: &str) -> Option<File> {
    let file = File::new(content);
    command.arg(file.path());
    Some(file)
}

#[test]
fn the_profiles_of_a_configuration_are_filtered() {
    let home = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("hostile-{}", std::process::id()));
    std::fs::create_dir_all(home.join("certs")).unwrap();
    for piece in PIECES.into_iter().filter(|&piece| piece != KEY) {
        let key = piece.escape_unicode().to_string().replace("\\u{", "\\U").replace('}', "");
        let key: String =
            key.split("\\U").skip(1).map(|digits| format!("\\U{digits:0>8}")).collect();
        for config in [
            format!(
                "[profile.\"{key}\"]\nbase_url = \"{key}\"\n[profile.default]\nbase_url = \"{key}\"\n"
            ),
            format!("[profile.default]\n\"{key}\" = 1\n"),
            format!(
                "[profile.default]\nca_file = \"{key}\"\nbase_url = \"https://localhost:1/v1\"\n"
            ),
            format!("# {piece}\n[profile"),
        ] {
            std::fs::write(home.join("certs/config.toml"), config).unwrap();
            for arguments in
                [&["config"][..], &["list", "--max-retries", "0"], &["list", "--profile", "x"]]
            {
                let mut command = certs();
                command.env("XDG_CONFIG_HOME", &home).env("OPENAI_ADMIN_KEY", KEY).args(arguments);
                check(&Run::of(&mut command), "table");
            }
        }
    }
    let _ = std::fs::remove_dir_all(home);
}
