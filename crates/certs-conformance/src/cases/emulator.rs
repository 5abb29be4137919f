//! The client over the transport against the emulator.

use std::thread;
use std::time::Duration;

use certs_core::{
    Activate, AdminKey, Api, Certificate, CertificateId, Client, Deactivate, Delete, Error, Get,
    List, Modify, Operation, PageSize, Reply, Retry, Scope, Transport, TransportErrorKind as Kind,
    Upload,
};
use certs_emulator::{Emulator, Endpoint, Fault};
use http::{HeaderValue, StatusCode, header};

use crate::host::{Authority, Host};
use crate::seat::{KEY, in_full};
use crate::{Candidate, Terms};

pub(super) fn a_certificate_lives_its_life<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let id = desk.upload("Life").id;
    let get = desk.call(Get::new(id.clone()).with_content());
    assert!(get.certificate_details.content.is_some(), "the query was lost");
    desk.call(Activate::new(Scope::Organization, id.clone()));
    assert_eq!(desk.list()[0].active, Some(true));
    assert_eq!(desk.call(Modify::new(id.clone(), "Ü/%2F")).name.as_deref(), Some("Ü/%2F"));
    desk.call(Deactivate::new(Scope::Organization, id.clone()));
    assert_eq!(desk.list()[0].active, Some(false));
    assert_eq!(desk.call(Delete::new(id.clone())).id, id);
    assert!(desk.list().is_empty());
}

pub(super) fn a_list_is_read_to_its_end<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let mut uploaded: Vec<_> = (0..7).map(|n| desk.upload(&format!("Root {n}")).id).collect();
    let mut listed: Vec<_> = desk.list().into_iter().map(|certificate| certificate.id).collect();
    uploaded.sort();
    listed.sort();
    assert_eq!(listed, uploaded);
    assert_eq!(desk.emulator.journal().len(), 7 + 3, "seven uploads, three pages of three");
}

pub(super) fn a_refusal_is_told_in_the_words_of_the_server<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let unknown: CertificateId = "cert_unknown".parse().unwrap();
    let error = desk.try_call(Get::new(unknown)).unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND), "{}", in_full(&error));
    assert!(error.to_string().contains("cert_unknown"), "{}", in_full(&error));
    assert!(error.request_id().is_some());
}

pub(super) fn a_lost_answer_is_asked_for_again<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let id = desk.upload("Lost").id;
    desk.fault(Fault::any().first(1).close_after_commit());
    let activate = Activate::new(Scope::Organization, id);
    let reply = desk.try_call(&activate).unwrap_or_else(|error| panic!("{}", in_full(&error)));
    assert_eq!(reply.attempts, 2);
    assert!(activate.unconfirmed(&reply.value).is_empty());
}

pub(super) fn an_upload_whose_answer_was_lost_is_not_repeated<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    desk.fault(Fault::on(Endpoint::UploadCertificate).close_after_commit());
    let error = desk.try_call(upload("Twice")).unwrap_err();
    assert!(error.may_have_acted(), "{}", in_full(&error));
    assert_eq!(desk.list().len(), 1);
}

pub(super) fn a_late_answer_is_timeout<C: Candidate>(candidate: &C) {
    let hour = Duration::from_secs(3600);
    desk_fails(candidate, Fault::any().delay(hour), Kind::Timeout);
}

pub(super) fn a_cut_answer_is_interrupted<C: Candidate>(candidate: &C) {
    desk_fails(candidate, Fault::any().cut_body(10), Kind::Interrupted);
}

pub(super) fn a_redirect_is_refused<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let elsewhere = HeaderValue::from_static("/v1/organization/projects");
    let moved = Fault::on(Endpoint::ListOrganizationCertificates)
        .answer(StatusCode::TEMPORARY_REDIRECT, "moved")
        .header(header::LOCATION, elsewhere);
    desk.fault(moved);
    let error = desk.try_call(List::new(Scope::Organization)).unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::TEMPORARY_REDIRECT), "{}", in_full(&error));
    assert_eq!(desk.emulator.journal().len(), 1, "the redirect was followed");
}

pub(super) fn the_delay_that_a_server_asks_for_is_kept<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let delay = HeaderValue::from_static("250");
    let busy = Fault::any()
        .first(1)
        .answer(StatusCode::TOO_MANY_REQUESTS, "busy")
        .header("retry-after-ms".parse().unwrap(), delay);
    desk.fault(busy);
    let before = desk.client.transport().now();
    let reply = desk.try_call(List::new(Scope::Organization));
    assert_eq!(reply.unwrap_or_else(|error| panic!("{}", in_full(&error))).attempts, 2);
    let waited = desk.client.transport().now() - before;
    assert!(waited >= Duration::from_millis(250), "waited only {waited:?}");
}

pub(super) fn many_calls_at_once_all_arrive<C: Candidate>(candidate: &C) {
    let desk = Desk::new(candidate);
    let id = desk.upload("Busy").id;
    thread::scope(|scope| {
        for n in 0..32 {
            let (desk, id) = (&desk, id.clone());
            scope.spawn(move || match n % 2 {
                0 => assert_eq!(desk.call(Get::new(id.clone())).id, id),
                _ => assert_eq!(desk.list().len(), 1),
            });
        }
    });
    assert_eq!(desk.emulator.journal().len(), 1 + 32);
}

/// Every attempt of a call meets this fault and fails so.
fn desk_fails<C: Candidate>(candidate: &C, fault: Fault, kind: Kind) {
    let mut hasty = Retry::default();
    hasty.attempt_timeout = Duration::from_millis(500);
    hasty.initial_backoff = Duration::from_millis(1);
    let mut desk = Desk::new(candidate);
    desk.client = desk.client.with_retry(hasty);
    // The connection is there already: a timeout is not for want of one.
    assert!(desk.list().is_empty());
    desk.fault(fault);
    match desk.try_call(List::new(Scope::Organization)).unwrap_err() {
        Error::Transport { source, context } => {
            assert_eq!(source.kind(), kind, "{}", in_full(&source));
            assert_eq!(context.attempts, 3);
        }
        error => panic!("{}", in_full(&error)),
    }
}

/// A client of an emulator.
struct Desk<'a, C: Candidate> {
    candidate: &'a C,
    client: Client<C::Transport>,
    emulator: Emulator,
    _host: Host,
}

impl<'a, C: Candidate> Desk<'a, C> {
    fn new(candidate: &'a C) -> Self {
        let terms = Terms::default();
        let host = Host::start(&terms.emulator, None);
        let api = Api::new(host.base().parse().unwrap(), AdminKey::new(KEY.into()).unwrap());
        let client = Client::new(api, candidate.transport(&terms));
        Self { candidate, client, emulator: terms.emulator, _host: host }
    }

    fn fault(&self, fault: Fault) {
        self.emulator.add_fault(fault);
    }

    fn try_call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        self.candidate.run(self.client.call(operation))
    }

    fn call<O: Operation>(&self, operation: O) -> O::Output {
        self.try_call(operation).unwrap_or_else(|error| panic!("{}", in_full(&error))).value
    }

    fn upload(&self, name: &str) -> Certificate {
        self.call(upload(name))
    }

    fn list(&self) -> Vec<Certificate> {
        let list = List::new(Scope::Organization).with_page_size(PageSize::try_from(3).unwrap());
        let listed = self.candidate.run(self.client.all(list));
        listed.unwrap_or_else(|error| panic!("{}", in_full(&error)))
    }
}

fn upload(name: &str) -> Upload {
    Upload::new(Authority::new(name).pem().parse().unwrap()).with_name(name)
}
