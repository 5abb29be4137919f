//! A transport whose type is chosen at run time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::delay::Delay;
use crate::error::TransportError;
use crate::request_id::ClientRequestId;
use crate::transport::{Attempt, Transport};

/// Any [`Transport`] as one type, to choose it at run time or to avoid a type parameter.
///
/// Clones share the transport.
///
/// ```
/// use certs_core::transport::{AnyTransport, Transport};
/// use certs_core::{Api, Client};
///
/// struct Application {
///     certificates: Client<AnyTransport>,
/// }
///
/// fn application(api: Api, transport: impl Transport + Send + Sync + 'static) -> Application {
///     Application { certificates: Client::new(api, AnyTransport::new(transport)) }
/// }
/// ```
#[derive(Clone)]
pub struct AnyTransport(Arc<dyn DynTransport>);

impl AnyTransport {
    /// Wraps a transport.
    pub fn new(transport: impl Transport + Send + Sync + 'static) -> Self {
        Self(Arc::new(transport))
    }
}

impl fmt::Debug for AnyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyTransport").finish_non_exhaustive()
    }
}

impl Transport for AnyTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send {
        self.0.send(request, attempt)
    }

    fn sleep(&self, delay: Delay) -> impl Future<Output = ()> + Send {
        self.0.sleep(delay)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        self.0.client_request_id()
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Transport`] with boxed futures.
trait DynTransport: Send + Sync {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
    fn sleep(&self, delay: Delay) -> BoxFuture<'_, ()>;
    fn now(&self) -> Duration;
    fn client_request_id(&self) -> Option<ClientRequestId>;
}

impl<T: Transport + Send + Sync> DynTransport for T {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(Transport::send(self, request, attempt))
    }

    fn sleep(&self, delay: Delay) -> BoxFuture<'_, ()> {
        Box::pin(Transport::sleep(self, delay))
    }

    fn now(&self) -> Duration {
        Transport::now(self)
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        Transport::client_request_id(self)
    }
}
