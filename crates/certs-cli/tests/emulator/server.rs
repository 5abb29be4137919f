//! Flags, variables, listeners and the shutdown of `certs emulator`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Connection, Folder, KEY, Process, authority, certs, refusal, refused};

#[test]
fn every_flag_has_an_environment_variable() {
    let mut command = certs(&["emulator", "--project", "from-the-flag"]);
    command.stderr(Stdio::null()).envs([
        ("CERTS_EMULATOR_PROJECT", "overridden"),
        ("CERTS_EMULATOR_ARCHIVED_PROJECT", "first,second"),
        ("CERTS_EMULATOR_LOOSE", "1"),
        ("CERTS_EMULATOR_LEGACY", "false"),
        ("CERTS_EMULATOR_CLOCK", "2030-01-01T00:00:00Z"),
        ("CERTS_EMULATOR_CERTIFICATE_LIMIT", "1"),
        ("CERTS_EMULATOR_ASSUME", "upload_refused=409,unknown_id=410"),
        ("CERTS_EMULATOR_STATE", ""),
        ("EMULATOR_MANAGE", "127.0.0.1:0"),
    ]);
    let emulator = Process::spawn(&mut command);
    let (_, projects) = emulator.call("GET", "/projects?include_archived=true", &Value::Null);
    let data = projects["data"].as_array().unwrap();
    let ids: Vec<_> = data.iter().map(|project| project["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["from-the-flag", "first", "second"]);
    assert!(data[0]["created_at"].as_i64().unwrap() >= 1_893_456_000, "{projects}");
    let upload = json!({"content": authority()});
    let (status, made) = emulator.call("POST", "/certificates", &upload);
    assert_eq!(status, 200, "{made}");
    assert_eq!(emulator.call("POST", "/certificates", &upload).0, 409);
    assert_eq!(emulator.call("GET", "/certificates/x", &Value::Null).0, 410);
    let ids = json!({"certificate_ids": [made["id"]]});
    let (_, toggled) = emulator.call("POST", "/certificates/activate", &ids);
    assert_eq!(toggled["object"], "organization.certificate.activation");
}

#[test]
fn reports_in_one_sentence_why_it_cannot_start() {
    let folder = Folder::new("refusals");
    let damaged = folder.write("damaged", r#"{"version":1,"made":3"#);
    let newer = folder.write("newer", r#"{"version":2}"#);
    let faults = folder.write("faults", r#"[{"action":"explode"}]"#);
    let missing = folder.file("missing/state");
    for (arguments, sentence) in [
        (["--state", &damaged], "damaged or has another version"),
        (["--state", &newer], "version 2, but this emulator reads version 1"),
        (["--state", &missing], "cannot write the state file"),
        (["--seed", &damaged], "the seed in"),
        (["--seed", &newer], "version 2, but this emulator reads version 1"),
        (["--seed", &missing], "cannot read"),
        (["--faults", &faults], "unknown variant `explode`"),
        (["--assume", "certificate_in_use=99"], "99 is not a final status code"),
        (["--assume", "colour=1"], "unknown field `colour`"),
        (["--project-key", "proj_a"], "give a project, = and the key"),
        (["--propagation", "soon"], "give seconds like 900s, or reads like 3reads"),
        (["--clock", "noon"], "give Unix seconds"),
        (["--listen", "0.0.0.0:0"], "add --expose if that is intended"),
        (["--manage", "[::]:0"], "add --expose if that is intended"),
        (["--max-connections", "0"], "give a number from 1 to 1000000"),
        (["--max-connections", "1000001"], "give a number from 1 to 1000000"),
        (["--max-connections", "18446744073709551615"], "give a number from 1 to 1000000"),
    ] {
        let (code, message) = refused(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(message.contains(sentence), "{arguments:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    assert_eq!(fs::read_to_string(&damaged).unwrap(), r#"{"version":1,"made":3"#);
    assert!(!folder.path().join("damaged.new").exists());
}

#[cfg(unix)]
#[test]
fn names_a_variable_that_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    for name in ["LOOSE", "PROJECT", "ADMIN_KEY", "ADMIN_RATE_LIMIT"] {
        let variable = format!("CERTS_EMULATOR_{name}");
        let mut command = certs(&["emulator"]);
        let (code, message) = refusal(command.env(&variable, OsStr::from_bytes(b"x\xe9")));
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(&format!("{variable} is set, but not valid UTF-8")), "{message}");
    }
    let folder = Folder::new("bytes");
    let state = folder.path().join(OsStr::from_bytes(b"state\xe9"));
    let mut command = certs(&["emulator", "--quiet"]);
    Process::spawn(command.env("CERTS_EMULATOR_STATE", &state).stderr(Stdio::null()));
    assert!(state.exists(), "a file name can have any bytes");
}

#[test]
fn refuses_an_admin_key_file() {
    for arguments in [["emulator", "--admin-key-file", "-"], ["--admin-key-file", "-", "emulator"]]
    {
        let (code, message) = refusal(&mut certs(&arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(
            message.starts_with("certs: the emulator does not read --admin-key-file"),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn refuses_settings_for_calls() {
    for arguments in [
        &["emulator", "--pace", "3"][..],
        &["--base-url", "https://example.com/v1", "emulator"],
        &["emulator", "-v"],
        &["demo", "--output", "json"],
        &["demo", "--admin-key-file", "-"],
    ] {
        let (code, message) = refusal(&mut certs(arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(message.contains("does not apply to"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for command in ["emulator", "demo"] {
        let help = certs(&[command, "--help"]).output().unwrap().stdout;
        assert!(!String::from_utf8(help).unwrap().contains("--base-url"));
    }
}

#[test]
fn a_variable_with_the_value_false_needs_no_tls() {
    for (variable, value, flag) in [
        ("ENFORCE_MTLS", "true", "--enforce-mtls"),
        ("TLS_CERT_OUT", "emulator.pem", "--tls-cert-out"),
    ] {
        let mut command = certs(&["emulator"]);
        let variable = format!("CERTS_EMULATOR_{variable}");
        command.env(variable, value).env("CERTS_EMULATOR_TLS", "false");
        assert_eq!(refusal(&mut command), (Some(2), format!("certs: {flag} needs --tls\n")));
    }
    let given = ["--tls-cert", "own.pem", "--tls-key", "own.key"];
    assert_eq!(refused(&given), (Some(2), "certs: --tls-cert needs --tls\n".into()));
    let mut command = certs(&["emulator"]);
    Process::spawn(command.env("CERTS_EMULATOR_ENFORCE_MTLS", "false").stderr(Stdio::null()));
}

#[test]
fn listens_beyond_loopback_only_with_expose() {
    let emulator = Process::start(&["--listen", "0.0.0.0:0", "--expose"]);
    assert!(emulator.base.starts_with("http://0.0.0.0:"), "{}", emulator.base);
    drop(emulator);
    let emulator = Process::start(&["--listen", "[::ffff:127.0.0.1]:0"]);
    assert_eq!(emulator.call("GET", "/certificates", &Value::Null).0, 200);
}

#[test]
fn a_seed_is_the_initial_state_unless_there_is_a_stored_one() {
    let folder = Folder::new("seed");
    let (seed, state) = (folder.file("seed.json"), folder.file("state.json"));
    let emulator = Process::start(&["--state", &seed, "--project", "proj_a"]);
    let (_, made) = emulator.call("POST", "/certificates", &json!({"certificate": authority()}));
    emulator.kill();

    let manage = ["--seed", &seed, "--state", &state, "--manage", "127.0.0.1:0"];
    let mut emulator = Process::start(&manage);
    let management = emulator.line().strip_prefix("management on http://").unwrap().to_owned();
    let path = format!("/certificates/{}", made["id"].as_str().unwrap());
    assert_eq!(emulator.call("GET", &path, &Value::Null), (200, made));
    assert_eq!(emulator.call("DELETE", &path, &Value::Null).0, 200);
    emulator.kill();

    let emulator = Process::start(&manage);
    assert_eq!(
        emulator.call("GET", &path, &Value::Null).0,
        404,
        "the stored state takes precedence"
    );
    drop(management);
    let mut emulator = emulator;
    let management = emulator.line().strip_prefix("management on http://").unwrap().to_owned();
    let mut management = Connection::to(&management);
    assert_eq!(management.call("POST", "/reset", &Value::Null).unwrap().0, 204);
    assert_eq!(emulator.call("GET", &path, &Value::Null).0, 200);
}

#[test]
fn completes_running_requests_on_sigterm() {
    let folder = Folder::new("end");
    let faults = folder.write("faults", r#"[{"endpoint":"getCertificate","delay_ms":500}]"#);
    let mut command = certs(&["emulator", "--faults", &faults]);
    let mut emulator = Process::spawn(command.stderr(Stdio::piped()));
    let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
    let mut running = emulator.connect();
    running.send("GET", "/v1/organization/certificates/x", &Value::Null).unwrap();
    // It is logged when it is carried out, before the delay.
    while !log.next().unwrap().unwrap().contains("getCertificate") {}
    emulator.terminate();
    assert_eq!(running.receive().unwrap().0, 404);
    assert!(emulator.child.wait().unwrap().success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut emulator = Process::start(&["--quiet"]);
    // An incomplete request, for which the first signal waits a moment.
    let mut incomplete = emulator.connect();
    incomplete.send_part("GET /v1").unwrap();
    // Two signals in quick succession can reach the process as one.
    while emulator.child.try_wait().unwrap().is_none() {
        emulator.terminate();
    }
    assert_eq!(incomplete.receive(), None);
}

#[cfg(unix)]
#[test]
fn reports_a_lack_of_file_descriptors() {
    // How many are open already depends on who started the test.
    for count in 4..28 {
        let limited = format!("ulimit -n {count} && exec \"$0\" demo");
        let output = Command::new("sh")
            .args(["-c", &limited, env!("CARGO_BIN_EXE_certs")])
            .env_clear()
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!message.contains("panicked"), "{count}: {message}");
        if !output.status.success() {
            assert!(message.to_lowercase().contains("open"), "{count}: {message}");
        }
    }
}

#[cfg(unix)]
#[test]
fn reports_a_full_disk_and_continues() {
    let folder = Folder::new("full");
    let state = folder.file("state.json");
    let errors = folder.file("log");
    // A limit on the file size is like a full disk, if its signal is ignored.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" emulator --state \"$1\" 2> \"$2\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_certs"), &state, &errors]).env_clear();
    let emulator = Process::spawn(&mut command);
    let upload = json!({"certificate": authority()});
    let mut uploaded = 0;
    let refusal = loop {
        match emulator.call("POST", "/certificates", &upload) {
            (200, _) => uploaded += 1,
            (status, body) => break (status, body["error"]["message"].to_string()),
        }
    };
    assert_eq!(refusal.0, 500);
    assert!(refusal.1.contains("File too large"), "{}", refusal.1);
    let count = |emulator: &Process| {
        emulator.call("GET", "/certificates", &Value::Null).1["data"].as_array().unwrap().len()
    };
    assert_eq!(count(&emulator), uploaded);
    // The log is written concurrently with the responses.
    let give_up = Instant::now() + Duration::from_secs(30);
    let logged = "\"storage_error\":\"File too large";
    while !fs::read_to_string(&errors).unwrap().contains(logged) {
        assert!(Instant::now() < give_up, "nothing is logged");
        thread::sleep(Duration::from_millis(10));
    }
    emulator.kill();
    let emulator = Process::start(&["--state", &state]);
    assert_eq!(count(&emulator), uploaded, "the refused upload is not in the file");
    assert_eq!(emulator.call("POST", "/certificates", &upload).0, 200);
}

#[test]
fn signals_end_it_although_a_request_is_delayed_or_incomplete() {
    let folder = Folder::new("signals");
    let faults = folder.write("faults", r#"[{"delay_ms":3600000}]"#);
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let mut command = certs(&["emulator", "--faults", &faults]);
        let mut emulator = Process::spawn(command.stderr(Stdio::piped()));
        let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
        let (mut delayed, mut incomplete) = (emulator.connect(), emulator.connect());
        delayed.send("GET", "/v1/models", &Value::Null).unwrap();
        incomplete.send_part("GET /v1").unwrap();
        while !log.next().unwrap().unwrap().contains("listModels") {}
        emulator.signal(signal);
        assert!(delayed.receive().is_some(), "{signal}: the delay ends");
        assert!(emulator.child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn serves_https_with_a_generated_or_given_certificate() {
    let folder = Folder::new("https");
    let trusted = folder.file("emulator.pem");
    let emulator = Process::start(&["--tls", "--tls-cert-out", &trusted]);
    let local = emulator.base.replace("127.0.0.1", "localhost");
    for base in [&emulator.base, &local] {
        let list = ["projects", "--base-url", base, "--ca-file", &trusted, "--admin-key", KEY];
        let output = certs(&list).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    drop(emulator);

    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let certificate = folder.write("own.pem", &made.cert.pem());
    let key = folder.write("own.key", &made.signing_key.serialize_pem());
    let emulator = Process::start(&["--tls", "--tls-cert", &certificate, "--tls-key", &key]);
    let base = emulator.base.replace("127.0.0.1", "localhost");
    let list = ["projects", "--base-url", &base, "--ca-file", &certificate, "--admin-key", KEY];
    assert!(certs(&list).output().unwrap().status.success());
    let (code, message) = refused(&["--tls", "--tls-cert", &key, "--tls-key", &certificate]);
    assert_eq!(code, Some(2), "{message}");
    assert!(!message.contains("PRIVATE"), "{message}");
    assert_eq!(refused(&["--enforce-mtls"]).0, Some(2), "http has no client certificates");
}

#[test]
fn applies_its_settings() {
    let emulator = Process::start(&[
        "--admin-rate-limit",
        "2",
        "--propagation=1reads",
        "--legacy",
        "--key-without-scopes=sk-nothing",
        "--body-limit=10000",
    ]);
    let (_, made) = emulator.call("POST", "/certificates", &json!({"certificate": authority()}));
    let ids = json!({"certificate_ids": [made["id"]]});
    let (_, toggled) = emulator.call("POST", "/certificates/activate", &ids);
    assert_eq!(toggled["object"], "list");
    let shown = || emulator.call("GET", "/certificates", &Value::Null);
    assert_eq!(shown().1["data"][0]["active"], false);
    assert_eq!(shown().1["data"][0]["active"], true);
    assert_eq!(shown().0, 429);
    let long = json!({"certificate": "x".repeat(10_000)});
    assert_eq!(emulator.call("POST", "/certificates", &long).0, 413);
}
