//! A server that misbehaves: the exit code and the message state what is known.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use http::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde_json::{Value, json};

use crate::support::{File, Organization, Run, authority};

const DEACTIVATE: Endpoint = Endpoint::DeactivateOrganizationCertificates;
const LIST: Endpoint = Endpoint::ListOrganizationCertificates;

fn respond(status: u16, body: impl Into<Value>) -> impl Fn(Fault) -> Fault + Send {
    let (status, body) = (StatusCode::from_u16(status).unwrap(), body.into());
    move |fault| fault.respond(status, body.clone())
}

fn header(name: HeaderName, value: &'static str) -> impl Fn(Fault) -> Fault + Send {
    move |fault| fault.header(name.clone(), HeaderValue::from_static(value))
}

/// How a deactivation ends while its endpoint misbehaves: the exit code, the requests that the server
/// received, words on stderr, and whether the certificate is active afterwards.
#[test]
fn a_deactivation_reports_what_is_known_whatever_the_server_does() {
    let html = || respond(502, "<html>bad gateway</html>");
    let page = json!({ "object": "list", "data": [], "has_more": false });
    type Row<'a> = (&'a str, Box<dyn Fn(Fault) -> Fault + Send>, i32, usize, &'a str, bool);
    let rows: [Row<'_>; 15] = [
        ("HTML from a proxy, once", Box::new(move |f| html()(f.first(1))), 0, 2, "", false),
        ("HTML from a proxy, always", Box::new(html()), 5, 3, "502", true),
        ("an empty response", Box::new(respond(200, Value::Null)), 5, 1, "", true),
        ("the wrong JSON", Box::new(respond(200, json!([1]))), 5, 1, "", true),
        ("a lost response, once", Box::new(|f| f.first(1).close_after_commit()), 0, 2, "", false),
        ("lost responses", Box::new(Fault::close_after_commit), 0, 3, "", false),
        ("lost requests", Box::new(Fault::close_before_commit), 5, 3, "may have been made", true),
        ("a cut body, once", Box::new(|f| f.first(1).cut_body(9)), 0, 2, "", false),
        (
            "silence, once",
            Box::new(|f| f.first(1).delay(Duration::from_secs(3600))),
            0,
            2,
            "",
            false,
        ),
        (
            "a bare-string error",
            Box::new(respond(400, json!({ "error": "no" }))),
            1,
            1,
            "400",
            true,
        ),
        (
            "no scopes",
            Box::new(respond(403, json!({ "error": { "message": "Missing scopes" } }))),
            3,
            1,
            "scopes",
            true,
        ),
        (
            "hours of Retry-After",
            Box::new(|f| header(RETRY_AFTER, "7200")(respond(429, Value::Null)(f))),
            7,
            1,
            "429",
            true,
        ),
        (
            "a redirect",
            Box::new(|f| header(LOCATION, "https://x.example/")(respond(307, Value::Null)(f))),
            4,
            1,
            "127.0.0.1",
            true,
        ),
        (
            "a response that confirms nothing",
            Box::new(respond(200, page.clone())),
            5,
            1,
            "does not show the change",
            true,
        ),
        (
            "a response that contradicts the change",
            Box::new(respond(
                200,
                json!({ "object": "x", "data": [{ "object": "organization.certificate", "id": "cert_x", "created_at": 1, "active": true }] }),
            )),
            5,
            1,
            "does not show the change",
            true,
        ),
    ];
    each(rows, |(name, fault, exit, requests, words, active)| {
        let organization = Organization::new();
        let [id] = organization.active(["Root"]);
        organization.emulator.set_faults(vec![fault(Fault::on(DEACTIVATE))]);
        let run =
            organization.run(["deactivate", "--yes", "--allow-unenforced", "--timeout", "5", &id]);
        assert_eq!(
            (run.exit, organization.seen(DEACTIVATE).len()),
            (exit, requests),
            "{name}: {run:?}"
        );
        assert!(run.err.contains(words), "{name}: {run:?}");
        organization.emulator.set_faults(Vec::new());
        assert_eq!(!organization.active_ids().is_empty(), active, "{name}");
    });
}

/// Runs all rows concurrently, because many of them wait.
fn each<Row: Send>(rows: impl IntoIterator<Item = Row>, check: impl Fn(Row) + Sync) {
    std::thread::scope(|scope| {
        for row in rows {
            let check = &check;
            scope.spawn(move || check(row));
        }
    });
}

