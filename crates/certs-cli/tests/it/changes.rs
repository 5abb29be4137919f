//! What the commands do to an organization.

use certs_emulator::Endpoint;
use serde_json::json;

use crate::support::{File, KEY, Organization, Run, authority, certs};

#[test]
fn ten_certificates_are_deactivated_in_one_call() {
    let organization = Organization::new();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let ids = organization.active(names);
    let run = organization.run(
        ["deactivate", "--yes", "--allow-unenforced", "--output", "json"]
            .into_iter()
            .chain(ids.iter().map(String::as_str)),
    );
    let json = run.json();
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["data"]);
    for (object, id) in json["data"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!((&object["id"], &object["active"]), (&json!(id), &json!(false)));
        assert_eq!(object["object"], "organization.certificate");
    }
    assert_eq!(organization.seen(Endpoint::DeactivateOrganizationCertificates).len(), 1);
    assert!(organization.active_ids().is_empty());
}

#[test]
fn one_unknown_id_changes_nothing() {
    let organization = Organization::new();
    let [one, two] = organization.active(["One", "Two"]);
    let run = organization.run(["deactivate", "--yes", &one, &two, "cert_unknown"]);
    assert_eq!((run.exit, run.out.as_str()), (2, ""), "{run:?}");
    assert!(run.err.contains("cert_unknown"), "{run:?}");
    assert_eq!(organization.active_ids().len(), 2);
}

#[test]
fn projects_and_the_organization_are_toggled_separately() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    assert_eq!(organization.run(["activate", "--yes", "--project", "proj_a", &id]).exit, 0);
    let active_in = |project: &str| {
        let list = organization.run(["list", "--project", project, "--output", "json"]).json();
        list["data"][0]["active"].clone()
    };
    assert_eq!((active_in("proj_a"), active_in("proj_b")), (json!(true), json!(false)));
    assert!(organization.active_ids().is_empty());
    assert_eq!(organization.run(["deactivate", "--yes", &id]).exit, 0);
    assert_eq!(active_in("proj_a"), true);

    let refused = organization.run(["delete", "--yes", &id]);
    assert_eq!(refused.exit, 1);
    assert!(refused.err.contains("certificate_in_use"), "{refused:?}");
    assert_eq!(
        organization
            .run(["deactivate", "--yes", "--allow-unenforced", "--project", "proj_a", &id])
            .exit,
        0
    );
    assert_eq!(organization.run(["delete", "--yes", &id]).exit, 0);
    assert_eq!(organization.run(["get", &id]).exit, 2);
}

#[test]
fn json_of_one_certificate_is_the_object_of_the_api() {
    let organization = Organization::new();
    let pem = authority("Root");
    let mut upload = organization.certs(["upload", "-", "--output", "json"]);
    let created = Run::with_stdin(&mut upload, &pem).json();
    assert_eq!(created["object"], "certificate");
    let id = created["id"].as_str().unwrap();
    let renamed = organization.run(["rename", id, "-dash or not", "--output", "json"]);
    assert_eq!(renamed.exit, 2, "a name that looks like a flag is no name: {renamed:?}");
    let renamed = organization.run(["rename", "--output", "json", "--", id, "-dash or not"]).json();
    assert_eq!(renamed["name"], "-dash or not");
    let got = organization.run(["get", id, "--content", "--output", "json"]).json();
    assert_eq!(got["certificate_details"]["content"], pem.replace("\r\n", "\n"));
    assert_eq!(
        organization.run(["get", id, "--output", "json"]).json()["certificate_details"]["content"],
        json!(null)
    );
    let deleted = organization.run(["delete", "--yes", id, "--output", "json"]).json();
    assert_eq!(deleted, json!({ "object": "certificate.deleted", "id": id }));
}

#[test]
fn a_list_includes_every_page() {
    let organization = Organization::with(|builder| builder.certificate_limit(250));
    let body = json!({ "certificate": authority("Root") }).to_string().into_bytes();
    for _ in 0..101 {
        let request = http::Request::post("/v1/organization/certificates")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json")
            .body(body.clone());
        assert_eq!(organization.emulator.handle(request.unwrap()).status(), 200);
    }
    let list = organization.run(["list", "--output", "json"]).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 101);
    assert_eq!(organization.seen(Endpoint::ListOrganizationCertificates).len(), 2);
}

#[test]
fn an_upload_that_the_api_would_refuse_is_not_sent() {
    let organization = Organization::new();
    let leaf = rcgen::generate_simple_self_signed(["leaf.example".to_owned()]).unwrap();
    let file = File::new(leaf.cert.pem());
    let run = organization.run(["upload", file.path()]);
    assert_eq!(run.exit, 2);
    assert!(run.err.contains("CA:FALSE") && !organization.sent_anything(), "{run:?}");
}

#[test]
fn quiet_prints_the_id_alone_and_if_absent_finds_the_content() {
    let organization = Organization::new();
    let file = File::new(authority("Root"));
    let first = organization.run(["upload", file.path(), "--quiet"]);
    let again = organization.run(["upload", file.path(), "--if-absent", "-q", "--name", "Other"]);
    assert_eq!((again.exit, &again.out), (0, &first.out), "{again:?}");
    assert_eq!(organization.seen(Endpoint::UploadCertificate).len(), 1);
    let shown = organization.run(["get", first.out.trim()]).out;
    for fact in ["subject", "CN=Root", "issuer", "SHA-256", "EC P-256"] {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    assert!(!shown.contains("BEGIN CERTIFICATE"), "{shown}");
}

#[test]
fn the_demo_shows_the_main_job() {
    let run = Run::of(certs().arg("demo"));
    assert_eq!((run.exit, run.err.as_str()), (0, ""), "{run:?}");
    for words in ["confirms both", "idempotent", "all or none", "cert_unknown", "still active"] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
}

#[test]
fn a_change_in_several_projects_shows_where_each_state_is() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let run =
        organization.run(["activate", &id, "--yes", "--project", "proj_a", "--project", "proj_b"]);
    assert_eq!(run.exit, 0, "{run:?}");
    let rows: Vec<_> = run.out.lines().skip(1).map(str::to_owned).collect();
    let row = |project: &str| format!("{project}  {id}  Root  yes");
    assert!(rows[0].starts_with(&row("proj_a")) && rows[1].starts_with(&row("proj_b")), "{run:?}");

    let change = |format| {
        let projects = ["--project", "proj_a", "--project", "proj_b"];
        let allowed = ["deactivate", &id, "--yes", "--allow-unenforced", "--output", format];
        organization.run(allowed.into_iter().chain(projects))
    };
    let json = change("json").json();
    let row = |row: &serde_json::Value| (row["scope"].clone(), row["active"].clone());
    let rows: Vec<_> = json["data"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(json!("proj_a"), json!(false)), (json!("proj_b"), json!(false))]);
    let scope = |line: &str| line.rsplit('\t').next().unwrap().to_owned();
    let scopes: Vec<_> = change("tsv").out.lines().map(scope).collect();
    assert_eq!(scopes, ["proj_a", "proj_b"]);
    assert_eq!(change("jsonl").out.matches("\"scope\"").count(), 2);
    assert_eq!(change("ids").out, format!("{id}\n"));
}
