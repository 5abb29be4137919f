//! A client that uses the transport, against the emulator.

use std::thread;
use std::time::Duration;

use certs_core::local::LocalTransport;
use certs_core::operation::Operation;
use certs_core::operations::{
    Activate, Deactivate, Delete, Get, List, Modify, PageSize, Scope, Upload,
};
use certs_core::transport::TransportErrorKind as Kind;
use certs_core::types::{Certificate, CertificateId};
use certs_core::{AdminKey, Api, Client, Error, Reply, Retry};
use certs_emulator::pki::Authority;
use certs_emulator::{Emulator, Endpoint, Fault};
use http::{HeaderValue, StatusCode, header};

use crate::emulator_server::EmulatorServer;
use crate::harness::{error_chain, unwrap};
use crate::subject::{KEY, Requirements, Subject};

pub(super) fn manages_a_certificate_from_upload_to_delete<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let id = fixture.upload("Life").id;
    let get = fixture.call(Get::new(id.clone()).with_content());
    assert!(get.certificate_details.content.is_some(), "the query did not arrive");
    fixture.call(Activate::new(Scope::Organization, id.clone()));
    assert_eq!(fixture.list()[0].active, Some(true));
    assert_eq!(fixture.call(Modify::new(id.clone(), "Ü/%2F")).name.as_deref(), Some("Ü/%2F"));
    fixture.call(Deactivate::new(Scope::Organization, id.clone()));
    assert_eq!(fixture.list()[0].active, Some(false));
    assert_eq!(fixture.call(Delete::new(id.clone())).id, id);
    assert!(fixture.list().is_empty());
}

pub(super) fn reads_a_list_to_its_end<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let mut uploaded: Vec<_> = (0..7).map(|n| fixture.upload(&format!("Root {n}")).id).collect();
    let mut listed: Vec<_> = fixture.list().into_iter().map(|certificate| certificate.id).collect();
    uploaded.sort();
    listed.sort();
    assert_eq!(listed, uploaded);
    assert_eq!(fixture.emulator.journal().len(), 7 + 3, "seven uploads, three pages of three");
}

pub(super) fn reports_the_error_of_the_server<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let unknown: CertificateId = "cert_unknown".parse().unwrap();
    let error = fixture.try_call(Get::new(unknown)).unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND), "{}", error_chain(&error));
    assert!(error.to_string().contains("cert_unknown"), "{}", error_chain(&error));
    assert!(error.request_id().is_some());
}

pub(super) fn retries_a_toggle_after_a_lost_response<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let id = fixture.upload("Lost").id;
    fixture.fault(Fault::any().first(1).close_after_commit());
    let activate = Activate::new(Scope::Organization, id);
    let reply = unwrap(fixture.try_call(&activate));
    assert_eq!(reply.attempts, 2);
    assert!(activate.unconfirmed(&reply.value).is_empty());
}

pub(super) fn does_not_repeat_an_upload_after_a_lost_response<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    fixture.fault(Fault::on(Endpoint::UploadCertificate).close_after_commit());
    let error = fixture.try_call(upload("Twice")).unwrap_err();
    assert!(error.may_have_acted(), "{}", error_chain(&error));
    assert_eq!(fixture.list().len(), 1);
}

pub(super) fn late_response_is_timeout<S: Subject>(subject: &S) {
    let hour = Duration::from_secs(3600);
    assert_call_fails(subject, Fault::any().delay(hour), Kind::Timeout);
}

pub(super) fn truncated_response_is_interrupted<S: Subject>(subject: &S) {
    assert_call_fails(subject, Fault::any().cut_body(10), Kind::Interrupted);
}