#[test]
fn certificates_missing_in_the_response_are_read_from_the_list() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let nothing = || respond(200, json!({ "object": "x", "data": [] }));
    let activate = Endpoint::ActivateOrganizationCertificates;
    organization.emulator.set_faults(vec![nothing()(Fault::on(activate).first(1))]);
    let run = organization.run(["activate", "--yes", "--allow-lockout", "--timeout", "3", &id]);
    assert_eq!((run.exit, run.out.as_str()), (5, ""), "{run:?}");
    assert!(run.err.contains("reading again"), "{run:?}");
    assert_eq!(organization.run(["activate", "--yes", "--allow-lockout", &id]).exit, 0);

    // If the list cannot be read either, the outcome is unknown.
    organization.emulator.set_faults(vec![
        nothing()(Fault::on(DEACTIVATE)),
        respond(400, Value::Null)(Fault::on(LIST).nth(3)),
    ]);
    let run = organization.run(["deactivate", "--yes", "--allow-unenforced", &id]);
    assert_eq!((run.exit, run.out.as_str()), (5, ""), "{run:?}");
}

#[test]
fn an_incomplete_list_is_an_error() {
    let organization = Organization::new();
    organization.upload("Root");
    let more = json!({ "object": "list", "data": [], "has_more": true });
    organization.emulator.set_faults(vec![respond(200, more)(Fault::on(LIST))]);
    let run = organization.run(["list", "--output", "json"]);
    assert_eq!((run.exit, run.out.as_str()), (4, ""), "{run:?}");
}

mod uploads {
    use super::*;

    const UPLOAD: Endpoint = Endpoint::UploadCertificate;

    /// Uploads under a fault. Returns the run, and the number of uploads that the server received.
    fn upload(organization: &Organization, pem: &str, fault: Fault) -> (Run, usize) {
        organization.emulator.clear_journal();
        organization.emulator.set_faults(vec![fault]);
        let file = File::new(pem);
        let run = organization.run(["upload", file.path(), "--timeout", "5", "--output", "json"]);
        (run, organization.seen(UPLOAD).len())
    }

    #[test]
    fn an_upload_whose_response_is_lost_is_found() {
        let rows = [
            Fault::on(UPLOAD).close_after_commit(),
            Fault::on(UPLOAD).cut_body(20),
            Fault::on(UPLOAD).cut_body(0),
            Fault::on(UPLOAD).delay(Duration::from_secs(3600)),
        ];
        each(rows, |fault| {
            let organization = Organization::new();
            organization.upload("Another");
            let (run, seen) = upload(&organization, &authority("Root"), fault);
            let id = run.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(seen, 1);
            assert_eq!(organization.run(["get", &id]).exit, 0);
        });
    }

    #[test]
    fn an_upload_that_was_not_made_ends_with_the_error_of_the_server() {
        let api_error =
            || json!({ "error": { "message": "The server had an error", "type": "server_error" } });
        let rows = [
            (Fault::on(UPLOAD).close_before_commit(), 4),
            (respond(500, api_error())(Fault::on(UPLOAD)), 5),
            (respond(503, api_error())(Fault::on(UPLOAD)), 5),
            (respond(409, api_error())(Fault::on(UPLOAD)), 1),
        ];
        each(rows, |(fault, exit)| {
            let organization = Organization::new();
            let (run, seen) = upload(&organization, &authority("Root"), fault);
            assert_eq!((run.exit, seen, run.out.as_str()), (exit, 1, ""), "{run:?}");
        });
    }

    #[test]
    fn an_upload_that_the_server_may_still_store_is_not_reported_as_missing() {
        let fault = || Fault::on(UPLOAD);
        let api_error =
            json!({ "error": { "message": "The server had an error", "type": "server_error" } });
        let once_more =
            header(HeaderName::from_static("x-should-retry"), "true")(respond(502, "<html>")(
                fault(),
            ));
        let rows = [
            vec![respond(408, api_error.clone())(fault())],
            vec![respond(409, Value::Null)(fault())],
            vec![respond(500, Value::Null)(fault())],
            vec![respond(502, "<html>bad gateway</html>")(fault())],
            vec![respond(503, Value::Null)(fault())],
            vec![respond(504, json!({ "message": "Endpoint request timed out" }))(fault())],
            vec![respond(520, "<html>")(fault())],
            vec![respond(200, Value::Null)(fault())],
            vec![respond(201, json!([1]))(fault())],
            vec![respond(200, "x".repeat(9 << 20))(fault())],
            vec![respond(200, Value::Null)(fault()).delay(Duration::from_secs(3600))],
            vec![once_more.first(1), respond(503, api_error)(fault())],
        ];
        each(rows, |faults| {
            let organization = Organization::new();
            organization.emulator.set_faults(faults);
            let file = File::new(authority("Root"));
            let run = organization.run(["upload", file.path(), "--timeout", "5"]);
            assert_eq!((run.exit, run.out.as_str()), (5, ""), "{run:?}");
            assert!(run.err.contains("not in the list so far"), "{run:?}");
        });
    }

    #[test]
    fn a_server_that_is_still_storing_is_given_two_seconds() {
        let organization = Organization::new();
        organization.emulator.set_faults(vec![Fault::on(UPLOAD).close_after_commit()]);
        let file = File::new(authority("Root"));
        let run = organization.run(["upload", file.path(), "--verbose"]);
        let steps = ["waiting 2.0 s", "GET /v1/organization/certificates"];
        let at = steps.map(|step| run.err.find(step).unwrap_or_else(|| panic!("{step}: {run:?}")));
        assert!(at.is_sorted(), "{run:?}");
    }

