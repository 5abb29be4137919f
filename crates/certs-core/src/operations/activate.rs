//! `POST /organization/certificates/activate` and
//! `POST /organization/projects/{project_id}/certificates/activate`

use certs_types::{CertificateIds, ToggleCertificatesRequest, ToggleResponse};

use super::{Scope, Unconfirmed};
use crate::{Effect, Endpoint, Operation, RequestBuilder};

/// Activates one to ten certificates for the organization or a project.
///
/// Atomic and idempotent (documented): all of the ids change or none does, and repeating it changes
/// nothing. What it does not tell: once a certificate is active for the organization, requests with
/// *admin* keys need a client certificate too.
///
/// ```
/// use certs_core::{Activate, ProjectId, Scope};
///
/// let everywhere = Activate::new(Scope::Organization, ["cert_abc".parse()?, "cert_def".parse()?]);
/// let in_one_project = Activate::new("proj_abc".parse::<ProjectId>()?, ["cert_abc".parse()?]);
/// # Ok::<(), certs_core::InvalidId>(())
/// ```
#[doc(alias = "activateOrganizationCertificates")]
#[doc(alias = "activateProjectCertificates")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    scope: Scope,
    request: ToggleCertificatesRequest,
}

impl Activate {
    /// Activates these certificates in this scope.
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

    /// The certificates that the answer does not show to be active.
    #[must_use]
    pub fn unconfirmed(&self, answer: &ToggleResponse) -> Vec<Unconfirmed<'_>> {
        Unconfirmed::find(self.ids(), true, answer)
    }
}

impl Operation for Activate {
    type Output = ToggleResponse;
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        self.scope.request(&ORGANIZATION, &PROJECT).json(&self.request)
    }
}

pub(super) static ORGANIZATION: Endpoint =
    Endpoint::post("activateOrganizationCertificates", "/organization/certificates/activate");
pub(super) static PROJECT: Endpoint = Endpoint::post(
    "activateProjectCertificates",
    "/organization/projects/{project_id}/certificates/activate",
);
