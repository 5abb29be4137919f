//! An organization on the emulator that records each of its states.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use certs_core::{AdminKey, Api, BaseUrl, Client};
use certs_emulator::{Assumptions, Emulator, Endpoint, Fault, Propagation, pki};
use certs_plan::{Fingerprint, NewCertificate, Validity};
use certs_testing::EmulatorTransport;
use certs_types::{CertificateId, Timestamp};
use http::{Method, Request, Response};
use serde_json::{Value, json};

const KEY: &str = "sk-admin-test";

/// A certificate authority for tests.
pub(crate) struct Authority {
    pem: String,
    validity: Validity,
    number: usize,
}

impl Authority {
    fn new(number: usize, kind: usize) -> Self {
        let (from, until) = [(-1, 4), (-6, -1), (1, 4), (-2, 2)][kind];
        let at = |years: i64| Timestamp::try_from(START + years * YEAR).unwrap();
        let validity = Validity::new(at(from), at(until));
        let [from, until] = [at(from), at(until)].map(system_time);
        let name = format!("Root {number}");
        let authority = pki::Authority::with_validity(&name, from, until).unwrap();
        Self { pem: authority.certificate(), validity, number }
    }

    fn is_valid_at_start(&self) -> bool {
        self.validity.is_valid(Timestamp::try_from(START).unwrap())
    }

    pub(crate) fn file(&self) -> NewCertificate {
        // Any unique value: certificates are compared by content.
        let fingerprint = Fingerprint::new([u8::try_from(self.number).unwrap(); 32]);
        NewCertificate::new(self.pem.parse().unwrap(), fingerprint, self.validity)
    }
}

/// The time of the emulator at the start.
const START: i64 = 1_767_225_600;
const YEAR: i64 = 365 * 24 * 60 * 60;

#[expect(clippy::disallowed_types, reason = "a moment that is given, not a clock that is read")]
fn system_time(moment: Timestamp) -> std::time::SystemTime {
    let seconds = u64::try_from(moment.as_secs()).unwrap();
    std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Ten groups of authorities: one valid, one expired, one not valid yet, and another valid one.
static AUTHORITIES: LazyLock<Vec<[Authority; 4]>> = LazyLock::new(|| {
    let kinds = |number| [0, 1, 2, 3].map(|kind| Authority::new(number, kind));
    (0..10).map(kinds).collect()
});

pub(crate) fn authority(number: usize) -> &'static Authority {
    &AUTHORITIES[number][0]
}

pub(crate) fn id(number: usize) -> CertificateId {
    format!("cert_{number}").parse().unwrap()
}

/// The initial state of an organization.
#[derive(Debug, Clone)]
pub(crate) struct Organization {
    /// The kind of each certificate.
    pub(crate) kinds: Vec<usize>,
    /// Whether each project is archived.
    pub(crate) archived: Vec<bool>,
    /// What is active in the organization, and in each project.
    pub(crate) active: Vec<BTreeSet<usize>>,
    /// Whether archived projects refuse changes but make them anyway.
    pub(crate) changes_archived_anyway: bool,
}

impl Organization {
    fn snapshot(&self) -> Value {
        let project = |(number, is_archived): (usize, &bool)| {
            json!({"sequence": number + 1, "id": format!("proj_{number}"), "created_at": 1,
                "object": "organization.project", "status": if *is_archived { "archived" } else { "active" }})
        };
        let certificate = |(number, kind): (usize, &usize)| {
            let projects =
                (0..self.archived.len()).filter(|at| self.active[at + 1].contains(&number));
            let projects: Vec<_> = projects.map(|at| format!("proj_{at}")).collect();
            json!({"sequence": 100 + number, "id": format!("cert_{number}"), "name": format!("Root {number}"),
                "created_at": 1_700_000_000, "certificate": AUTHORITIES[number][*kind].pem,
                "active": self.active[0].contains(&number), "active_in": projects})
        };
        json!({"version": 1, "last_sequence": 1000, "audit": [],
            "projects": self.archived.iter().enumerate().map(project).collect::<Vec<_>>(),
            "certificates": self.kinds.iter().enumerate().map(certificate).collect::<Vec<_>>()})
    }
}

/// The certificates that are active in each scope, as requests are checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub(crate) active: BTreeMap<String, BTreeSet<String>>,
    archived: BTreeSet<String>,
    pems: BTreeMap<String, String>,
    valid: BTreeSet<String>,
}

