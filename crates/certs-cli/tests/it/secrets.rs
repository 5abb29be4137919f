//! Output contains no key, and no certificate that was not requested.

use certs_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::json;

use crate::support::{File, KEY, Organization, Run, authority};

#[test]
fn the_key_is_never_printed_even_when_the_server_echoes_it() {
    let organization = Organization::new();
    let echoes = [
        json!({ "error": { "message": format!("Incorrect API key provided: {KEY}."), "code": KEY } }),
        json!({ "error": format!("key {}...{}", &KEY[..12], &KEY[20..]) }),
        json!(format!("<html>{KEY}</html>")),
    ];
    for body in echoes {
        for status in [200, 401, 500] {
            let status = StatusCode::from_u16(status).unwrap();
            let value = http::HeaderValue::from_static(KEY);
            let fault = Fault::any().respond(status, body.clone());
            let name = http::HeaderName::from_static("x-request-id");
            organization.emulator.set_faults(vec![fault.header(name, value)]);
            let run = organization.run(["list", "--verbose", "--max-retries", "0"]);
            assert_ne!(run.exit, 0);
            for shown in [&run.out, &run.err] {
                assert!(!shown.contains(&KEY[..12]) && !shown.contains(&KEY[20..]), "{run:?}");
            }
        }
    }
}

#[test]
fn a_wrong_key_is_exit_3_and_is_not_printed() {
    let organization = Organization::new();
    let mut command = organization.certs(["list", "--verbose"]);
    let run = Run::of(command.env("OPENAI_ADMIN_KEY", "sk-admin-WRONGWRONGWRONG"));
    assert_eq!(run.exit, 3);
    assert!(run.err.contains("invalid_api_key") && !run.err.contains("WRONG"), "{run:?}");
}

#[test]
fn verbose_logs_requests_without_their_content() {
    let organization = Organization::new();
    let pem = authority("Root");
    let file = File::new(&pem);
    let fault = Fault::on(Endpoint::UploadCertificate)
        .respond(StatusCode::BAD_REQUEST, json!({ "error": { "message": format!("bad {pem}") } }));
    organization.emulator.set_faults(vec![fault]);
    let run = organization.run(["upload", "-v", file.path()]);
    assert!(run.err.contains("POST /v1/organization/certificates"), "{run:?}");
    let line = pem.lines().nth(2).unwrap();
    assert!(!run.err.contains(line) && !run.err.contains(KEY), "{run:?}");
}

#[test]
fn a_private_key_is_not_quoted_when_it_is_refused() {
    let organization = Organization::new();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let file = File::new(&key);
    let run = organization.run(["upload", "-v", file.path()]);
    assert_eq!(run.exit, 2);
    assert!(key.lines().all(|line| !run.err.contains(line)), "{run:?}");
}

#[test]
fn credentials_of_a_proxy_are_not_printed() {
    let organization = Organization::new();
    for proxy in
        ["http://user:hunter22@", "http://user:hunter22@127.0.0.1:1", "nonsense://user:hunter22@x"]
    {
        let mut command = organization.certs(["list", "-v", "--max-retries", "0"]);
        command.env("OPENAI_BASE_URL", "https://api.example/v1").env("HTTPS_PROXY", proxy);
        let run = Run::of(&mut command);
        assert!(matches!(run.exit, 2 | 4), "{run:?}");
        assert!(!run.err.contains("hunter22"), "{run:?}");
    }
}

#[test]
fn text_from_the_server_cannot_control_the_terminal() {
    let organization = Organization::new();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J";
    let file = File::new(authority("Root"));
    assert_eq!(organization.run(["upload", file.path(), "--name", evil]).exit, 0);
    assert!(!organization.run(["list"]).out.contains('\u{1b}'));
    let fault = Fault::any()
        .respond(StatusCode::BAD_REQUEST, json!({ "error": { "message": evil, "code": evil } }));
    organization.emulator.set_faults(vec![fault]);
    let run = organization.run(["list"]);
    assert!(!run.err.contains('\u{1b}') && run.err.contains("owned"), "{run:?}");
}
