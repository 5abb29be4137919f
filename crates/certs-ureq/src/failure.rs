//! What an error of ureq means for the request.

use certs_core::{TransportError, TransportErrorKind as Kind};
use ureq::Error;

use crate::connect::NotConnected;

/// An error from before there was an answer.
pub(crate) fn map_send_error(error: Error) -> TransportError {
    match error {
        Error::Other(cause) => match cause.downcast::<NotConnected>() {
            Ok(marked) => TransportError::new(Kind::Connect).with_source(marked.0),
            Err(cause) => TransportError::new(Kind::Interrupted).with_source(cause),
        },
        error => TransportError::new(meaning(&error)).with_source(error),
    }
}

/// An error from the middle of an answer. It arrives as an I/O error around ureq's own.
pub(crate) fn within_the_answer(error: Error) -> TransportError {
    let kind = match meaning(&error) {
        Kind::Connect => Kind::Interrupted,
        kind => kind,
    };
    TransportError::new(kind).with_source(error)
}

/// The meaning of an error that came with a connection, or from before one was looked for.
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
