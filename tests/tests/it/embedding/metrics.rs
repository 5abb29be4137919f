//! A tower layer that counts requests by operation and attempt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use certs_core::operations::{List, Scope};
use certs_core::transport::Attempt;
use certs_core::{Client, Error};
use certs_emulator::{Emulator, Fault};
use certs_hyper::{RequestBody, ServiceTransport};
use http::Request;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tower::Service;

use crate::support::{KEY, api};

/// The number of requests by operation and attempt.
type Counters = Arc<Mutex<BTreeMap<(&'static str, u32), u32>>>;

#[derive(Clone)]
struct CountRequests<S> {
    inner: S,
    counters: Counters,
}

impl<S: Service<Request<RequestBody>>> Service<Request<RequestBody>> for CountRequests<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> S::Future {
        if let Some(attempt) = request.extensions().get::<Attempt>() {
            let labels = (attempt.endpoint.operation_id, attempt.number);
            *self.counters.lock().unwrap().entry(labels).or_default() += 1;
        }
        self.inner.call(request)
    }
}

#[tokio::test]
async fn a_layer_labels_metrics_by_operation_and_attempt() -> Result<(), Error> {
    let emulator =
        Emulator::builder().admin_key(KEY).fault(Fault::any().first(2).close_before_commit());
    let server = emulator.build().bind("127.0.0.1:0").await.expect("a port");
    let counters = Counters::default();
    let inner = legacy::Client::builder(TokioExecutor::new()).build_http::<RequestBody>();
    let stack = CountRequests { inner, counters: counters.clone() };
    let client = Client::new(api(&server.base_url()), ServiceTransport::new(stack));
    client.call(List::new(Scope::Organization)).await?;
    let counters = counters.lock().unwrap();
    let expected = [1, 2, 3].map(|attempt| (("listOrganizationCertificates", attempt), 1));
    assert_eq!(*counters, BTreeMap::from(expected));
    Ok(())
}
