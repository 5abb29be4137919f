//! What an error of ureq means for the request.

use std::error::Error as StdError;
use std::io;

use certs_core::{TransportError, TransportErrorKind as Kind};
use ureq::{Error, Timeout};

/// An error from before there was an answer.
pub(crate) fn before_the_answer(error: Error) -> TransportError {
    TransportError::new(meaning(&error)).because(error)
}

/// An error from the middle of an answer. It arrives as an I/O error around ureq's own.
pub(crate) fn within_the_answer(error: Error) -> TransportError {
    let kind = match meaning(&error) {
        Kind::Connect => Kind::Interrupted,
        kind => kind,
    };
    TransportError::new(kind).because(error)
}

/// `Connect` where ureq's error proves it; where it does not, the request may have been sent.
fn meaning(error: &Error) -> Kind {
    match error {
        Error::HostNotFound
        | Error::BadUri(_)
        | Error::Http(_)
        | Error::ConnectionFailed
        | Error::Tls(_)
        | Error::TlsRequired
        | Error::Rustls(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => Kind::Connect,
        Error::Timeout(_) => Kind::Timeout,
        Error::BodyExceedsLimit(_) => Kind::TooLarge,
        // Only the first packet of a connection can be refused.
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Kind::Connect,
        Error::Io(error) if is_handshake(error) => Kind::Connect,
        _ => Kind::Interrupted,
    }
}

/// Whether a TLS handshake failed. With TLS 1.3 a server refuses a client's certificate after the
/// request was sent, but has not read it.
fn is_handshake(error: &io::Error) -> bool {
    let cause: Option<&(dyn StdError + 'static)> = error.get_ref().map(|cause| cause as _);
    matches!(
        cause.and_then(|cause| cause.downcast_ref()),
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_))
    )
}
