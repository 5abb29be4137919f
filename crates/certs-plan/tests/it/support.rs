//! A server in memory that lists certificates and projects, and refuses on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use certs_core::{AdminKey, Api, BaseUrl, Client, Retry};
use certs_types::Timestamp;
use http::{Request, Response};
use serde_json::{Value, json};

pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(1_800_000_000).unwrap()
}

/// Runs a future that needs no runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A client without retries.
pub(crate) fn client(server: &Server) -> Client<&Server> {
    let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into()).unwrap());
    Client::new(api, server).with_retry(once())
}

fn once() -> Retry {
    let mut retry = Retry::default();
    retry.attempts = 1;
    retry
}

#[derive(Default)]
struct State {
    certificates: Vec<String>,
    projects: Vec<String>,
    archived: BTreeSet<String>,
    active: BTreeMap<String, BTreeSet<String>>,
    refused: BTreeMap<String, u16>,
    vanishing: BTreeSet<String>,
    archived_when_read: BTreeSet<String>,
    fails_from: Option<usize>,
    requests: Vec<String>,
    in_flight: usize,
    most_in_flight: usize,
}

pub(crate) struct Server(Mutex<State>);

impl Server {
    pub(crate) fn new<C: Into<String>>(
        certificates: impl IntoIterator<Item = C>,
        projects: impl IntoIterator<Item = String>,
    ) -> Self {
        Self(Mutex::new(State {
            certificates: certificates.into_iter().map(Into::into).collect(),
            projects: projects.into_iter().collect(),
            ..State::default()
        }))
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    pub(crate) fn forget_requests(&self) {
        let mut state = self.state();
        state.requests.clear();
        state.fails_from = None;
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.state().most_in_flight
    }

    pub(crate) fn activate(&self, scope: &str, certificate: &str) {
        self.state().active.entry(scope.into()).or_default().insert(certificate.into());
    }

    pub(crate) fn archive(&self, project: &str) {
        self.state().archived.insert(project.into());
    }

    /// Refuses the list of a project with this status.
    pub(crate) fn refuse(&self, project: &str, status: u16) {
        self.state().refused.insert(project.into(), status);
    }

    /// Removes a project when its list is requested.
    pub(crate) fn remove_when_read(&self, project: &str) {
        self.state().vanishing.insert(project.into());
    }

    /// Archives a project when its list is requested.
    pub(crate) fn archive_when_read(&self, project: &str) {
        self.state().archived_when_read.insert(project.into());
    }

    /// Responds to every request after this many with 500.
    pub(crate) fn fail_from(&self, request: usize) {
        self.state().fails_from = Some(request);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn respond(&mut self, request: &Request<Bytes>) -> (u16, Value) {
        let path = request.uri().path().trim_start_matches("/v1/organization/").to_owned();
        let query: BTreeMap<_, _> = request
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|pair| pair.split_once('='))
            .collect();
        self.requests.push(path.clone());
        if self.fails_from.is_some_and(|from| self.requests.len() > from) {
            return (500, json!({}));
        }
        let after = query.get("after").copied();
        match path.split('/').collect::<Vec<_>>()[..] {
            ["projects"] => {
                let project = |id: &String| {
                    let status = if self.archived.contains(id) { "archived" } else { "active" };
                    json!({"object": "organization.project", "id": id, "created_at": 1, "status": status})
                };
                (200, page(self.projects.iter().map(project), after))
            }
            ["certificates"] => (200, self.list("organization", after)),
            ["projects", id, "certificates"] => {
                if self.archived_when_read.contains(id) {
                    self.archived.insert(id.to_owned());
                }
                if self.vanishing.contains(id) {
                    self.projects.retain(|other| other != id);
                }
                if let Some(status) = self.refused.get(id) {
                    return (*status, json!({"error": {"message": "refused"}}));
                }
                if !self.projects.iter().any(|other| other == id) {
                    return (404, json!({"error": {"message": "no such project"}}));
                }
                (200, self.list(id, after))
            }
            _ => (404, json!({})),
        }
    }

    fn list(&self, scope: &str, after: Option<&str>) -> Value {
        let is_active =
            |id: &String| self.active.get(scope).is_some_and(|active| active.contains(id));
        let certificate = |id: &String| {
            json!({"object": "organization.certificate", "id": id, "created_at": 1, "active": is_active(id),
                "certificate_details": {"valid_at": 1, "expires_at": 2_000_000_000}})
        };
        page(self.certificates.iter().map(certificate), after)
    }
}

fn page(items: impl Iterator<Item = Value>, after: Option<&str>) -> Value {
    let mut items: Vec<Value> = items.collect();
    if let Some(after) = after {
        let position = items.iter().position(|item| item["id"] == after);
        items.drain(..=position.unwrap());
    }
    let has_more = items.len() > 100;
    items.truncate(100);
    let last = items.last().map_or(Value::Null, |last| last["id"].clone());
    json!({"object": "list", "data": items, "last_id": last, "has_more": has_more})
}

impl Transport for Server {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        {
            let mut state = self.state();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
        }
        let mut polls = 0;
        poll_fn(|_| {
            polls += 1;
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        let mut state = self.state();
        state.in_flight -= 1;
        let (status, body) = state.respond(&request);
        let body = serde_json::to_vec(&body).unwrap();
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}
