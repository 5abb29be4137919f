//! The interface between the protocol and an HTTP stack.

mod any;
mod attempt;
mod tls_failure;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::request_id::ClientRequestId;

pub use crate::delay::Delay;
pub use crate::error::{TransportError, TransportErrorKind};
pub use any::AnyTransport;
pub use attempt::Attempt;
pub use tls_failure::TlsFailure;

/// Sends requests, waits, and measures time: all I/O of a client.
///
/// A backend implements these methods and nothing of the protocol: no retries, no status handling, no
/// decoding, no redirects. [`guide::transports`](crate::guide::transports) lists what to take care of. The
/// futures must be [`Send`]. If that is impossible, implement
/// [`LocalTransport`](crate::local::LocalTransport); for a blocking stack, implement
/// [`blocking::Transport`](crate::blocking::Transport).
///
/// ```
/// use std::time::{Duration, Instant};
/// use certs_core::bytes::Bytes;
/// use certs_core::http::{Request, Response};
/// use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
///
/// /// A network that is down.
/// struct Down(Instant);
///
/// impl Transport for Down {
///     async fn send(
///         &self,
///         _: Request<Bytes>,
///         _: Attempt,
///     ) -> Result<Response<Bytes>, TransportError> {
///         Err(TransportError::new(TransportErrorKind::Connect).with_source("the cable is out"))
///     }
///
///     async fn sleep(&self, delay: Delay) {
///         tokio::time::sleep(delay.max).await;
///     }
///
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
/// ```
pub trait Transport {
    /// Sends the request exactly once and reads the complete response, whatever its status.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no complete response within [`Attempt::timeout`]. Its
    /// [kind](crate::transport::TransportErrorKind) decides whether the request may be repeated: use
    /// [`Connect`](crate::transport::TransportErrorKind::Connect) only if no byte of the request can have
    /// arrived.
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;

    /// Waits for a random time in the range.
    fn sleep(&self, delay: Delay) -> impl Future<Output = ()> + Send;

    /// The time since some fixed moment, which never decreases.
    fn now(&self) -> Duration;

    /// The client request id for the next request, different each time; `None` to send none.
    ///
    /// [`ClientRequestId::from_random`] makes one from random bits.
    fn client_request_id(&self) -> Option<ClientRequestId> {
        None
    }
}

macro_rules! impl_for_pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Transport> Transport for $pointer {
            fn send(
                &self,
                request: Request<Bytes>,
                attempt: Attempt,
            ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send {
                T::send(self, request, attempt)
            }

            fn sleep(&self, delay: Delay) -> impl Future<Output = ()> + Send {
                T::sleep(self, delay)
            }

            fn now(&self) -> Duration {
                T::now(self)
            }

            fn client_request_id(&self) -> Option<ClientRequestId> {
                T::client_request_id(self)
            }
        }
    )*};
}

impl_for_pointers!(&T, Arc<T>, Box<T>);
