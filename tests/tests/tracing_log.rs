//! A log of all calls through `tracing`. It is a process of its own, because `tracing` remembers for the whole
//! process whether an event is enabled.

#![cfg(test)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use certs_core::operations::{Deactivate, List, Scope};
use certs_core::request_id::ClientRequestId;
use certs_core::{AdminKey, Api, Client, Error};
use certs_emulator::{Emulator, Fault};
use certs_testing::{EmulatorTransport, block_on};
use tracing::Level;

const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the log of these calls.
fn logged(level: Level, calls: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || block_on(calls));
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

/// A client of an emulator whose first response is lost.
fn client() -> Client<EmulatorTransport> {
    let fault = Fault::any().first(1).close_before_commit();
    let emulator = Emulator::builder().admin_key(KEY).fault(fault);
    let base = "https://api.example/v1".parse().unwrap();
    let api = Api::new(base, AdminKey::new(KEY.into()).unwrap());
    Client::new(api, EmulatorTransport::new(emulator))
        .with_client_request_ids(|| ClientRequestId::from_random(7))
}

#[test]
fn each_attempt_and_wait_is_an_event_in_the_span_of_its_call() {
    let client = client();
    let log = logged(Level::INFO, async {
        client.call(List::new(Scope::Organization)).await.unwrap();
    });
    let lines: Vec<&str> = log.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 3, "{log}");
    let span = "call{operation=\"listOrganizationCertificates\"}: ";
    for (line, event) in lines.iter().zip([
        ["WARN", "attempt failed attempt=1", "may_have_acted=false error="],
        ["INFO", "waiting reason=Backoff", "seconds="],
        ["INFO", "attempt ended attempt=2 status=200 request_id=req_", "may_have_acted=false"],
    ]) {
        for part in event.into_iter().chain([span]) {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
}

#[test]
fn a_log_at_the_trace_level_shows_uris_but_no_key() {
    let client = client();
    let log = logged(Level::TRACE, async {
        let refused =
            client.call(Deactivate::new(Scope::Organization, ["cert_none".parse().unwrap()])).await;
        assert!(matches!(refused, Err(Error::Api { .. })), "{refused:?}");
    });
    let uri = "https://api.example/v1/organization/certificates/deactivate";
    let started = format!("method=POST uri={uri}");
    assert_eq!(log.matches(&started).count(), 2, "{log}");
    let own_id = "client_request_id=00000000-0000-4000-8000-000000000007";
    assert_eq!(log.matches(own_id).count(), 2, "{log}");
    assert!(log.contains("status=404"), "{log}");
    assert!(!log.contains(KEY), "{log}");
}
