//! The seam between the protocol and a wire.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Request, Response, StatusCode};

use crate::{Delay, RequestId};

/// What core refuses to have: a wire and a clock.
///
/// A backend implements these three methods, and nothing of the protocol: no retries, no status
/// handling, no decoding, no redirects. How, and what a good one watches out for:
/// [`guide::transports`](crate::guide::transports).
///
/// ```
/// use std::time::{Duration, Instant};
/// use certs_core::{Delay, Transport, TransportError, TransportErrorKind};
/// use http::{Request, Response};
///
/// /// A network that is down.
/// struct Down(Instant);
///
/// impl Transport for Down {
///     async fn send(
///         &self,
///         _: Request<Vec<u8>>,
///         _: Duration,
///     ) -> Result<Response<Vec<u8>>, TransportError> {
///         Err(TransportError::new(TransportErrorKind::Connect).with_source("the cable is out"))
///     }
///
///     async fn sleep(&self, delay: Delay) {
///         std::thread::sleep(delay.min);
///     }
///
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
/// ```
pub trait Transport {
    /// Sends the request exactly once and reads the whole answer, of whatever status.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no whole answer `timeout` that time, which is never zero and at
    /// most a day; its [kind](TransportErrorKind) decides whether the request may be sent again. Say
    /// [`Connect`](TransportErrorKind::Connect) only when not a byte of the request can have arrived.
    fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send;

    /// Waits for some time inside the range, chosen at random.
    fn sleep(&self, delay: Delay) -> impl Future<Output = ()> + Send;

    /// The time since some fixed moment, never running backwards.
    fn now(&self) -> Duration;
}

impl<T: Transport + Sync> Transport for &T {
    fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send {
        T::send(self, request, timeout)
    }

    fn sleep(&self, delay: Delay) -> impl Future<Output = ()> + Send {
        T::sleep(self, delay)
    }

    fn now(&self) -> Duration {
        T::now(self)
    }
}

/// There is no whole answer to a request.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
    head: Option<(StatusCode, Option<RequestId>)>,
}

impl TransportError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None, head: None }
    }

    /// What caused it. Must not show secrets: it is printed.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Keeps status and request id of an answer whose body is what went wrong.
    #[must_use]
    pub fn with_response<B>(mut self, response: &Response<B>) -> Self {
        self.head = Some((response.status(), RequestId::of(response.headers())));
        self
    }

    /// What it means for the request.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    pub(crate) fn head(&self) -> Option<&(StatusCode, Option<RequestId>)> {
        self.head.as_ref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection was made, so nothing was sent",
            TransportErrorKind::Timeout => "no whole answer came in time",
            TransportErrorKind::Interrupted => "the connection broke before the answer was whole",
            TransportErrorKind::TooLarge => "the answer is larger than the client takes",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What the lack of an answer means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Nothing of the request was sent: name not found, refused, TLS or proxy handshake failed, a
    /// pooled connection closed before use. Sent again, whatever the operation.
    Connect,
    /// Sent, and no whole answer in time. It may have been carried out.
    Timeout,
    /// Sent, and the connection broke before the answer was whole. It may have been carried out.
    Interrupted,
    /// Sent, and the answer is larger than the bound. It may have been carried out; not sent again,
    /// because the next answer would be as large.
    TooLarge,
}

impl TransportErrorKind {
    /// What a fatal TLS alert that came in place of an answer means, by its number in RFC 8446, section 6.
    ///
    /// By nine of them a server refuses the client's certificate, or the lack of one. In TLS 1.3 a client
    /// sends its request before it learns of that, but the server has not read it: that is
    /// [`Connect`](Self::Connect). Any other alert may come from a server that has.
    ///
    /// ```
    /// use certs_core::TransportErrorKind;
    ///
    /// let certificate_required = 116;
    /// assert_eq!(TransportErrorKind::from_tls_alert(certificate_required), TransportErrorKind::Connect);
    /// let bad_record_mac = 20;
    /// assert_eq!(TransportErrorKind::from_tls_alert(bad_record_mac), TransportErrorKind::Interrupted);
    /// ```
    #[must_use]
    pub fn from_tls_alert(number: u8) -> Self {
        match number {
            // handshake_failure; bad_, unsupported_, certificate_revoked, _expired and _unknown;
            // unknown_ca, access_denied; certificate_required
            40 | 42..=46 | 48..=49 | 116 => Self::Connect,
            _ => Self::Interrupted,
        }
    }
}
