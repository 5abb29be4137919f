//! What a ureq error means for the request.

use certs_core::transport::{TransportError, TransportErrorKind as Kind};
use ureq::Error;

use crate::connect::NotConnected;

/// Classifies an error before the response head.
pub(crate) fn map_send_error(error: Error) -> TransportError {
    match error {
        Error::Other(cause) => match cause.downcast::<NotConnected>() {
            Ok(marked) => TransportError::new(Kind::Connect).with_source(marked.0),
            Err(cause) => TransportError::new(Kind::Interrupted).with_source(cause),
        },
        error => TransportError::new(meaning(&error)).with_source(error),
    }
}

/// Classifies an error while the response body is read. It is an I/O error around ureq's own.
pub(crate) fn map_body_error(error: Error) -> TransportError {
    let kind = match meaning(&error) {
        Kind::Connect => Kind::Interrupted,
        kind => kind,
    };
    TransportError::new(kind).with_source(error)
}

/// Classifies an error on an open connection, or before connecting began.
fn meaning(error: &Error) -> Kind {
    match error {
        Error::BadUri(_) | Error::Http(_) | Error::TlsRequired => Kind::Connect,
        Error::Timeout(_) => Kind::Timeout,
        Error::BodyExceedsLimit(_) => Kind::TooLarge,
        Error::Io(error) => match error.get_ref().and_then(|cause| cause.downcast_ref()) {
            Some(rustls::Error::AlertReceived(alert)) => Kind::from_tls_alert(u8::from(*alert)),
            _ => Kind::Interrupted,
        },
        _ => Kind::Interrupted,
    }
}