    /// An organization whose clock advances only when the test sets it.
    fn clocked() -> (Organization, Arc<AtomicI64>) {
        let clock = Arc::new(AtomicI64::new(1_700_000_000));
        let shared = clock.clone();
        let organization = Organization::with(|builder| {
            builder.clock(move || {
                certs_core::types::Timestamp::try_from(shared.load(Relaxed)).unwrap()
            })
        });
        (organization, clock)
    }

    /// Uploads a certificate, waits, and loses a second upload of the same; returns the id of the
    /// first and the run of the second.
    fn upload_again_after(seconds: i64, fault: Fault) -> (String, Run) {
        let (organization, clock) = clocked();
        let pem = authority("Root");
        let (first, _) = upload(&organization, &pem, Fault::any().nth(u64::MAX));
        clock.fetch_add(seconds, Relaxed);
        let (run, _) = upload(&organization, &pem, fault);
        (first.json()["id"].as_str().unwrap().to_owned(), run)
    }

    #[test]
    fn an_earlier_upload_of_the_same_certificate_is_not_mistaken_for_it() {
        let (_, run) = upload_again_after(3600, Fault::on(UPLOAD).close_before_commit());
        assert_eq!(run.exit, 4, "{run:?}");
        assert!(run.err.contains("\"changed\":\"no\""), "{run:?}");
    }

    #[test]
    fn an_upload_that_may_be_an_earlier_one_is_reported_as_unknown() {
        each([60, 300], |seconds| {
            let (id, run) = upload_again_after(seconds, Fault::on(UPLOAD).close_before_commit());
            assert_eq!((run.exit, run.out.as_str()), (5, ""), "{run:?}");
            let words = format!("{id} is the same certificate, but seems to be an earlier upload");
            assert!(run.err.contains(&words), "{run:?}");
        });
    }

    #[test]
    fn an_upload_stays_unknown_when_the_list_cannot_be_read() {
        let organization = Organization::new();
        organization.emulator.set_faults(vec![
            Fault::on(UPLOAD).close_after_commit(),
            Fault::on(LIST).close_before_commit(),
        ]);
        let file = File::new(authority("Root"));
        let run = organization.run(["upload", file.path()]);
        assert_eq!(run.exit, 5, "{run:?}");
        assert!(run.err.contains("repeat it only with --if-absent"), "{run:?}");
    }
}

#[test]
fn a_delete_whose_response_was_lost_is_done() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let lost = Fault::on(Endpoint::DeleteCertificate).nth(1).close_after_commit();
    organization.emulator.set_faults(vec![lost]);
    let run = organization.run(["delete", "--yes", &id]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(organization.seen(Endpoint::DeleteCertificate).len(), 2);
    // A certificate that never existed is not "deleted".
    assert_eq!(organization.run(["delete", "--yes", &id]).exit, 2);
}

#[test]
fn a_response_about_another_certificate_confirms_no_delete_and_no_rename() {
    let organization = Organization::new();
    let id = organization.upload("Root");
    let certificate = |id: &str, name: Value| json!({ "object": "certificate", "id": id, "name": name, "created_at": 1 });
    let deleted = json!({ "object": "certificate.deleted", "id": "cert_other" });
    let (delete, rename) = (Endpoint::DeleteCertificate, Endpoint::ModifyCertificate);
    let contradicted = "is not confirmed: the response";
    let delete_it = ["delete", "--yes", "--timeout", "3", &id];
    let rows: [(&[&str], Endpoint, Value, &str); 4] = [
        (&delete_it, delete, deleted, "the change may have been made"),
        (&["rename", &id, "New"], rename, certificate("cert_other", json!("New")), contradicted),
        (&["rename", &id, "New"], rename, certificate(&id, json!("Root")), contradicted),
        (
            &["rename", &id, "New"],
            rename,
            certificate(&id, Value::Null),
            "does not have the new name",
        ),
    ];
    for (change, endpoint, body, words) in rows {
        organization.emulator.set_faults(vec![respond(200, body)(Fault::on(endpoint))]);
        let run = organization.run(change.iter().copied());
        assert_eq!((run.exit, run.out.as_str()), (5, ""), "{run:?}");
        assert!(run.err.contains(words), "{run:?}");
    }
}

#[test]
fn a_refused_connection_is_exit_4_and_nothing_was_done() {
    let gone = Organization::new();
    let mut command = gone.certs(["deactivate", "--yes", "cert_a", "--max-retries", "0"]);
    drop(gone);
    let run = Run::of(&mut command);
    assert_eq!((run.exit, run.out.as_str()), (4, ""), "{run:?}");
    assert!(!run.err.contains("may have been made"), "{run:?}");
}
