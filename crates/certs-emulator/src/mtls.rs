//! Verification of client certificates.

mod leaf;
mod path;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use certs_types::{ErrorCode, Timestamp};
use rustls_pki_types::{CertificateDer, UnixTime};

use self::leaf::Leaf;
use crate::assumptions::Assumptions;
use crate::state::authority::Authority;
use crate::wire::refusal::Refusal;

/// The certificate that a client presents, followed by its intermediates.
///
/// The server adds it to the extensions of a request that arrives over mTLS. Callers of
/// [`handle`](crate::Emulator::handle) add it themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificates(Arc<[CertificateDer<'static>]>);

impl ClientCertificates {
    /// Creates a chain from certificates in DER, the client's own first.
    pub fn from_der(chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(chain.into_iter().map(CertificateDer::from).collect())
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificates({})", self.0.len())
    }
}

/// Accepts a request if no certificate is active, or if one of them verifies the client's.
///
/// The anchors are those of the project, followed by those of the organization.
pub(crate) fn check(
    anchors: &[Authority],
    presented: Option<&ClientCertificates>,
    now: Timestamp,
    assumptions: &Assumptions,
) -> Result<(), Refusal> {
    if anchors.is_empty() {
        return Ok(());
    }
    let refuse = |code: ErrorCode, message: String| {
        Err(Refusal::new(assumptions.client_certificate, message).code(code))
    };
    let Some([leaf, intermediates @ ..]) = presented.map(|presented| &*presented.0) else {
        let message = "A client certificate is required for this request.".into();
        return refuse(ErrorCode::CERTIFICATE_REQUIRED, message);
    };
    // An invalid certificate is refused before any path is tried.
    let leaf = match Leaf::parse(leaf, assumptions.client_certificate_rules) {
        Ok(leaf) => leaf,
        Err(reason) => {
            let message = format!("Invalid client certificate: {reason}.");
            return refuse(ErrorCode::INVALID_CERTIFICATE, message);
        }
    };
    let trusted = |anchor: &&Authority| assumptions.trust_expired_anchors || anchor.is_valid(now);
    let time = unix_time(now);
    for intermediates in [&[], intermediates] {
        if anchors.iter().filter(trusted).any(|anchor| leaf.verify(anchor, intermediates, time)) {
            return Ok(());
        }
    }
    let message = "No active certificate of the project or organization verifies the client's.";
    refuse(ErrorCode::CERTIFICATE_VERIFICATION_FAILED, message.into())
}

fn unix_time(now: Timestamp) -> UnixTime {
    let seconds = u64::try_from(now.as_secs()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
