//! A tower layer that stops sending to a server that keeps failing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use certs_core::Client;
use certs_core::operations::Upload;
use certs_core::transport::{TransportError, TransportErrorKind};
use certs_emulator::pki::Authority;
use certs_emulator::{Emulator, Fault};
use certs_hyper::{RequestBody, ServiceTransport};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tower::{BoxError, Service};

use crate::support::{KEY, api};

type Http = legacy::Client<legacy::connect::HttpConnector, RequestBody>;

/// Opens after three failures in a row.
#[derive(Clone)]
struct CircuitBreaker {
    inner: Http,
    failures: Arc<AtomicU32>,
}

impl Service<Request<RequestBody>> for CircuitBreaker {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let failures = Arc::clone(&self.failures);
        if failures.load(Ordering::SeqCst) >= 3 {
            // The request is dropped here, so it is certain that nothing was sent.
            let open = TransportError::new(TransportErrorKind::Connect);
            return Box::pin(async { Err(open.with_source("the circuit is open").into()) });
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await;
            let failed =
                response.as_ref().map_or(true, |response| response.status().is_server_error());
            failures.store(
                if failed { failures.load(Ordering::SeqCst) + 1 } else { 0 },
                Ordering::SeqCst,
            );
            Ok(response?)
        })
    }
}

#[tokio::test]
async fn an_open_circuit_breaker_shows_that_an_upload_was_not_sent() {
    let emulator =
        Emulator::builder().admin_key(KEY).fault(Fault::any().close_before_commit()).build();
    let server = emulator.bind("127.0.0.1:0").await.unwrap();
    let inner = legacy::Client::builder(TokioExecutor::new()).build_http();
    let breaker = CircuitBreaker { inner, failures: Arc::default() };
    let client = Client::new(api(&server.base_url()), ServiceTransport::new(breaker));
    let pem = Authority::new("Root").unwrap().certificate().parse().unwrap();
    let upload = Upload::new(pem);

    for _ in 0..3 {
        let error = client.call(&upload).await.unwrap_err();
        assert!(error.may_have_acted(), "the response was lost: {error:?}");
    }
    let sent = emulator.journal().len();
    let error = client.call(&upload).await.unwrap_err();
    assert!(!error.may_have_acted(), "{error:?}");
    assert!(format!("{error:?}").contains("the circuit is open"), "{error:?}");
    assert_eq!(emulator.journal().len(), sent);
}
