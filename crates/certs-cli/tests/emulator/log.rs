//! The request log of `certs emulator`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{KEY, Process, authority, certs};

#[test]
fn logs_each_request_as_json_without_secrets() {
    let mut command = certs(&["emulator", "--project-key", "proj_a=sk-workload"]);
    let mut emulator = Process::spawn(command.stderr(Stdio::piped()));
    let mut log = BufReader::new(emulator.child.stderr.take().unwrap()).lines();
    assert_eq!(log.next().unwrap().unwrap(), format!("certs: the admin key is {KEY}"));
    let pem = authority();
    emulator.call("POST", "/certificates?key=sk-workload", &json!({"certificate": pem}));
    let line = log.next().unwrap().unwrap();
    let entry: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&entry["method"], &entry["status"]), (&json!("POST"), &json!(200)));
    assert_eq!(entry["endpoint"], "uploadCertificate");
    assert_eq!(entry["body"]["certificate"], "[redacted]");
    assert!(!line.contains("sk-workload") && !line.contains("BEGIN"), "{line}");
    emulator.terminate();
    assert_eq!(log.count(), 0);
}

#[test]
fn a_log_without_a_reader_delays_no_request() {
    let mut command = certs(&["emulator"]);
    let mut emulator = Process::spawn(command.stderr(Stdio::piped()));
    let log = emulator.child.stderr.take().unwrap();
    // More than fits into a pipe and two full queues.
    let path = format!("/v1/{}", "x".repeat(1000));
    let mut connection = emulator.connect();
    for _ in 0..3000 {
        assert_eq!(connection.call("GET", &path, &Value::Null).unwrap().0, 404);
    }
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(log).lines().map(Result::unwrap);
        lines.filter(|line| line.starts_with("{\"dropped_lines\"")).count()
    });
    emulator.terminate();
    assert!(emulator.child.wait().unwrap().success());
    assert!(reader.join().unwrap() > 0, "the number of dropped lines is logged");
}

#[test]
fn a_request_puts_no_control_character_on_the_terminal() {
    let mut command = certs(&["emulator"]);
    let mut emulator = Process::spawn(command.stderr(Stdio::piped()));
    let mut log = emulator.child.stderr.take().unwrap();
    let name = "\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{2066}\u{feff}\r\n";
    let path = "/v1/organization/certificates/x";
    emulator.connect().call("POST", path, &json!({"name": name, name: 1})).unwrap();
    for text in ["\u{9b}31m", "\u{202e}", "%1b%5b2J", "\u{1b}[2J", "\u{7f}"] {
        // Some of these are not valid HTTP. Whatever the response is, the log must not contain them.
        let mut connection = emulator.connect();
        let _ = connection.call("GET", &format!("/v1/{text}?{text}"), &Value::Null);
        let mut connection = emulator.connect();
        let headers = format!("host: x\r\nuser-agent: {text}\r\nx-client-request-id: {text}\r\n");
        connection.send_part(&format!("GET /v1/models HTTP/1.1\r\n{headers}\r\n")).unwrap();
        let _ = connection.receive();
    }
    emulator.terminate();
    let mut printed = String::new();
    log.read_to_string(&mut printed).unwrap();
    let is_text = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert_eq!(printed.chars().find(|&c| !is_text(c)), None, "{printed:?}");

    let entries = printed.lines().skip(1).map(|line| serde_json::from_str(line).unwrap());
    let entries: Vec<Value> = entries.collect();
    let logged = |field: &str, expected: &Value| entries.iter().any(|e| e[field] == *expected);
    assert!(logged("body", &json!({"name": name, name: 1})), "{printed}");
    assert!(logged("target", &json!("/v1/\u{9b}31m?\u{9b}31m")), "{printed}");
    assert!(logged("client_request_id", &json!("%1b%5b2J")), "{printed}");
}
