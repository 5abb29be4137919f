//! `DELETE /organization/certificates/{certificate_id}`

use certs_types::{CertificateId, DeleteResponse};
use http::StatusCode;

use crate::endpoint::Endpoint;
use crate::error::Mismatch;
use crate::operation::{Effect, Operation};
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint =
    Endpoint::delete("deleteCertificate", "/organization/certificates/{certificate_id}");

/// Deletes a certificate. It must be inactive in the organization and in every project.
///
/// This cannot be undone.
#[doc(alias = "deleteCertificate")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    id: CertificateId,
}

impl Delete {
    /// Deletes this certificate.
    #[must_use]
    pub fn new(id: CertificateId) -> Self {
        Self { id }
    }

    /// The certificate that is deleted.
    #[must_use]
    pub fn id(&self) -> &CertificateId {
        &self.id
    }
}

impl Operation for Delete {
    type Output = DeleteResponse;
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        RequestBuilder::new(&ENDPOINT).segment(self.id.as_str())
    }

    fn verify(&self, output: &DeleteResponse) -> Result<(), Mismatch> {
        Mismatch::unless_same(&self.id, &output.id)
    }

    fn already_applied(&self, status: StatusCode) -> Option<DeleteResponse> {
        (status == StatusCode::NOT_FOUND).then(|| DeleteResponse::new(self.id.clone()))
    }
}
