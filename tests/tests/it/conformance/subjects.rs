//! The transports under test.

use certs_conformance::{Requirements, Subject, block_on};
use certs_core::blocking::AsLocal;
use certs_hyper::{HyperTransport, RequestBody, ServiceTransport};
use certs_testing::EmulatorTransport;
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

/// `HyperTransport` on a tokio runtime.
pub(super) struct Hyper(Runtime);

impl Hyper {
    pub(super) fn new() -> Self {
        Self(Runtime::new().unwrap())
    }
}

impl Subject for Hyper {
    type Transport = HyperTransport;

    fn transport(&self, requirements: &Requirements) -> HyperTransport {
        let builder =
            HyperTransport::builder().with_max_response_size(requirements.max_response_size);
        match &requirements.root_certificate {
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

/// A stack of tower layers over a client of its own.
pub(super) struct Tower(pub(super) Hyper);

pub(super) type Reply = Response<UnsyncBoxBody<Bytes, hyper::Error>>;
pub(super) type Stack = BoxCloneSyncService<Request<RequestBody>, Reply, legacy::Error>;

impl Subject for Tower {
    type Transport = ServiceTransport<Stack>;

    fn transport(&self, requirements: &Requirements) -> Self::Transport {
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build_http::<RequestBody>();
        let stack = ServiceBuilder::new()
            .layer(BoxCloneSyncService::layer())
            .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
            .layer(MapResponseBodyLayer::new(Incoming::boxed_unsync))
            .service(client);
        ServiceTransport::new(stack).with_max_response_size(requirements.max_response_size)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }
}

/// `UreqTransport`, which blocks and so cannot be canceled.
pub(super) struct Ureq;

impl Subject for Ureq {
    type Transport = AsLocal<UreqTransport>;

    fn transport(&self, requirements: &Requirements) -> Self::Transport {
        let builder =
            UreqTransport::builder().with_max_response_size(requirements.max_response_size);
        AsLocal(match &requirements.root_certificate {
            None => builder.build_loopback(),
            Some(pem) => {
                let trusting = builder.without_platform_roots().with_roots_pem(pem.as_bytes());
                trusting.unwrap().build().unwrap()
            }
        })
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}

/// The emulator in memory, without sockets.
pub(super) struct Memory;

impl Subject for Memory {
    type Transport = EmulatorTransport;

    fn transport(&self, requirements: &Requirements) -> EmulatorTransport {
        requirements.emulator.clone()
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}
