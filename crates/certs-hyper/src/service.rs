//! Any tower service as a transport.

use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use http::{Request, Response};
use hyper::body::{Body, Bytes};
use tokio::time::Instant;
use tower_service::Service;

use crate::body::RequestBody;
use crate::error_chain::BoxError;
use crate::exchange::{UnsentErrors, UnsentEvidence, exchange, random_request_id, sleep};

/// Sends through any [`tower_service::Service`] for HTTP requests: a stack of layers, a hyper client,
/// or a router called in memory.
///
/// Each request is sent through a clone of the service. Time limits and sleeps need a tokio runtime with time
/// enabled. No layer of the stack may repeat requests or follow redirects, because `certs-core` decides that. Each
/// request has its [`Attempt`] as an extension, so that a
/// layer can label metrics by endpoint and attempt.
///
/// ```
/// use std::convert::Infallible;
/// use certs_core::{AdminKey, Api, BaseUrl, Client};
/// use certs_core::operations::Get;
/// use certs_hyper::{RequestBody, ServiceTransport};
/// use http::{Request, Response, StatusCode};
///
/// // In place of a stack such as `ServiceBuilder::new().layer(…).service(…)`.
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
///         let mut response = Response::new("{}".to_owned());
///         *response.status_mut() = StatusCode::NOT_FOUND;
///         std::future::ready(Ok(response))
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
/// If a service needs another body type, convert the request in a layer.
///
/// # Which errors mean that nothing was sent
///
/// A request counts as not sent if the service did not become ready in time, or if a hyper error among the error's
/// sources proves it: no connection was established, or the connection was closed before the request was written.
/// An HTTP/2 error with which the server refuses the stream counts as not processed. A [`TransportError`] of a layer
/// is passed through unchanged. After any other error, and after a timeout, the request may have been carried out.
#[derive(Debug, Clone)]
pub struct ServiceTransport<S> {
    service: S,
    max_response_size: usize,
    unsent_errors: Option<UnsentErrors>,
    epoch: Instant,
}

impl<S> ServiceTransport<S> {
    /// A transport over this service.
    pub fn new(service: S) -> Self {
        Self {
            service,
            max_response_size: 8 * 1024 * 1024,
            unsent_errors: None,
            epoch: Instant::now(),
        }
    }

    /// Sets which errors of the service prove that nothing of the request was sent, for example that of a circuit
    /// breaker, or of a client other than hyper that could not connect. The function is called with the error and
    /// each of its sources.
    ///
    /// If it returns `true` for an error by mistake, an upload may be made twice. A layer of your own can return a
    /// [`TransportError`] instead.
    #[must_use]
    pub fn with_unsent_errors(
        mut self,
        is_unsent: fn(&(dyn std::error::Error + 'static)) -> bool,
    ) -> Self {
        self.unsent_errors = Some(is_unsent);
        self
    }

    /// Sets the maximum size of a response body, in bytes. Default 8 MiB.
    #[must_use]
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
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
        mut request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send {
        let timeout = attempt.timeout;
        request.extensions_mut().insert(attempt);
        exchange(
            self.service.clone(),
            request,
            timeout,
            self.max_response_size,
            UnsentEvidence::Error(self.unsent_errors),
        )
    }

    async fn sleep(&self, delay: Delay) {
        sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        Some(random_request_id())
    }
}
