//! One list in every format, and its table at two widths.

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::json;

use crate::support::{Organization, Run};

/// Prints a list of three certificates with unusual names.
fn list(arguments: &[&str], columns: &str) -> String {
    let organization = Organization::new();
    let certificate = |id: &str, name: Option<&str>, active: bool| {
        json!({
            "object": "organization.certificate", "id": id, "name": name, "active": active,
            "created_at": 1_700_000_000, "certificate_details": { "expires_at": 4_102_444_800_u32 },
        })
    };
    let long = "The certificate authority of the branch office in Åkersberga, second floor";
    let data = [
        certificate("cert_000000000000000000000001", Some("漢字の認証局 👩‍💻\t\u{2028}\n"), true),
        certificate("cert_000000000000000000000002", Some(long), false),
        certificate("cert_000000000000000000000003", None, false),
    ];
    let page = json!({ "object": "list", "data": data, "has_more": false });
    let fault = Fault::on(Endpoint::ListOrganizationCertificates).respond(StatusCode::OK, page);
    organization.emulator.set_faults(vec![fault]);
    let mut command = organization.certs(["list"].into_iter().chain(arguments.iter().copied()));
    let run = Run::of(command.env("COLUMNS", columns));
    assert_eq!(run.exit, 0, "{run:?}");
    run.out
}

/// The lines of the table, without the note below it.
fn table(columns: &str) -> Vec<String> {
    list(&[], columns).lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_table_of_100_columns_truncates_the_longest_name() {
    assert_eq!(
        table("100"),
        [
            "ID                             NAME                                               ACTIVE  EXPIRES",
            "cert_000000000000000000000001  漢字の認証局 👩‍💻���                                 yes     2100-01-01",
            "cert_000000000000000000000002  The certificate authority of the branch office i…  no      2100-01-01",
            "cert_000000000000000000000003  -                                                  no      2100-01-01",
        ]
    );
}

#[test]
fn a_table_of_60_columns_gives_names_lines_of_their_own() {
    assert_eq!(
        table("60"),
        [
            "ID                             ACTIVE  EXPIRES",
            "cert_000000000000000000000001  yes     2100-01-01",
            "  漢字の認証局 👩‍💻���",
            "cert_000000000000000000000002  no      2100-01-01",
            "  The certificate authority of the branch office in Åkersbe…",
            "cert_000000000000000000000003  no      2100-01-01",
        ]
    );
}

#[test]
fn every_row_is_one_line_whatever_names_contain() {
    for format in ["jsonl", "tsv", "ids"] {
        let rows = list(&["--output", format], "60");
        let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        assert_eq!(rows.split_terminator(breaks).count(), 3, "{format}: {rows:?}");
    }
    let tsv = list(&["--output", "tsv"], "60");
    let fields = tsv.lines().map(|line| line.split('\t').count());
    assert!(fields.eq([5, 5, 5]), "{tsv}");
    let json: serde_json::Value =
        serde_json::from_str(list(&["--output", "jsonl"], "60").lines().next().unwrap()).unwrap();
    assert_eq!(json["name"], "漢字の認証局 👩‍💻\t\u{2028}\n");
}

#[test]
fn lists_are_filtered_and_sorted_with_missing_names_last() {
    let ids = |arguments: &[&str]| {
        let ids = list(&[arguments, &["--output", "ids"]].concat(), "60");
        ids.lines().map(|id| id.chars().last().unwrap()).collect::<String>()
    };
    assert_eq!(ids(&[]), "123");
    assert_eq!(ids(&["--active"]), "1");
    assert_eq!(ids(&["--inactive", "--limit", "1"]), "2");
    assert_eq!(ids(&["--sort", "name"]), "213");
    assert_eq!(ids(&["--name", "*branch*"]), "2");
    assert_eq!(ids(&["--expired"]), "");
    assert_eq!(ids(&["--expires-within", "36500d"]), "123");
}

#[test]
fn the_last_of_repeated_flags_counts() {
    assert_eq!(
        list(&["-o", "json", "-o", "ids", "--limit", "3", "--limit", "1"], "60").lines().count(),
        1
    );
}
