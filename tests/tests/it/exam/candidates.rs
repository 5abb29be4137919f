//! How each transport is made for the exam.

use certs_conformance::{Candidate, InMemory, Terms, block_on};
use certs_hyper::{HyperTransport, RequestBody, ServiceTransport};
use certs_ureq::UreqTransport;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Runtime;
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

/// What runs on tokio.
pub(super) struct Hyper(Runtime);

impl Hyper {
    pub(super) fn new() -> Self {
        Self(Runtime::new().unwrap())
    }
}

impl Candidate for Hyper {
    type Transport = HyperTransport;

    fn transport(&self, terms: &Terms) -> HyperTransport {
        let builder = HyperTransport::builder().with_max_response_size(terms.max_response_size);
        match &terms.authority {
            None => builder.build_loopback(),
            Some(pem) => {
                let trusting = builder.without_platform_roots().with_roots_pem(pem.as_bytes());
                trusting.unwrap().build().unwrap()
            }
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}

/// A stack of layers over a client of its own.
pub(super) struct Tower(pub(super) Hyper);

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, hyper::Error>>;
pub(super) type Stack = BoxCloneSyncService<Request<RequestBody>, Answer, legacy::Error>;

impl Candidate for Tower {
    type Transport = ServiceTransport<Stack>;

    fn transport(&self, terms: &Terms) -> Self::Transport {
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build_http::<RequestBody>();
        let stack = ServiceBuilder::new()
            .layer(BoxCloneSyncService::layer())
            .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
            .layer(MapResponseBodyLayer::new(Incoming::boxed_unsync))
            .service(client);
        ServiceTransport::new(stack).with_max_response_size(terms.max_response_size)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }
}

/// What blocks, and so cannot be cancelled.
pub(super) struct Ureq;

impl Candidate for Ureq {
    type Transport = UreqTransport;

    fn transport(&self, terms: &Terms) -> UreqTransport {
        let builder = UreqTransport::builder().with_max_response_size(terms.max_response_size);
        match &terms.authority {
            None => builder.build_loopback(),
            Some(pem) => {
                let trusting = builder.without_platform_roots().with_roots_pem(pem.as_bytes());
                trusting.unwrap().build().unwrap()
            }
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}

/// What has no socket.
pub(super) struct Memory;

impl Candidate for Memory {
    type Transport = InMemory;

    fn transport(&self, terms: &Terms) -> InMemory {
        InMemory::new(terms.emulator.clone())
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}
