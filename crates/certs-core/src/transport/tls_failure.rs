//! TLS failures, with the same messages for every backend.

use std::fmt;

/// Why a TLS handshake failed.
///
/// Backends use it as the source of a [`TransportError`](crate::transport::TransportError), so that all of them have
/// the same messages and an application can recognize the failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The server's certificate has expired.
    CertificateExpired,
    /// The server's certificate is not valid yet.
    CertificateNotValidYet,
    /// The server's certificate is for another host.
    WrongHost,
    /// The server's certificate comes from an authority that is not trusted.
    UnknownIssuer,
    /// The server's certificate is not signed by the authority that it names.
    BadSignature,
    /// The server's certificate has been revoked.
    CertificateRevoked,
    /// The server's certificate is invalid for another reason.
    InvalidCertificate,
    /// The server requires a client certificate, and none was presented.
    ClientCertificateRequired,
    /// The server refused the client certificate that was presented.
    ClientCertificateRefused(
        /// The number of the alert in RFC 8446, section 6.
        u8,
    ),
    /// The server ended the connection with another alert.
    Alert(
        /// The number of the alert in RFC 8446, section 6.
        u8,
    ),
    /// The response is not TLS.
    NotTls,
    /// The server and the client have no version, cipher suite or key exchange in common.
    Incompatible,
    /// The server closed the connection during the handshake.
    Closed,
    /// The server violated the TLS protocol.
    ProtocolViolation,
    /// Anything else.
    Other,
}

impl TlsFailure {
    /// The failure for a fatal alert from the server, by its number in RFC 8446, section 6.
    #[must_use]
    pub fn from_alert(number: u8) -> Self {
        match number {
            116 => Self::ClientCertificateRequired,
            42..=46 | 48 | 49 => Self::ClientCertificateRefused(number),
            // handshake_failure, protocol_version, insufficient_security
            40 | 70 | 71 => Self::Incompatible,
            number => Self::Alert(number),
        }
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CertificateExpired => "the server's certificate has expired",
            Self::CertificateNotValidYet => "the server's certificate is not valid yet",
            Self::WrongHost => "the server's certificate is for another host",
            Self::UnknownIssuer => {
                "the server's certificate comes from an authority that is not trusted here: if a proxy \
                 inspects TLS, or the server is your own, add its CA certificate to the trusted roots"
            }
            Self::BadSignature => "the server's certificate is not signed by the authority it names",
            Self::CertificateRevoked => "the server's certificate has been revoked",
            Self::InvalidCertificate => "the server's certificate is not acceptable",
            Self::ClientCertificateRequired => {
                "the server refused the TLS handshake: it requires a client certificate"
            }
            Self::ClientCertificateRefused(alert) => {
                return write!(
                    f,
                    "the server refused the TLS handshake: it does not accept the client certificate ({})",
                    alert_name(*alert)
                );
            }
            Self::Alert(alert) => {
                return write!(f, "the server refused the TLS handshake ({})", alert_name(*alert));
            }
            Self::NotTls => "what responds there does not speak TLS: is it a plain HTTP port or a proxy?",
            Self::Incompatible => {
                "the server refused the TLS handshake: it and this client have no TLS version, cipher or \
                 key exchange in common, or it requires a client certificate"
            }
            Self::Closed => "the server closed the connection during the TLS handshake",
            Self::ProtocolViolation => "the server breaks the TLS protocol",
            Self::Other => "TLS failed",
        })
    }
}

impl std::error::Error for TlsFailure {}

