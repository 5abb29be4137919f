//! Any tower service as a transport.

use std::time::Duration;

use certs_core::{Delay, Transport, TransportError};
use http::{Request, Response};
use hyper::body::Body;
use tokio::time::Instant;
use tower_service::Service;

use crate::body::RequestBody;
use crate::causes::BoxError;
use crate::exchange::{Proof, exchange, sleep};

/// Sends through any [`tower_service::Service`] of HTTP requests: a stack of layers, a client of
/// hyper's, a router called in memory.
///
/// Each send goes to a clone of the service. The clock is that of tokio. Nothing of the stack may
/// repeat requests or follow redirects: that is core's to decide.
///
/// ```
/// use std::convert::Infallible;
/// use certs_core::{AdminKey, Api, BaseUrl, Client, Get};
/// use certs_hyper::{RequestBody, ServiceTransport};
/// use http::{Request, Response, StatusCode};
///
/// // Stands for a stack: `ServiceBuilder::new().layer(…).service(…)`.
/// #[derive(Clone)]
/// struct Stack;
///
/// impl tower_service::Service<Request<RequestBody>> for Stack {
///     type Response = Response<String>;
///     type Error = Infallible;
///     type Future = std::future::Ready<Result<Response<String>, Infallible>>;
/// #   fn poll_ready(
/// #       &mut self,
/// #       _: &mut std::task::Context<'_>,
/// #   ) -> std::task::Poll<Result<(), Infallible>> {
/// #       std::task::Poll::Ready(Ok(()))
/// #   }
///
///     fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
///         assert_eq!(request.uri().path(), "/v1/organization/certificates/cert_abc");
///         let mut answer = Response::new("{}".to_owned());
///         *answer.status_mut() = StatusCode::NOT_FOUND;
///         std::future::ready(Ok(answer))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
/// let client = Client::new(api, ServiceTransport::new(Stack));
/// let error = client.call(Get::new("cert_abc".parse()?)).await.unwrap_err();
/// assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Where a service wants another body, a layer that maps the request gives it one.
///
/// A request counts as not sent when the service was never ready for it, or when an error of
/// hyper's is behind the failure and says so: no connection, or one that ended before the request's
/// turn. Any other failure, and every time-out of a call, leaves open whether it was carried out.
#[derive(Debug, Clone)]
pub struct ServiceTransport<S> {
    service: S,
    max_response_size: usize,
    epoch: Instant,
}

impl<S> ServiceTransport<S> {
    /// A transport over this service, which takes answers of at most 8 MiB.
    pub fn new(service: S) -> Self {
        Self { service, max_response_size: 8 * 1024 * 1024, epoch: Instant::now() }
    }

    /// The largest body of an answer, in bytes.
    #[must_use]
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }
}

impl<S, B> Transport for ServiceTransport<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send {
        exchange(self.service.clone(), request, timeout, self.max_response_size, Proof::Error)
    }

    async fn sleep(&self, delay: Delay) {
        sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}
