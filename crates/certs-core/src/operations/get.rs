//! `GET /organization/certificates/{certificate_id}`

use certs_types::{Certificate, CertificateId};

use crate::endpoint::Endpoint;
use crate::error::Mismatch;
use crate::operation::{Effect, Operation};
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint =
    Endpoint::get("getCertificate", "/organization/certificates/{certificate_id}");

/// Reads one certificate, whether or not it is active.
///
/// The response does not show whether it is active: only those of [`List`](super::List) and
/// [`Toggle`](super::Toggle) do.
#[doc(alias = "getCertificate")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    id: CertificateId,
    content: bool,
}

impl Get {
    /// Reads this certificate without its PEM.
    #[must_use]
    pub fn new(id: CertificateId) -> Self {
        Self { id, content: false }
    }

    /// Requests the PEM as well.
    #[must_use]
    pub fn with_content(mut self) -> Self {
        self.content = true;
        self
    }

    /// The certificate that is read.
    #[must_use]
    pub fn id(&self) -> &CertificateId {
        &self.id
    }

    /// Whether the PEM is requested.
    #[must_use]
    pub fn includes_content(&self) -> bool {
        self.content
    }
}

impl Operation for Get {
    type Output = Certificate;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        let request = RequestBuilder::new(&ENDPOINT).segment(self.id.as_str());
        if self.content { request.query("include[]", "content") } else { request }
    }

    fn verify(&self, output: &Certificate) -> Result<(), Mismatch> {
        Mismatch::unless_same(&self.id, &output.id)
    }
}