#[cfg(feature = "rustls")]
impl From<&rustls::Error> for TlsFailure {
    fn from(error: &rustls::Error) -> Self {
        use rustls::{CertificateError as Bad, Error};
        match error {
            Error::InvalidCertificate(bad) => match bad {
                Bad::Expired | Bad::ExpiredContext { .. } => Self::CertificateExpired,
                Bad::NotValidYet | Bad::NotValidYetContext { .. } => Self::CertificateNotValidYet,
                Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Self::WrongHost,
                Bad::UnknownIssuer => Self::UnknownIssuer,
                Bad::BadSignature => Self::BadSignature,
                Bad::Revoked => Self::CertificateRevoked,
                _ => Self::InvalidCertificate,
            },
            Error::NoCertificatesPresented => Self::InvalidCertificate,
            Error::AlertReceived(alert) => Self::from_alert(u8::from(*alert)),
            Error::InvalidMessage(_) => Self::NotTls,
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::Incompatible,
            Error::PeerMisbehaved(_)
            | Error::DecryptError
            | Error::PeerSentOversizedRecord
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. } => Self::ProtocolViolation,
            _ => Self::Other,
        }
    }
}

fn alert_name(number: u8) -> String {
    match number {
        42 => "bad_certificate".into(),
        43 => "unsupported_certificate".into(),
        44 => "certificate_revoked".into(),
        45 => "certificate_expired".into(),
        46 => "certificate_unknown".into(),
        48 => "unknown_ca".into(),
        49 => "access_denied".into(),
        80 => "internal_error".into(),
        112 => "unrecognized_name".into(),
        120 => "no_application_protocol".into(),
        number => format!("alert {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_about_the_client_certificate_is_named() {
        for (alert, name) in [
            (42, "bad_certificate"),
            (43, "unsupported_certificate"),
            (44, "certificate_revoked"),
            (45, "certificate_expired"),
            (46, "certificate_unknown"),
            (48, "unknown_ca"),
            (49, "access_denied"),
        ] {
            let failure = TlsFailure::from_alert(alert);
            assert_eq!(failure, TlsFailure::ClientCertificateRefused(alert));
            assert!(failure.to_string().ends_with(&format!("({name})")), "{failure}");
        }
        let required = TlsFailure::from_alert(116);
        assert_eq!(required, TlsFailure::ClientCertificateRequired);
        for alert in [40, 70, 71] {
            assert_eq!(TlsFailure::from_alert(alert), TlsFailure::Incompatible);
        }
        for (alert, name) in [
            (47, "alert 47"),
            (80, "internal_error"),
            (112, "unrecognized_name"),
            (120, "no_application_protocol"),
        ] {
            let failure = TlsFailure::from_alert(alert);
            assert_eq!(
                failure.to_string(),
                format!("the server refused the TLS handshake ({name})")
            );
        }
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn an_error_of_rustls_is_recognized() {
        use rustls::{AlertDescription, CertificateError as Bad, Error, InvalidMessage};
        use rustls::{PeerIncompatible, PeerMisbehaved};
        for (error, failure) in [
            (Bad::Expired.into(), TlsFailure::CertificateExpired),
            (Bad::NotValidYet.into(), TlsFailure::CertificateNotValidYet),
            (Bad::NotValidForName.into(), TlsFailure::WrongHost),
            (Bad::UnknownIssuer.into(), TlsFailure::UnknownIssuer),
            (Bad::BadSignature.into(), TlsFailure::BadSignature),
            (Bad::Revoked.into(), TlsFailure::CertificateRevoked),
            (Bad::BadEncoding.into(), TlsFailure::InvalidCertificate),
            (Error::NoCertificatesPresented, TlsFailure::InvalidCertificate),
            (Error::AlertReceived(AlertDescription::UnknownCA), TlsFailure::from_alert(48)),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), TlsFailure::NotTls),
            (
                Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                TlsFailure::Incompatible,
            ),
            (Error::NoApplicationProtocol, TlsFailure::Incompatible),
            (
                Error::PeerMisbehaved(PeerMisbehaved::InvalidCertCompression),
                TlsFailure::ProtocolViolation,
            ),
            (Error::DecryptError, TlsFailure::ProtocolViolation),
            (Error::FailedToGetRandomBytes, TlsFailure::Other),
        ] {
            assert_eq!(TlsFailure::from(&error), failure, "{error:?}");
        }
    }
}
