//! Errors of a tower service of the application.

use std::future::{pending, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use certs_core::transport::{Transport, TransportError, TransportErrorKind as Kind};
use certs_hyper::{RequestBody, ServiceTransport};
use http::{Request, Response};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::client::conn::http1;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tower::{Service, service_fn};

use crate::support::attempt;

fn delete(authority: &str) -> Request<Bytes> {
    let uri = format!("http://{authority}/v1/organization/certificates/cert_a");
    Request::delete(uri).body(Bytes::new()).unwrap()
}

async fn kind(transport: impl Transport) -> Kind {
    kind_of(transport, delete("api.example")).await
}

async fn kind_of(transport: impl Transport, request: Request<Bytes>) -> Kind {
    transport.send(request, attempt(Duration::from_secs(1))).await.unwrap_err().kind()
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_service_may_have_acted() {
    let acted = AtomicUsize::new(0);
    let late = service_fn(|_: Request<RequestBody>| {
        acted.fetch_add(1, Ordering::SeqCst);
        pending::<io::Result<Response<String>>>()
    });
    assert_eq!(kind(ServiceTransport::new(late)).await, Kind::Timeout);
    let failing = service_fn(|_: Request<RequestBody>| {
        acted.fetch_add(1, Ordering::SeqCst);
        ready(Err::<Response<String>, _>(io::Error::other("lost the response")))
    });
    assert_eq!(kind(ServiceTransport::new(failing)).await, Kind::Interrupted);
    assert_eq!(acted.into_inner(), 2);
}

/// A service that never becomes ready: it fails or stays pending.
#[derive(Clone)]
struct Unready(bool);

impl Service<Request<RequestBody>> for Unready {
    type Response = Response<String>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Response<String>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.0 {
            Poll::Ready(Err(io::Error::other("the stack is closed")))
        } else {
            Poll::Pending
        }
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        panic!("called before it was ready");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_ready_gets_no_request() {
    for fails in [true, false] {
        assert_eq!(kind(ServiceTransport::new(Unready(fails))).await, Kind::Connect);
    }
}

#[tokio::test]
async fn recognizes_connect_errors_of_hyper_util() {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<RequestBody>();
    // No process listens there.
    let closed = delete("127.0.0.1:1");
    assert_eq!(kind_of(ServiceTransport::new(client), closed).await, Kind::Connect);
}

#[tokio::test]
async fn a_canceled_request_was_not_sent() {
    let over_a_dead_connection = service_fn(|request: Request<RequestBody>| async move {
        let (near, _) = tokio::io::duplex(64);
        let (mut sender, _) = http1::handshake(TokioIo::new(near)).await?;
        sender.send_request(request).await
    });
    assert_eq!(kind(ServiceTransport::new(over_a_dead_connection)).await, Kind::Connect);
}

/// A body that announces a huge length and contains no byte.
struct HugeAnnouncement;

impl Body for HugeAnnouncement {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(Some(Err(io::Error::other("cut"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(1 << 63)
    }
}

#[tokio::test]
async fn does_not_allocate_what_content_length_announces() {
    let service = service_fn(|_: Request<RequestBody>| {
        ready(Ok::<_, io::Error>(Response::new(HugeAnnouncement)))
    });
    let transport = ServiceTransport::new(service).with_max_response_size(usize::MAX);
    assert_eq!(kind(transport).await, Kind::Interrupted);
}

fn is_circuit_open(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<CircuitOpen>()
}

/// The error of a layer that sends nothing while its circuit is open.
#[derive(Debug)]
struct CircuitOpen;

impl std::fmt::Display for CircuitOpen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the circuit is open")
    }
}

impl std::error::Error for CircuitOpen {}

#[tokio::test]
async fn an_error_that_is_declared_as_unsent_proves_that_nothing_was_sent() {
    let breaker =
        || service_fn(|_: Request<RequestBody>| ready(Err::<Response<String>, _>(CircuitOpen)));
    assert_eq!(kind(ServiceTransport::new(breaker())).await, Kind::Interrupted);
    let declared = ServiceTransport::new(breaker()).with_unsent_errors(is_circuit_open);
    assert_eq!(kind(declared.clone()).await, Kind::Connect);
    let wrapped = ServiceTransport::new(service_fn(|_: Request<RequestBody>| {
        ready(Err::<Response<String>, _>(
            TransportError::new(Kind::Timeout).with_source(CircuitOpen),
        ))
    }));
    assert_eq!(kind(wrapped).await, Kind::Timeout, "the kind that a layer reports is kept");
}

#[tokio::test]
async fn the_error_of_a_transport_is_passed_through_whatever_wraps_it() {
    let refused = || TransportError::new(Kind::NotProcessed).with_source("busy");
    let direct =
        service_fn(move |_: Request<RequestBody>| ready(Err::<Response<String>, _>(refused())));
    let transport = ServiceTransport::new(direct);
    let error = transport.send(delete("api.example"), attempt(Duration::from_secs(1)));
    let error = error.await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotProcessed);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "busy");
    let wrapped = service_fn(move |_: Request<RequestBody>| {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(Wrapped(refused()));
        ready(Err::<Response<String>, _>(error))
    });
    assert_eq!(kind(ServiceTransport::new(wrapped)).await, Kind::NotProcessed);
}

/// Wraps an error like tower's buffer does.
#[derive(Debug)]
struct Wrapped(TransportError);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the buffered service failed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
