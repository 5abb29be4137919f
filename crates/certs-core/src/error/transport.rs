//! Why there is no complete response.

use std::error::Error as StdError;

use http::{Response, StatusCode};

use crate::request_id::RequestId;

/// Why a request got no complete response.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.words())]
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

    /// Finds the error of a transport within the error of another layer.
    ///
    /// If `error` or one of its sources is a [`TransportError`], the result has its kind, status and request id, and
    /// `error` as its source.
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

    /// Adds the cause. It is printed, so it must not contain secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds the status and request id of a response whose body could not be read.
    #[must_use]
    pub fn with_response<B>(mut self, response: &Response<B>) -> Self {
        self.head = Some((response.status(), RequestId::from_headers(response.headers())));
        self
    }

    /// Whether the request may have been carried out.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The status of the response, if its head was received.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.head.as_ref().map(|(status, _)| *status)
    }

    /// The request id that the server assigned, if the head of the response was received.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.head.as_ref()?.1.as_ref()
    }
}

/// Whether a request without a complete response may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No byte of the request can have reached the server: the name was not found, the connection was refused, a TLS
    /// or proxy handshake failed, or a pooled connection was closed before use. Any operation may be repeated.
    Connect,
    /// The request was sent, but the server declared that it did not process it: an HTTP/2 stream that was
    /// refused, or one above the last stream of a `GOAWAY` (RFC 9113, 8.7). Any operation may be repeated.
    NotProcessed,
    /// The request was sent, but no complete response came in time. It may have been carried out.
    Timeout,
    /// The request was sent, but the connection broke before the response was complete. It may have been carried
    /// out.
    Interrupted,
    /// The request was sent, but the response is larger than the transport accepts. It may have been carried out, and
    /// is not repeated, because the next response would be as large.
    TooLarge,
}

impl TransportErrorKind {
    /// The kind for a fatal TLS alert instead of a response, by the alert's number in RFC 8446, section 6.
    ///
    /// With nine alerts a server refuses the client's certificate, or the lack of one. In TLS 1.3 a client may have
    /// sent its request by then, but the server has not read it: the kind is [`Connect`](Self::Connect). After any
    /// other alert, the server may have read the request: [`Interrupted`](Self::Interrupted).
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

    fn words(self) -> &'static str {
        match self {
            Self::Connect => "no connection was made, so nothing was sent",
            Self::NotProcessed => "the server did not process the request",
            Self::Timeout => "no complete response came in time",
            Self::Interrupted => "the connection broke before the response was complete",
            Self::TooLarge => "the response is larger than the client accepts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_alerts_of_the_handshake_prove_that_nothing_was_sent() {
        let proves =
            |alert: &u8| TransportErrorKind::from_tls_alert(*alert) == TransportErrorKind::Connect;
        let alerts: Vec<u8> = (0..=u8::MAX).filter(proves).collect();
        assert_eq!(alerts, [40, 42, 43, 44, 45, 46, 48, 49, 116]);
    }

    #[test]
    fn keeps_the_status_of_a_response_that_was_cut_off() {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::CREATED;
        let error = TransportError::new(TransportErrorKind::Interrupted).with_response(&response);
        assert_eq!(error.status(), Some(StatusCode::CREATED));
    }

    #[test]
    fn shows_its_kind_and_its_cause() {
        let error = TransportError::new(TransportErrorKind::Timeout).with_source("the cause");
        assert_eq!(error.to_string(), "no complete response came in time");
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
