//! Classifies errors of ureq and gives them plain messages.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use certs_core::transport::{TlsFailure, TransportError, TransportErrorKind as Kind};
use ureq::Error;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Classifies an error before the response head.
pub(crate) fn map_send_error(error: Error, timeout: Duration) -> TransportError {
    match error {
        Error::Other(cause) => match cause.downcast::<NotConnected>() {
            Ok(error) => TransportError::new(Kind::Connect).with_source(error.0),
            Err(cause) => TransportError::new(Kind::Interrupted).with_source(cause),
        },
        error => transport_error(kind_of(&error), error, timeout),
    }
}

/// Classifies an error while the response body is read: an I/O error that contains ureq's error.
pub(crate) fn map_body_error(error: Error, timeout: Duration) -> TransportError {
    let kind = match kind_of(&error) {
        Kind::Connect => Kind::Interrupted,
        kind => kind,
    };
    transport_error(kind, error, timeout)
}

fn transport_error(kind: Kind, error: Error, timeout: Duration) -> TransportError {
    let failed = TransportError::new(kind);
    match kind {
        Kind::Timeout => failed.with_source(format!("timed out after {} s", timeout.as_secs_f64())),
        Kind::TooLarge => failed,
        _ => failed.with_source(explain(error)),
    }
}

/// Classifies an error on an open connection, or before connecting.
fn kind_of(error: &Error) -> Kind {
    match error {
        Error::BadUri(_) | Error::Http(_) | Error::TlsRequired => Kind::Connect,
        Error::Timeout(_) => Kind::Timeout,
        Error::BodyExceedsLimit(_) => Kind::TooLarge,
        Error::Io(error) => match tls_error(error) {
            Some(rustls::Error::AlertReceived(alert)) => Kind::from_tls_alert(u8::from(*alert)),
            _ => Kind::Interrupted,
        },
        _ => Kind::Interrupted,
    }
}

/// Replaces an error of ureq by a plain message without causes.
pub(crate) fn explain(error: Error) -> BoxError {
    let message = match error {
        Error::Rustls(error) => return Box::new(TlsFailure::from(&error)),
        Error::Io(error) => match tls_error(&error) {
            Some(error) => return Box::new(TlsFailure::from(error)),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                "the server closed the connection without a complete response".into()
            }
            None => error.to_string(),
        },
        Error::Timeout(_) => "timed out".into(),
        Error::HostNotFound => "the name of the host cannot be resolved".into(),
        // ureq has a fixed limit, and no name for the error in its public types.
        Error::Protocol(error) if error.to_string().contains("too many headers") => {
            "the response has more than 128 headers, which this client does not accept".into()
        }
        Error::Protocol(error) => format!("the response is not valid HTTP ({error})"),
        Error::LargeResponseHeader(..) => "the head of the response is too large".into(),
        Error::Tls(message) => message.into(),
        Error::Other(error) => return error,
        error => error.to_string(),
    };
    message.into()
}

/// An error before a connection was established, with a plain message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotConnected(BoxError);

pub(crate) fn not_connected(error: impl Into<BoxError>) -> Error {
    Error::Other(Box::new(NotConnected(error.into())))
}

/// The TLS error in an I/O error. I/O errors may be nested.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    match inner.downcast_ref::<io::Error>() {
        Some(nested) => tls_error(nested),
        None => inner.downcast_ref(),
    }
}
