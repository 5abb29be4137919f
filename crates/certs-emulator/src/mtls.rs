//! Verification of client certificates.

mod leaf;
mod path;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use certs_types::pem::InvalidPem;
use certs_types::{ErrorCode, Timestamp};
use rustls_pki_types::{CertificateDer, UnixTime};

use self::leaf::Leaf;
use crate::assumptions::Assumptions;
use crate::state::ca_certificate::CaCertificate;
use crate::wire::refusal::Refusal;

/// The certificate that a client presents, followed by its intermediates.
///
/// A server adds them to the extensions of a request that it receives over TLS. Without a server, add
/// them to the request yourself:
///
/// ```
/// # #[cfg(feature = "pki")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use certs_emulator::http::Request;
/// use certs_emulator::pki::Authority;
/// use certs_emulator::{ClientCertificates, Emulator};
///
/// let emulator = Emulator::builder().project_key("sk-a", "proj_a".parse()?).enforce_mtls().build();
/// let client = Authority::new("Example CA")?.client("workload")?;
/// let request = Request::get("/v1/models")
///     .header("authorization", "Bearer sk-a")
///     .extension(ClientCertificates::from_pem(&client.certificate)?)
///     .body("")?;
/// // No certificate is active in the project, so none is required.
/// assert_eq!(emulator.handle(request).status(), 200);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "pki"))]
/// # fn main() {}
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificates(Arc<[CertificateDer<'static>]>);

impl ClientCertificates {
    /// Reads certificates in PEM, the client's own first.
    ///
    /// # Errors
    ///
    /// Fails if the text is not PEM, or contains anything else than certificates.
    pub fn from_pem(chain: &str) -> Result<Self, InvalidPem> {
        let blocks = certs_types::pem::certificates(chain.as_bytes())?;
        Ok(Self::from_der(blocks.into_iter().map(|block| block.der)))
    }

    /// Creates the chain from certificates in DER, the client's own first.
    pub fn from_der(chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(chain.into_iter().map(CertificateDer::from).collect())
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificates({})", self.0.len())
    }
}

/// Accepts a request if no certificate is active, or if one of them verifies the client certificate.
///
/// The anchors are the active certificates of the project, followed by those of the organization.
pub(crate) fn check(
    anchors: &[CaCertificate],
    presented: Option<&ClientCertificates>,
    now: Timestamp,
    assumptions: &Assumptions,
) -> Result<(), Refusal> {
    if anchors.is_empty() {
        return Ok(());
    }
    let refuse = |code: ErrorCode, message: String| {
        Err(Refusal::new(assumptions.client_certificate_refused, message).code(code))
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
    let trusted =
        |anchor: &&CaCertificate| assumptions.ignore_anchor_validity || anchor.is_valid(now);
    let time = unix_time(now);
    // First each anchor directly, then with the intermediates, as documented.
    for intermediates in [&[], intermediates] {
        if anchors.iter().filter(trusted).any(|anchor| leaf.verify(anchor, intermediates, time)) {
            return Ok(());
        }
    }
    let message = "No active certificate verifies the client certificate.";
    refuse(ErrorCode::CERTIFICATE_VERIFICATION_FAILED, message.into())
}

fn unix_time(now: Timestamp) -> UnixTime {
    let seconds = u64::try_from(now.as_secs()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
