//! Transports whose futures need not be `Send`.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::delay::Delay;
use crate::error::TransportError;
use crate::request_id::ClientRequestId;
use crate::transport::{Attempt, Transport};

/// A [`Transport`] whose futures need not be [`Send`].
///
/// For single-threaded stacks: `fetch` in a browser, monoio, glommio, compio, or anything that uses an
/// [`Rc`](std::rc::Rc). Every [`Transport`] is also a `LocalTransport`, and [`Client`](crate::Client) accepts
/// both. Implement this trait only if you cannot implement `Transport`. Import only one of the two, because their
/// methods have the same names.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use std::time::Duration;
/// use certs_core::Client;
/// use certs_core::bytes::Bytes;
/// use certs_core::http::{Request, Response};
/// use certs_core::local::LocalTransport;
/// use certs_core::transport::{Attempt, Delay, TransportError};
///
/// /// Counts in a cell that cannot leave its thread.
/// struct Counting(Rc<Cell<u32>>);
///
/// impl LocalTransport for Counting {
///     async fn send(
///         &self,
///         _: Request<Bytes>,
///         _: Attempt,
///     ) -> Result<Response<Bytes>, TransportError> {
///         self.0.set(self.0.get() + 1);
///         Ok(Response::new(r#"{"object":"list","data":[],"has_more":false}"#.into()))
///     }
///
///     async fn sleep(&self, _: Delay) {}
///
///     fn now(&self) -> Duration {
///         Duration::ZERO
///     }
/// }
///
/// async fn count(client: &Client<Counting>) -> Result<u32, certs_core::Error> {
///     client.call(certs_core::operations::ListProjects::new()).await?;
///     Ok(client.transport().0.get())
/// }
/// ```
pub trait LocalTransport {
    /// Like [`Transport::send`].
    ///
    /// # Errors
    ///
    /// Like [`Transport::send`].
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>>;

    /// Like [`Transport::sleep`].
    fn sleep(&self, delay: Delay) -> impl Future<Output = ()>;

    /// Like [`Transport::now`].
    fn now(&self) -> Duration;

    /// Like [`Transport::client_request_id`].
    fn client_request_id(&self) -> Option<ClientRequestId> {
        None
    }
}

impl<T: Transport> LocalTransport for T {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> {
        T::send(self, request, attempt)
    }

    fn sleep(&self, delay: Delay) -> impl Future<Output = ()> {
        T::sleep(self, delay)
    }

    fn now(&self) -> Duration {
        T::now(self)
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        T::client_request_id(self)
    }
}
