//! `POST /organization/certificates/{certificate_id}`

use certs_types::{Certificate, CertificateId, ModifyCertificateRequest};

use crate::endpoint::Endpoint;
use crate::error::Mismatch;
use crate::operation::{Effect, Operation};
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint =
    Endpoint::post("modifyCertificate", "/organization/certificates/{certificate_id}");

/// Renames a certificate. Nothing but the name can be modified.
#[doc(alias = "modifyCertificate")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modify {
    id: CertificateId,
    request: ModifyCertificateRequest,
}

impl Modify {
    /// Gives this certificate this name.
    pub fn new(id: CertificateId, name: impl Into<String>) -> Self {
        Self { id, request: ModifyCertificateRequest::new(name) }
    }

    /// The certificate that is renamed.
    #[must_use]
    pub fn id(&self) -> &CertificateId {
        &self.id
    }

    /// The new name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.request.name.as_deref()
    }
}

impl Operation for Modify {
    type Output = Certificate;
    // Not documented, but setting the same name twice has the same result as setting it once.
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        RequestBuilder::new(&ENDPOINT).segment(self.id.as_str()).json(&self.request)
    }

    fn verify(&self, output: &Certificate) -> Result<(), Mismatch> {
        Mismatch::unless_same(&self.id, &output.id)?;
        if output.name.is_some() && self.request.name.is_some() && output.name != self.request.name
        {
            return Err(Mismatch::new(format!("the response shows {} with another name", self.id)));
        }
        Ok(())
    }
}