impl State {
    fn of(emulator: &Emulator, is_settled: bool) -> Self {
        let snapshot = serde_json::to_value(emulator.snapshot()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let projects = list(&snapshot["projects"]);
        let ids = projects.iter().map(|project| text(&project["id"]));
        let scopes = std::iter::once("organization".to_owned()).chain(ids);
        let mut active: BTreeMap<_, BTreeSet<_>> = scopes.map(|it| (it, BTreeSet::new())).collect();
        let archived = projects.iter().filter(|project| project["status"] == "archived");
        let mut state = Self {
            archived: archived.map(|project| text(&project["id"])).collect(),
            active: BTreeMap::new(),
            pems: BTreeMap::new(),
            valid: BTreeSet::new(),
        };
        for certificate in list(&snapshot["certificates"]) {
            let id = text(&certificate["id"]);
            let mut scopes: BTreeSet<String> =
                list(&certificate["active_in"]).iter().map(text).collect();
            if certificate["active"] == true {
                scopes.insert("organization".into());
            }
            for pending in certificate["pending"].as_array().into_iter().flatten() {
                let scope = match &pending[0] {
                    Value::String(_) => "organization".to_owned(),
                    project => text(project.as_object().unwrap().values().next().unwrap()),
                };
                if !is_settled && pending[1]["shown"] == true {
                    scopes.insert(scope);
                } else if !is_settled {
                    scopes.remove(&scope);
                }
            }
            for scope in scopes {
                active.get_mut(&scope).unwrap().insert(id.clone());
            }
            let pem = text(&certificate["certificate"]);
            let is_valid = |kind: &Authority| kind.pem == pem && kind.is_valid_at_start();
            if AUTHORITIES.iter().flatten().any(is_valid) {
                state.valid.insert(id.clone());
            }
            state.pems.insert(id, pem);
        }
        Self { active, ..state }
    }

    /// The scopes that are not archived.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = (&String, &BTreeSet<String>)> {
        self.active.iter().filter(|(scope, _)| !self.archived.contains(*scope))
    }

    pub(crate) fn has_valid(&self, scope: &str) -> bool {
        let trusted = &self.active[scope] | &self.active["organization"];
        trusted.iter().any(|certificate| self.valid.contains(certificate))
    }

    pub(crate) fn is_enforced(&self, scope: &str) -> bool {
        !self.active[scope].is_empty() || !self.active["organization"].is_empty()
    }

    /// Whether a certificate exists or is active in this state, and not in the other one.
    pub(crate) fn has_more_than(&self, other: &Self) -> bool {
        let is_gone = |id: &String| !other.is_there(id);
        self.active.iter().any(|(scope, active)| !active.is_subset(&other.active[scope]))
            || self.pems.keys().any(is_gone)
    }

    pub(crate) fn is_there(&self, certificate: &str) -> bool {
        self.pems.contains_key(certificate)
    }

    pub(crate) fn copies_of(&self, number: usize) -> Vec<String> {
        let same = self.pems.iter().filter(|(_, pem)| **pem == authority(number).pem);
        same.map(|(id, _)| id.clone()).collect()
    }

    /// The state as if these certificates, and the copies of an authority, did not exist.
    pub(crate) fn without(
        &self,
        named: &[&str],
        number: usize,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let copies = self.copies_of(number);
        let is_other = |id: &&String| !named.contains(&id.as_str()) && !copies.contains(id);
        let others = |ids: &BTreeSet<String>| ids.iter().filter(is_other).cloned().collect();
        let there = self.pems.keys().filter(is_other).cloned().collect();
        let scopes = self.active.iter().map(|(scope, ids)| (scope.clone(), others(ids)));
        scopes.chain([("there".to_owned(), there)]).collect()
    }
}

/// The emulator, with a record of its states.
pub(crate) struct Server {
    transport: EmulatorTransport,
    history: Mutex<Vec<State>>,
    /// The states before and after each request of the program that may change something.
    changes: Mutex<Vec<(State, State)>>,
    requests_left: Mutex<Option<usize>>,
    /// The upload of another administrator while the program sleeps.
    upload_meanwhile: Mutex<Option<&'static Authority>>,
    /// Whether a change becomes visible after a delay.
    takes_time: bool,
}

