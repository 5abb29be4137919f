//! Plain messages for errors of hyper, h2, rustls and the connectors.
//!
//! Each error becomes one sentence. Its causes, which mention internal types and states of these crates, are left
//! out.

use std::error::Error as StdError;
use std::io;

#[cfg(feature = "tls")]
use certs_core::proxy::ProxyError;
#[cfg(feature = "tls")]
use certs_core::transport::{TlsFailure, TransportErrorKind};

use crate::error_chain::{BoxError, error_chain};

/// Replaces an error of hyper, or of a layer below, by a plain message.
pub(crate) fn explain(error: BoxError) -> BoxError {
    let explained = error_chain(&*error).find_map(known).or_else(|| last_cause(&*error));
    explained.unwrap_or(error)
}

/// The plain form of a known error.
pub(crate) fn known(error: &(dyn StdError + 'static)) -> Option<BoxError> {
    let error = unwrap_io(error);
    if let Some(error) = error.downcast_ref::<ConnectError>() {
        return Some(Box::new(error.clone()));
    }
    #[cfg(feature = "tls")]
    if let Some(error) = error.downcast_ref::<ProxyError>() {
        return Some(Box::new(error.clone()));
    }
    #[cfg(feature = "tls")]
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(Box::new(TlsFailure::from(error)));
    }
    #[cfg(feature = "tls")]
    if let Some(failure) = error.downcast_ref::<TlsFailure>() {
        return Some(Box::new(*failure));
    }
    #[cfg(feature = "http2")]
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        return http2(error);
    }
    None
}

/// The last cause of an error of hyper or of the system, in plain words.
fn last_cause(error: &(dyn StdError + 'static)) -> Option<BoxError> {
    let last = error_chain(error).last()?;
    if let Some(error) = unwrap_io(last).downcast_ref::<hyper::Error>() {
        return Some(http1(error).into());
    }
    let error = last.downcast_ref::<io::Error>()?;
    #[cfg(feature = "tls")]
    if error.kind() == io::ErrorKind::UnexpectedEof && is_handshake(error) {
        return Some(Box::new(TlsFailure::Closed));
    }
    Some(match error.kind() {
        io::ErrorKind::UnexpectedEof => UNFINISHED.into(),
        // hyper describes a chunk that it cannot read by an I/O error.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            "the body of the response is not valid HTTP".into()
        }
        _ => error.to_string().into(),
    })
}

const UNFINISHED: &str = "the server closed the connection without a complete response";

fn http1(error: &hyper::Error) -> String {
    if error.is_incomplete_message() {
        UNFINISHED.into()
    } else if error.is_parse() && error.to_string().contains("too large") {
        "the head of the response is too large".into()
    } else if error.is_parse() && error.to_string().contains("version") {
        "the response is not HTTP/1.1: is it a port for TLS, or for HTTP/2 alone?".into()
    } else if error.is_parse() {
        "the head of the response is not valid HTTP".into()
    } else if error.is_timeout() {
        "the server stopped responding".into()
    } else {
        error.to_string()
    }
}

/// A connection was not established, or not in time: the problem and the reason.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{problem} {reason}")]
pub(crate) struct ConnectError {
    problem: String,
    reason: String,
}

impl ConnectError {
    pub(crate) fn new(problem: String, reason: String) -> Self {
        Self { problem, reason }
    }
}

/// Unwraps I/O errors, which contain the error that caused them, but not as their source.
fn unwrap_io<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => unwrap_io(inner),
        None => error,
    }
}

/// tokio-rustls reports the end of a connection during the handshake only by this text.
#[cfg(feature = "tls")]
fn is_handshake(error: &io::Error) -> bool {
    error.to_string().contains("handshake")
}

/// Whether the server refused the client's certificate, or the lack of one, by a TLS alert.
#[cfg(feature = "tls")]
pub(crate) fn is_certificate_refusal(error: &(dyn StdError + 'static)) -> bool {
    error_chain(error).map(unwrap_io).any(|cause| match cause.downcast_ref() {
        Some(rustls::Error::AlertReceived(alert)) => {
            TransportErrorKind::from_tls_alert(u8::from(*alert)) == TransportErrorKind::Connect
        }
        _ => false,
    })
}

/// The server requires HTTP/1.1, so it did not process the request over HTTP/2.
#[cfg(feature = "http2")]
#[derive(Debug, thiserror::Error)]
#[error("the server requires HTTP/1.1 (HTTP_1_1_REQUIRED)")]
pub(crate) struct Http11Required;

/// Whether an HTTP/2 error in the chain means that the server did not process the request: a stream that it
/// refused, one above the last stream of its `GOAWAY`, or one for which it requires HTTP/1.1
/// (RFC 9113, 6.8, 7 and 8.7).
///
/// h2 reports the error of a `GOAWAY` only for streams above the last one; the others continue, or end with an
/// I/O error.
#[cfg(feature = "http2")]
pub(crate) fn is_unprocessed(error: &(dyn StdError + 'static)) -> bool {
    let mut errors = error_chain(error).filter_map(|cause| cause.downcast_ref::<h2::Error>());
    errors.any(|error| {
        error.is_remote()
            && (error.is_go_away()
                || error.reason() == Some(h2::Reason::REFUSED_STREAM)
                || error.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED))
    })
}

#[cfg(feature = "http2")]
fn http2(error: &h2::Error) -> Option<BoxError> {
    let reason = error.reason()?;
    if reason == h2::Reason::HTTP_1_1_REQUIRED {
        return Some(Box::new(Http11Required));
    }
    let who = if error.is_remote() { "the server" } else { "this client" };
    let what =
        if error.is_go_away() { "ended the HTTP/2 connection" } else { "reset the HTTP/2 stream" };
    let message = match reason {
        h2::Reason::NO_ERROR => format!("{who} {what}"),
        h2::Reason::REFUSED_STREAM => format!("{who} refused the HTTP/2 stream (REFUSED_STREAM)"),
        h2::Reason::ENHANCE_YOUR_CALM => {
            format!("{who} {what} because of too many requests (ENHANCE_YOUR_CALM)")
        }
        reason => format!("{who} {what}: {}", reason.description()),
    };
    Some(message.into())
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use rustls::AlertDescription as Alert;

    use super::*;

    #[test]
    fn alerts_about_the_client_certificate_are_refusals_and_others_are_not() {
        let received = |alert| is_certificate_refusal(&rustls::Error::AlertReceived(alert));
        assert!(received(Alert::CertificateRequired));
        assert!(!received(Alert::BadRecordMac));
    }

    /// No error of rustls is shown with the names of its types.
    #[test]
    fn errors_show_no_type_names() {
        use rustls::{CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};
        let errors = [
            Error::InvalidCertificate(CertificateError::BadEncoding),
            Error::InvalidCertificate(CertificateError::InvalidPurpose),
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::PeerIncompatible(PeerIncompatible::NoSignatureSchemesInCommon),
            Error::PeerMisbehaved(PeerMisbehaved::IllegalHelloRetryRequestWithUnofferedCipherSuite),
            Error::General("OtherError".into()),
            Error::NoApplicationProtocol,
            Error::AlertReceived(Alert::Unknown(200)),
        ];
        for error in errors {
            let nested = io::Error::other(io::Error::other(error));
            let explained = explain(Box::new(nested));
            assert!(explained.source().is_none());
            let words = explained.to_string();
            assert!(!words.contains("Other") && !words.contains("Invalid"), "{words}");
            assert!(explained.downcast_ref::<TlsFailure>().is_some(), "{words}");
        }
    }
}
