//! The client works over every kind of transport.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::local::LocalTransport;
use certs_core::operations::ListProjects;
use certs_core::request_id::ClientRequestId;
use certs_core::transport::{AnyTransport, Attempt, Delay, Transport, TransportError};
use certs_core::{Client, blocking};
use http::{Request, Response};
use serde_json::json;

use crate::support::{EMPTY_LIST, Outcome, api, scripted};

/// A transport that is not `Send`.
struct Local(Rc<RefCell<Vec<Attempt>>>);

impl LocalTransport for Local {
    async fn send(
        &self,
        _: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.borrow_mut().push(attempt);
        Ok(Response::new(EMPTY_LIST.into()))
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test]
async fn a_transport_need_not_be_send() {
    let sent = Rc::default();
    let client = Client::new(api(), Local(Rc::clone(&sent)));
    client.call(ListProjects::new()).await.unwrap();
    assert_eq!(sent.borrow().len(), 1);
}

/// Compiles only if the future of a call is `Send` for every `Transport`.
async fn spawned<T: Transport + Send + Sync + 'static>(client: Client<T>) -> usize {
    tokio::spawn(async move { client.all(ListProjects::new()).await.unwrap().len() }).await.unwrap()
}

#[tokio::test]
async fn generic_and_concrete_calls_can_be_spawned() {
    let client = || Client::new(api(), scripted([Outcome::response(200, EMPTY_LIST)]));
    assert_eq!(spawned(client()).await, 0);
    let concrete = client();
    let call = tokio::spawn(async move { concrete.call(ListProjects::new()).await.unwrap() });
    assert_eq!(call.await.unwrap().attempts, 1);
}

#[tokio::test]
async fn a_transport_can_be_chosen_at_run_time_and_shared() {
    let script = Arc::new(scripted([(); 4].map(|()| Outcome::response(200, EMPTY_LIST))));
    let choices =
        [AnyTransport::new(Arc::clone(&script)), AnyTransport::new(Box::new(Arc::clone(&script)))];
    for transport in choices {
        let client = Client::new(api(), transport.clone());
        client.call(ListProjects::new()).await.unwrap();
        assert_eq!(spawned(client).await, 0);
    }
    assert_eq!(script.requests().len(), 4);
}

#[test]
fn a_blocking_transport_needs_no_runtime() {
    let busy = Outcome::response(503, "");
    let transport =
        scripted([busy, Outcome::response(200, EMPTY_LIST), Outcome::response(200, EMPTY_LIST)]);
    let client = blocking::Client::new(api(), transport);
    assert_eq!(client.call(ListProjects::new()).unwrap().attempts, 2);
    assert_eq!(client.pages(ListProjects::new()).count(), 1);
    let numbers: Vec<_> =
        client.transport().attempts().iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 1]);
}

/// A transport that has its own clock and request ids, and counts its sleeps.
#[derive(Clone, Default)]
struct Own(Arc<AtomicUsize>);

impl blocking::Transport for Own {
    fn send(&self, _: Request<Bytes>, _: Attempt) -> Result<Response<Bytes>, TransportError> {
        Ok(Response::new(EMPTY_LIST.into()))
    }

    fn sleep(&self, _: Delay) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn now(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        "own-1".parse().ok()
    }
}

impl Transport for Own {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        blocking::Transport::send(self, request, attempt)
    }

    async fn sleep(&self, delay: Delay) {
        blocking::Transport::sleep(self, delay);
    }

    fn now(&self) -> Duration {
        blocking::Transport::now(self)
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        blocking::Transport::client_request_id(self)
    }
}

#[tokio::test]
async fn wrappers_use_the_sleep_clock_and_request_ids_of_their_transport() {
    async fn check<T: LocalTransport>(wrapped: T, own: &Own) {
        assert_eq!(wrapped.now(), Duration::from_secs(7));
        assert_eq!(wrapped.client_request_id().unwrap().as_str(), "own-1");
        wrapped.sleep(Delay::exactly(Duration::from_secs(1))).await;
        assert_eq!(own.0.swap(0, Ordering::Relaxed), 1);
    }
    let own = Own::default();
    check(own.clone(), &own).await;
    check(Arc::new(own.clone()), &own).await;
    check(Box::new(own.clone()), &own).await;
    check(AnyTransport::new(own.clone()), &own).await;
    check(blocking::AsLocal(own.clone()), &own).await;
}

#[test]
fn blocking_lists_and_series_are_read_to_their_end() {
    let page = |id: &str, has_more: bool| {
        let project = json!({"object": "organization.project", "id": id, "created_at": 1});
        let page =
            json!({"object": "list", "data": [project], "last_id": id, "has_more": has_more});
        Outcome::response(200, page.to_string())
    };
    let both = || [page("proj_a", true), page("proj_b", false)];
    let client = blocking::Client::new(api(), scripted(both()));
    assert_eq!(client.all(ListProjects::new()).unwrap().len(), 2);
    let client = blocking::Client::new(api(), scripted(both()));
    assert_eq!(client.series([ListProjects::new(), ListProjects::new()]).unwrap().len(), 2);
    let client = blocking::Client::new(api(), scripted(both()));
    assert!(client.pages(ListProjects::new()).all(|page| page.unwrap().len() == 1));
    assert_eq!(client.transport().requests().len(), 2);

    let refused = Outcome::response(403, "");
    let client = blocking::Client::new(api(), scripted([page("proj_a", true), refused]));
    let mut pages = client.pages(ListProjects::new());
    assert!(pages.next().unwrap().is_ok() && pages.next().unwrap().is_err());
    assert!(pages.next().is_none());
}
