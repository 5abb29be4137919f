//! TLS errors in plain words.

use std::error::Error as StdError;
use std::fmt;

use certs_core::transport::TransportErrorKind;
use rustls::CertificateError;

use crate::error_chain::{BoxError, error_chain};

/// Whether the server refused the client's certificate, or the lack of one.
pub(crate) fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    error_chain(error).any(|cause| {
        let Some(rustls::Error::AlertReceived(alert)) = of_rustls(cause) else { return false };
        TransportErrorKind::from_tls_alert(u8::from(*alert)) == TransportErrorKind::Connect
    })
}

/// Adds a plain sentence in front of a TLS error.
pub(crate) fn explain(error: BoxError) -> BoxError {
    let words = error_chain(&*error).find_map(in_words);
    match words {
        Some(words) => Box::new(Explained { words, source: error }),
        None => error,
    }
}

#[derive(Debug)]
struct Explained {
    words: &'static str,
    source: BoxError,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

impl StdError for Explained {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

fn in_words(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    use CertificateError as Bad;
    match of_rustls(error)? {
        rustls::Error::InvalidCertificate(bad) => Some(match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "the server's certificate has expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "the server's certificate is for another host"
            }
            Bad::UnknownIssuer => {
                "the server's certificate comes from an authority that is not trusted here"
            }
            Bad::BadSignature => "the server's certificate is not signed by the authority it names",
            Bad::Revoked => "the server's certificate has been revoked",
            _ => "the server's certificate is not acceptable",
        }),
        rustls::Error::AlertReceived(_) => Some("the server refused the TLS handshake"),
        _ => None,
    }
}

/// An I/O error holds the rustls error inside itself, not as its source, and I/O errors may be nested.
fn of_rustls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<std::io::Error>() {
        Some(outer) => of_rustls(outer.get_ref()?),
        None => error.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription as Alert;

    use super::*;

    #[test]
    fn alerts_that_judge_the_client_are_refusals_and_others_are_not() {
        let received = |alert| is_refusal(&rustls::Error::AlertReceived(alert));
        for refusal in [
            Alert::BadCertificate,
            Alert::UnsupportedCertificate,
            Alert::CertificateRevoked,
            Alert::CertificateExpired,
            Alert::CertificateUnknown,
            Alert::UnknownCA,
            Alert::AccessDenied,
            Alert::CertificateRequired,
            Alert::HandshakeFailure,
        ] {
            assert!(received(refusal), "{refusal:?}");
        }
        assert_eq!((0..=u8::MAX).filter(|&code| received(code.into())).count(), 9);
    }
}
