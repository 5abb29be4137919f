//! Why there is no whole response.

use std::error::Error as StdError;
use std::fmt;

use http::{Response, StatusCode};

use crate::request_id::RequestId;

/// There is no whole response to a request.
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

    /// The error of a transport that is wrapped in the errors of other layers.
    ///
    /// A [`TransportError`] among `error` and its sources decides about the kind, so that a layer's "nothing
    /// was sent" is not lost.
    ///
    /// ```
    /// use certs_core::transport::{TransportError, TransportErrorKind};
    ///
    /// let open = TransportError::new(TransportErrorKind::Connect).with_source("the circuit is open");
    /// let found = TransportError::from_layers(open.into());
    /// assert_eq!(found.map_err(|_| ()).map(|error| error.kind()), Ok(TransportErrorKind::Connect));
    /// assert!(TransportError::from_layers("lost".into()).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// `error` itself, when there is no [`TransportError`] in it.
    pub fn from_layers(
        error: Box<dyn StdError + Send + Sync>,
    ) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let error = match error.downcast::<Self>() {
            Ok(found) => return Ok(*found),
            Err(error) => error,
        };
        let first: &(dyn StdError + 'static) = &*error;
        let found = std::iter::successors(Some(first), |&error| error.source())
            .find_map(|error| error.downcast_ref::<Self>())
            .map(|found| (found.kind, found.head.clone()));
        match found {
            Some((kind, head)) => Ok(Self { kind, source: Some(error), head }),
            None => Err(error),
        }
    }

    /// Adds the cause. It is printed, so it must not show secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Keeps status and request id of a response whose body is what went wrong.
    #[must_use]
    pub fn with_response<B>(mut self, response: &Response<B>) -> Self {
        self.head = Some((response.status(), RequestId::from_headers(response.headers())));
        self
    }

    /// What it means for the request.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The status of the response, if its head was there.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.head.as_ref().map(|(status, _)| *status)
    }

    /// The server's name for the request, if the head of the response was there.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.head.as_ref()?.1.as_ref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection was made, so nothing was sent",
            TransportErrorKind::NotProcessed => "the server did not process the request",
            TransportErrorKind::Timeout => "no whole response came in time",
            TransportErrorKind::Interrupted => "the connection broke before the response was whole",
            TransportErrorKind::TooLarge => "the response is larger than the client takes",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What the lack of a response means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Nothing of the request was sent: name not found, refused, TLS or proxy handshake failed, a
    /// pooled connection closed before use. Sent again, whatever the operation.
    Connect,
    /// Sent, and the server declares that it did not process the request: an HTTP/2 stream that was
    /// refused, or one above the last stream of a `GOAWAY` (RFC 9113, 8.7). Sent again, whatever the
    /// operation.
    NotProcessed,
    /// Sent, and no whole response in time. It may have been carried out.
    Timeout,
    /// Sent, and the connection broke before the response was whole. It may have been carried out.
    Interrupted,
    /// Sent, and the response is larger than the bound. It may have been carried out; not sent again,
    /// because the next response would be as large.
    TooLarge,
}

impl TransportErrorKind {
    /// What a fatal TLS alert that came in place of a response means, by its number in RFC 8446, section 6.
    ///
    /// By nine of them a server refuses the client's certificate, or the lack of one. In TLS 1.3 a client
    /// sends its request before it learns of that, but the server has not read it: that is
    /// [`Connect`](Self::Connect). Any other alert may come from a server that has.
    ///
    /// ```
    /// use certs_core::transport::TransportErrorKind;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_its_kind_and_its_cause() {
        let error = TransportError::new(TransportErrorKind::Timeout).with_source("the cause");
        assert_eq!(error.to_string(), "no whole response came in time");
        assert_eq!(error.source().unwrap().to_string(), "the cause");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("a layer")]
    struct Layer(#[source] TransportError);

    #[test]
    fn a_layer_around_a_transport_error_keeps_its_kind_and_head() {
        let response = Response::builder().status(200).header("x-request-id", "req_1").body(());
        let inner =
            TransportError::new(TransportErrorKind::TooLarge).with_response(&response.unwrap());
        let outer = TransportError::from_layers(Box::new(Layer(inner))).unwrap();
        assert_eq!(outer.kind(), TransportErrorKind::TooLarge);
        assert_eq!(outer.request_id().unwrap().as_str(), "req_1");
        assert_eq!(outer.source().unwrap().to_string(), "a layer");
    }
}