pub(super) fn reports_a_redirect_as_an_error<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let elsewhere = HeaderValue::from_static("/v1/organization/projects");
    let moved = Fault::on(Endpoint::ListOrganizationCertificates)
        .respond(StatusCode::TEMPORARY_REDIRECT, "moved")
        .header(header::LOCATION, elsewhere);
    fixture.fault(moved);
    let error = fixture.try_call(List::new(Scope::Organization)).unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::TEMPORARY_REDIRECT), "{}", error_chain(&error));
    assert_eq!(fixture.emulator.journal().len(), 1, "the redirect was followed");
}

pub(super) fn waits_as_long_as_the_server_requests<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let delay = HeaderValue::from_static("250");
    let busy = Fault::any()
        .first(1)
        .respond(StatusCode::TOO_MANY_REQUESTS, "busy")
        .header("retry-after-ms".parse().unwrap(), delay);
    fixture.fault(busy);
    let before = fixture.client.transport().now();
    let reply = fixture.try_call(List::new(Scope::Organization));
    assert_eq!(unwrap(reply).attempts, 2);
    let waited = fixture.client.transport().now() - before;
    assert!(waited >= Duration::from_millis(250), "waited only {waited:?}");
}

pub(super) fn carries_out_concurrent_calls<S: Subject>(subject: &S) {
    let fixture = Fixture::new(subject);
    let id = fixture.upload("Busy").id;
    thread::scope(|scope| {
        for n in 0..32 {
            let (fixture, id) = (&fixture, id.clone());
            scope.spawn(move || match n % 2 {
                0 => assert_eq!(fixture.call(Get::new(id.clone())).id, id),
                _ => assert_eq!(fixture.list().len(), 1),
            });
        }
    });
    assert_eq!(fixture.emulator.journal().len(), 1 + 32);
}

/// Checks that a call fails with this kind when all its attempts meet this fault.
fn assert_call_fails<S: Subject>(subject: &S, fault: Fault, kind: Kind) {
    let mut retry = Retry::default();
    retry.attempt_timeout = Duration::from_millis(500);
    retry.initial_backoff = Duration::from_millis(1);
    let mut fixture = Fixture::new(subject);
    fixture.client = fixture.client.with_retry(retry);
    // The connection is open already, so the timeout is not about connecting.
    assert!(fixture.list().is_empty());
    fixture.fault(fault);
    match fixture.try_call(List::new(Scope::Organization)).unwrap_err() {
        Error::Transport { source, context } => {
            assert_eq!(source.kind(), kind, "{}", error_chain(&source));
            assert_eq!(context.attempts, 3);
        }
        error => panic!("{}", error_chain(&error)),
    }
}

/// An emulator and a client for it.
struct Fixture<'a, S: Subject> {
    subject: &'a S,
    client: Client<S::Transport>,
    emulator: Emulator,
    _server: EmulatorServer,
}

impl<'a, S: Subject> Fixture<'a, S> {
    fn new(subject: &'a S) -> Self {
        let requirements = Requirements::default();
        let server = EmulatorServer::start(requirements.emulator.emulator(), None);
        let api = Api::new(server.base().parse().unwrap(), AdminKey::new(KEY.into()).unwrap());
        let client = Client::new(api, subject.transport(&requirements));
        Self {
            subject,
            client,
            emulator: requirements.emulator.emulator().clone(),
            _server: server,
        }
    }

    fn fault(&self, fault: Fault) {
        self.emulator.add_fault(fault);
    }

    fn try_call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        self.subject.run(self.client.call(operation))
    }

    fn call<O: Operation>(&self, operation: O) -> O::Output {
        unwrap(self.try_call(operation)).value
    }

    fn upload(&self, name: &str) -> Certificate {
        self.call(upload(name))
    }

    fn list(&self) -> Vec<Certificate> {
        let list = List::new(Scope::Organization).with_page_size(PageSize::try_from(3).unwrap());
        let listed = self.subject.run(self.client.all(list));
        unwrap(listed)
    }
}

fn upload(name: &str) -> Upload {
    Upload::new(Authority::new(name).unwrap().certificate().parse().unwrap()).with_name(name)
}
