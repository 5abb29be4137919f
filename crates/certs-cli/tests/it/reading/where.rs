//! `certs where`

use certs_emulator::Endpoint;
use serde_json::{Value, json};

use super::{item, three_certificates, unreadable_project};
use crate::support::{Organization, Run};

fn with_an_archived_project() -> Organization {
    Organization::with(|builder| builder.archived_project("proj_old".parse().unwrap()))
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn shows_the_certificates_of_each_scope_and_the_scopes_of_each_certificate() {
    let organization = with_an_archived_project();
    let [root, payments, spare] = three_certificates(&organization);
    let run = organization.run(["where", "--output", "json"]);
    assert_eq!(run.exit, 0, "{run:?}");
    let document = document(&run);
    assert_eq!(document["complete"], true);
    assert_eq!(
        document["organization"],
        json!({ "observed": true, "active": [root], "enforced": true })
    );
    let projects = &document["projects"];
    let [a, b, old] = ["proj_a", "proj_b", "proj_old"].map(|id| item(projects, id));
    assert_eq!((&a["active"], &a["enforced_by"]), (&json!([payments]), &json!("project")));
    assert_eq!((&b["active"], &b["enforced_by"]), (&json!([]), &json!("organization")));
    assert_eq!((&b["status"], &old["status"]), (&json!("active"), &json!("archived")));
    let states = |id: &str| {
        let certificate = item(&document["certificates"], id);
        [
            &certificate["active_in_organization"],
            &certificate["active_in_projects"],
            &certificate["inherited"],
        ]
        .map(Value::clone)
    };
    assert_eq!(states(&root), [json!(true), json!([]), json!(true)]);
    assert_eq!(states(&payments), [json!(false), json!(["proj_a"]), json!(false)]);
    assert_eq!(states(&spare), [json!(false), json!([]), json!(false)]);
}

#[test]
fn makes_one_request_per_list_and_one_per_hundred_projects() {
    let organization = Organization::with(|builder| {
        (0..150)
            .fold(builder, |builder, n| builder.project(format!("proj_{n:03}").parse().unwrap()))
    });
    assert_eq!(organization.run(["where"]).exit, 0);
    let seen = |endpoint| organization.seen(endpoint).len();
    assert_eq!(seen(Endpoint::ListProjects), 2);
    assert_eq!(seen(Endpoint::ListOrganizationCertificates), 1);
    assert_eq!(seen(Endpoint::ListProjectCertificates), 152);
    assert_eq!(organization.emulator.journal().len(), 155);
}

#[test]
fn a_list_that_could_not_be_read_is_unknown_and_not_inactive() {
    let organization = Organization::new();
    let [root, payments, spare] = three_certificates(&organization);
    let read = |format: &str| {
        organization.emulator.set_faults(vec![unreadable_project(2)]);
        let run = organization.run(["where", "--output", format]);
        assert_eq!(run.exit, 4, "{run:?}");
        run
    };
    let run = read("json");
    let document = document(&run);
    assert_eq!(document["complete"], false);
    let projects = document["projects"].as_array().unwrap();
    let unread = projects.iter().find(|project| project["observed"] == false).unwrap();
    assert_eq!((unread.get("active"), &unread["enforced_by"]), (None, &Value::Null));
    for id in [&root, &payments, &spare] {
        assert_eq!(item(&document["certificates"], id)["active_in_projects"], Value::Null);
    }
    let error: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    assert_eq!((&error["error"]["exit"], &error["error"]["changed"]), (&json!(4), &json!("no")));
    assert!(error["error"]["message"].as_str().unwrap().contains("incomplete"), "{error}");

    let table = read("table").out;
    let is_unknown = |line: &&str| line.contains(&spare) && line.trim_end().ends_with('?');
    assert!(table.lines().any(|line| is_unknown(&line)), "{table}");
    assert!(!table.contains("nowhere"), "{table}");
    let tsv = read("tsv").out;
    for id in [&root, &payments, &spare] {
        let lines = tsv.lines().filter(|line| line.starts_with(id.as_str()));
        assert_eq!(lines.clone().count(), 3, "{tsv}");
        assert_eq!(lines.filter(|line| line.ends_with("\t?")).count(), 1, "{tsv}");
    }
    let page = read("html").out;
    assert!(page.contains("This is incomplete."), "{page}");
}

#[test]
fn filters_choose_certificates_and_leave_the_scopes_as_they_are() {
    let organization = Organization::new();
    let [root, payments, _] = three_certificates(&organization);
    let shown = |arguments: &[&str]| {
        let always = ["where", "--output", "json"];
        let document =
            document(&organization.run(always.into_iter().chain(arguments.iter().copied())));
        assert_eq!(document["organization"]["active"], json!([root]));
        assert_eq!(document["projects"][0]["active"], json!([payments]));
        let certificates = document["certificates"].as_array().unwrap();
        certificates.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&["Spare"]), ["Spare"]);
    assert_eq!(shown(&[&payments, "Spare"]), ["Spare", "Payments"]);
    assert_eq!(shown(&["--active"]), ["Payments", "Root"]);
    assert!(shown(&["--expires-within", "30d"]).is_empty());
    assert_eq!(shown(&["--project", "proj_a", "Root"]), ["Root"]);
}

#[test]
fn unknown_names_are_refused() {
    let organization = Organization::new();
    three_certificates(&organization);
    for arguments in [["where", "nope"], ["where", "--project=nope"]] {
        let run = organization.run(arguments);
        assert_eq!((run.exit, run.out.as_str()), (2, ""), "{run:?}");
        assert!(run.err.contains("there is no"), "{run:?}");
    }
}

#[test]
fn the_page_loads_and_runs_nothing_whatever_a_name_contains() {
    let organization = Organization::new();
    let hostile = "<script>alert(1)</script>\"'&\u{202e}<img src=https://example.com/x>";
    let id = organization.upload("Root");
    assert_eq!(organization.run(["rename", &id, hostile]).exit, 0);
    let run = organization.run(["where", "--output", "html"]);
    assert_eq!(run.exit, 0, "{run:?}");
    let page = run.out;
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    for forbidden in
        ["<script", "<img", "<link", "https://", "http://", "url(", "@import", "\u{202e}"]
    {
        let text = page.replace("src=https://example.com/x", "");
        assert!(!text.contains(forbidden), "{forbidden}: {page}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
}