impl Server {
    pub(crate) fn new(organization: &Organization, propagation: Option<Propagation>) -> Self {
        let mut assumptions = Assumptions::default();
        assumptions.allow_delete_while_active_in_archived_project = true;
        assumptions.toggle_archived_project_anyway = organization.changes_archived_anyway;
        let state = serde_json::from_value(organization.snapshot()).unwrap();
        let mut builder = Emulator::builder().admin_key(KEY).state(state).assumptions(assumptions);
        if let Some(propagation) = propagation {
            builder = builder.propagation(propagation);
        }
        let transport = EmulatorTransport::new(builder);
        let takes_time = propagation.is_some();
        Self {
            transport,
            history: Mutex::default(),
            changes: Mutex::default(),
            requests_left: Mutex::default(),
            upload_meanwhile: Mutex::default(),
            takes_time,
        }
    }

    pub(crate) fn client(&self) -> Client<&Self> {
        Client::new(Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).unwrap()), self)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.transport.clock().timestamp()
    }

    pub(crate) fn set_faults(&self, faults: Vec<Fault>) {
        self.transport.emulator().set_faults(faults);
    }

    pub(crate) fn state(&self) -> State {
        State::of(self.transport.emulator(), false)
    }

    /// The state when every change is visible.
    pub(crate) fn settled(&self) -> State {
        State::of(self.transport.emulator(), true)
    }

    pub(crate) fn history(&self) -> Vec<State> {
        self.history.lock().unwrap().clone()
    }

    pub(crate) fn changes(&self) -> Vec<(State, State)> {
        self.changes.lock().unwrap().clone()
    }

    pub(crate) fn forget_history(&self) {
        self.history.lock().unwrap().clear();
    }

    pub(crate) fn deactivate(&self, scope: &str, certificate: &str) {
        assert!(self.toggle("deactivate", scope, certificate));
    }

    /// Toggles as another administrator, and returns whether the server accepted it.
    pub(crate) fn toggle(&self, action: &str, scope: &str, certificate: &str) -> bool {
        let prefix =
            if scope == "organization" { String::new() } else { format!("projects/{scope}/") };
        self.post(
            &format!("{prefix}certificates/{action}"),
            &json!({"certificate_ids": [certificate]}),
        )
    }

    /// Lets another administrator upload this when the program sleeps next.
    pub(crate) fn upload_meanwhile(&self, authority: &'static Authority) {
        *self.upload_meanwhile.lock().unwrap() = Some(authority);
    }

    /// The number of certificates whose content was read.
    pub(crate) fn contents_read(&self) -> usize {
        let journal = self.transport.emulator().journal();
        journal.iter().filter(|entry| entry.endpoint == Some(Endpoint::GetCertificate)).count()
    }

    fn post(&self, path: &str, body: &Value) -> bool {
        let request = Request::post(format!("/v1/organization/{path}"))
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes());
        self.transport.emulator().handle(request.unwrap()).status() == 200
    }
}

impl Transport for Server {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let is_alive = match self.requests_left.lock().unwrap().as_mut() {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        };
        if !is_alive {
            std::future::pending::<()>().await;
        }
        // A list changes the visible state only if changes become visible after a delay.
        let is_reading = request.method() == Method::GET;
        if is_reading && !self.takes_time {
            return Transport::send(&self.transport, request, attempt).await;
        }
        let before = self.state();
        let response = Transport::send(&self.transport, request, attempt).await;
        let after = self.state();
        self.history.lock().unwrap().push(after.clone());
        if !is_reading {
            self.changes.lock().unwrap().push((before, after));
        }
        response
    }

    async fn sleep(&self, delay: Delay) {
        if let Some(authority) = self.upload_meanwhile.lock().unwrap().take() {
            assert!(self.post("certificates", &json!({"certificate": authority.pem})));
        }
        Transport::sleep(&self.transport, delay).await;
    }

    fn now(&self) -> Duration {
        Transport::now(&self.transport)
    }
}

/// Runs a program to its end, or drops it after this number of requests.
pub(crate) fn run_until_killed<F: Future>(
    server: &Server,
    requests: Option<usize>,
    program: F,
) -> Option<F::Output> {
    *server.requests_left.lock().unwrap() = requests;
    let mut program = pin!(program);
    match program.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
