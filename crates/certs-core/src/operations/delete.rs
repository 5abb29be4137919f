//! `DELETE /organization/certificates/{certificate_id}`

use certs_types::{CertificateId, Deleted};
use http::StatusCode;

use crate::{Draft, Effect, Endpoint, Operation};

/// Deletes a certificate. It must be inactive in the organization and in every project.
///
/// Cannot be undone.
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
}

impl Operation for Delete {
    type Output = Deleted;
    const EFFECT: Effect = Effect::Idempotent;

    fn draft(&self) -> Draft {
        Draft::new(&ENDPOINT).segment(self.id.as_str())
    }

    fn done_before(&self, status: StatusCode) -> Option<Deleted> {
        (status == StatusCode::NOT_FOUND).then(|| Deleted::new(self.id.clone()))
    }
}

pub(super) static ENDPOINT: Endpoint =
    Endpoint::delete("deleteCertificate", "/organization/certificates/{certificate_id}");
