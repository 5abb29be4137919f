//! What an error of ureq means for the request.

use std::io;

use certs_core::{TransportError, TransportErrorKind as Kind};
use rustls::AlertDescription;
use ureq::Error;

use crate::connect::NotConnected;

/// An error from before there was an answer.
pub(crate) fn before_the_answer(error: Error) -> TransportError {
    match error {
        Error::Other(cause) => match cause.downcast::<NotConnected>() {
            Ok(marked) => TransportError::new(Kind::Connect).because(marked.0),
            Err(cause) => TransportError::new(Kind::Interrupted).because(cause),
        },
        error => TransportError::new(meaning(&error)).because(error),
    }
}

/// An error from the middle of an answer. It arrives as an I/O error around ureq's own.
pub(crate) fn within_the_answer(error: Error) -> TransportError {
    let kind = match meaning(&error) {
        Kind::Connect => Kind::Interrupted,
        kind => kind,
    };
    TransportError::new(kind).because(error)
}

/// The meaning of an error that came with a connection, or from before one was looked for.
fn meaning(error: &Error) -> Kind {
    match error {
        Error::BadUri(_) | Error::Http(_) | Error::TlsRequired => Kind::Connect,
        Error::Timeout(_) => Kind::Timeout,
        Error::BodyExceedsLimit(_) => Kind::TooLarge,
        Error::Io(error) if is_refusal(error) => Kind::Connect,
        _ => Kind::Interrupted,
    }
}

/// Whether the server refused the client's certificate, or the lack of one.
///
/// In TLS 1.3 a client sends its request before it learns of that; the server has not read it. Any
/// other alert may come from a server that has.
fn is_refusal(error: &io::Error) -> bool {
    use AlertDescription as Alert;
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    let Some(rustls::Error::AlertReceived(alert)) = cause else { return false };
    matches!(
        alert,
        Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::CertificateRequired
            | Alert::HandshakeFailure
    )
}
