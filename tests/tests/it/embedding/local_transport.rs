//! A transport that is not `Send`, as in a browser or on a runtime with one thread per core.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::local::LocalTransport;
use certs_core::operations::{List, Scope};
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use certs_core::{Client, Error};
use certs_testing::{EmulatorTransport, block_on};
use http::{Request, Response};

use crate::support::emulated;

/// Records the attempts in a cell that only one thread can use.
struct Recording {
    inner: EmulatorTransport,
    requests: Rc<RefCell<Vec<u32>>>,
}

impl LocalTransport for Recording {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.requests.borrow_mut().push(attempt.number);
        Transport::send(&self.inner, request, attempt).await
    }

    async fn sleep(&self, delay: Delay) {
        Transport::sleep(&self.inner, delay).await;
    }

    fn now(&self) -> Duration {
        Transport::now(&self.inner)
    }
}

#[test]
fn a_client_works_over_a_transport_that_is_not_send() -> Result<(), Error> {
    let requests = Rc::default();
    let (api, inner) = emulated();
    let client = Client::new(api, Recording { inner, requests: Rc::clone(&requests) });
    block_on(client.call(List::new(Scope::Organization)))?;
    assert_eq!(*requests.borrow(), [1]);
    Ok(())
}
