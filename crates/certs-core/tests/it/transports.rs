//! The client works over every kind of transport.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use certs_core::local::LocalTransport;
use certs_core::operations::ListProjects;
use certs_core::transport::{AnyTransport, Attempt, Delay, Transport, TransportError};
use certs_core::{Client, blocking};
use http::{Request, Response};

use crate::support::{EMPTY_LIST, Outcome, api, scripted};

/// A transport that is not `Send`.
struct Local(Rc<RefCell<Vec<Attempt>>>);

impl LocalTransport for Local {
    async fn send(
        &self,
        _: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
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
