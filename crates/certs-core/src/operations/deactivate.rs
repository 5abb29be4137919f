//! `POST /organization/certificates/deactivate` and
//! `POST /organization/projects/{project_id}/certificates/deactivate`

use certs_types::{CertificateIds, ToggleCertificatesRequest, ToggleResponse};

use super::{Scope, Unconfirmed};
use crate::{Effect, Endpoint, Operation, RequestBuilder};

/// Deactivates one to ten certificates for the organization or a project.
///
/// Atomic and idempotent (documented): all of the ids change or none does, and repeating it changes
/// nothing. What it does not tell: when no certificate is left active in a scope, mTLS is simply not
/// enforced there any more.
///
/// ```
/// use certs_core::{Deactivate, ProjectId, Scope};
///
/// let everywhere = Deactivate::new(Scope::Organization, ["cert_abc".parse()?, "cert_def".parse()?]);
/// let in_one_project = Deactivate::new("proj_abc".parse::<ProjectId>()?, ["cert_abc".parse()?]);
/// # Ok::<(), certs_core::InvalidId>(())
/// ```
#[doc(alias = "deactivateOrganizationCertificates")]
#[doc(alias = "deactivateProjectCertificates")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deactivate {
    scope: Scope,
    request: ToggleCertificatesRequest,
}

impl Deactivate {
    /// Deactivates these certificates in this scope.
    pub fn new(scope: impl Into<Scope>, ids: impl Into<CertificateIds>) -> Self {
        Self { scope: scope.into(), request: ToggleCertificatesRequest::new(ids) }
    }

    /// The scope that changes.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The certificates that change.
    #[must_use]
    pub fn ids(&self) -> &CertificateIds {
        &self.request.certificate_ids
    }

    /// The certificates that the answer does not show to be inactive.
    #[must_use]
    pub fn unconfirmed(&self, answer: &ToggleResponse) -> Vec<Unconfirmed<'_>> {
        Unconfirmed::find(self.ids(), false, answer)
    }
}

impl Operation for Deactivate {
    type Output = ToggleResponse;
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        self.scope.request(&ORGANIZATION, &PROJECT).json(&self.request)
    }
}

pub(super) static ORGANIZATION: Endpoint =
    Endpoint::post("deactivateOrganizationCertificates", "/organization/certificates/deactivate");
pub(super) static PROJECT: Endpoint = Endpoint::post(
    "deactivateProjectCertificates",
    "/organization/projects/{project_id}/certificates/deactivate",
);
