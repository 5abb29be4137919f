//! `POST /organization/certificates/activate` and `…/deactivate`,
//! `POST /organization/projects/{project_id}/certificates/activate` and `…/deactivate`

use std::fmt;

use certs_types::{
    CertificateId, CertificateIds, Object, ToggleCertificatesRequest, ToggleResponse,
};

use super::scope::Scope;
use crate::endpoint::Endpoint;
use crate::error::Mismatch;
use crate::operation::{Effect, Operation};
use crate::request::RequestBuilder;

pub(super) static ACTIVATE_IN_ORGANIZATION: Endpoint =
    Endpoint::post("activateOrganizationCertificates", "/organization/certificates/activate");
pub(super) static ACTIVATE_IN_PROJECT: Endpoint = Endpoint::post(
    "activateProjectCertificates",
    "/organization/projects/{project_id}/certificates/activate",
);
pub(super) static DEACTIVATE_IN_ORGANIZATION: Endpoint =
    Endpoint::post("deactivateOrganizationCertificates", "/organization/certificates/deactivate");
pub(super) static DEACTIVATE_IN_PROJECT: Endpoint = Endpoint::post(
    "deactivateProjectCertificates",
    "/organization/projects/{project_id}/certificates/deactivate",
);

/// Activates one to ten certificates for the organization or a project.
///
/// Once a certificate is active for the organization, requests with *admin* keys need a client
/// certificate too. The methods are those of [`Toggle`].
///
/// ```
/// use certs_core::operations::{Activate, Scope};
/// use certs_core::types::ProjectId;
///
/// let in_organization = Activate::new(Scope::Organization, ["cert_abc".parse()?, "cert_def".parse()?]);
/// let in_project = Activate::new("proj_abc".parse::<ProjectId>()?, ["cert_abc".parse()?]);
/// # Ok::<(), certs_core::types::InvalidId>(())
/// ```
#[doc(alias = "activateOrganizationCertificates")]
#[doc(alias = "activateProjectCertificates")]
pub type Activate = Toggle<true>;

/// Deactivates one to ten certificates for the organization or a project.
///
/// When no certificate remains active in a scope, mTLS is no longer enforced there. The methods are those of
/// [`Toggle`].
///
/// ```
/// use certs_core::operations::{Deactivate, Scope};
/// use certs_core::types::ProjectId;
///
/// let in_organization = Deactivate::new(Scope::Organization, ["cert_abc".parse()?, "cert_def".parse()?]);
/// let in_project = Deactivate::new("proj_abc".parse::<ProjectId>()?, ["cert_abc".parse()?]);
/// # Ok::<(), certs_core::types::InvalidId>(())
/// ```
#[doc(alias = "deactivateOrganizationCertificates")]
#[doc(alias = "deactivateProjectCertificates")]
pub type Deactivate = Toggle<false>;

/// Sets whether one to ten certificates are active in a scope: [`Activate`] or [`Deactivate`].
///
/// It is atomic and idempotent (documented): either all of the certificates change or none, and doing it twice has
/// the same result as doing it once.
#[derive(Clone, PartialEq, Eq)]
pub struct Toggle<const ACTIVE: bool> {
    scope: Scope,
    request: ToggleCertificatesRequest,
}

impl<const ACTIVE: bool> Toggle<ACTIVE> {
    /// Activates or deactivates these certificates in this scope.
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

    /// The object type of a response for this scope.
    pub(crate) fn object(&self) -> Object {
        match (&self.scope, ACTIVE) {
            (Scope::Organization, true) => Object::ORGANIZATION_CERTIFICATE_ACTIVATION,
            (Scope::Organization, false) => Object::ORGANIZATION_CERTIFICATE_DEACTIVATION,
            (Scope::Project(_), true) => Object::PROJECT_CERTIFICATE_ACTIVATION,
            (Scope::Project(_), false) => Object::PROJECT_CERTIFICATE_DEACTIVATION,
        }
    }

    /// The certificates that the response does not show in their new state.
    #[must_use]
    pub fn unconfirmed(&self, response: &ToggleResponse) -> Vec<Unconfirmed<'_>> {
        let unconfirmed = |id| match response.is_active(id) {
            Some(active) if active == ACTIVE => None,
            Some(_) => Some(Unconfirmed::Unchanged(id)),
            None => Some(Unconfirmed::Missing(id)),
        };
        self.ids().iter().filter_map(unconfirmed).collect()
    }
}

impl<const ACTIVE: bool> fmt::Debug for Toggle<ACTIVE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(if ACTIVE { "Activate" } else { "Deactivate" })
            .field("scope", &self.scope)
            .field("ids", self.ids())
            .finish()
    }
}

impl<const ACTIVE: bool> Operation for Toggle<ACTIVE> {
    type Output = ToggleResponse;
    const EFFECT: Effect = Effect::Idempotent;

    fn request(&self) -> RequestBuilder {
        let request = if ACTIVE {
            self.scope.request(&ACTIVATE_IN_ORGANIZATION, &ACTIVATE_IN_PROJECT)
        } else {
            self.scope.request(&DEACTIVATE_IN_ORGANIZATION, &DEACTIVATE_IN_PROJECT)
        };
        request.json(&self.request)
    }

    fn verify(&self, output: &ToggleResponse) -> Result<(), Mismatch> {
        let old = Some(!ACTIVE);
        let in_old_state = output.data.iter().filter(|certificate| certificate.active == old);
        let mut ids = in_old_state.map(|certificate| &certificate.id);
        let requested = |id: &CertificateId| self.ids().iter().any(|requested| requested == id);
        match ids.find(|id| requested(id) && output.is_active(id) == old) {
            Some(id) => Err(Mismatch::new(format!(
                "the response shows {id} as {}",
                if ACTIVE { "inactive" } else { "active" }
            ))),
            None => Ok(()),
        }
    }
}

/// A certificate that the response to a toggle does not show in its new state.
///
/// Its state is shown by the [list](super::List) of the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unconfirmed<'a> {
    /// The response does not show the state of the certificate.
    Missing(&'a CertificateId),
    /// The response shows the certificate in its old state.
    Unchanged(&'a CertificateId),
}

impl<'a> Unconfirmed<'a> {
    /// The certificate in question.
    #[must_use]
    pub fn id(self) -> &'a CertificateId {
        match self {
            Self::Missing(id) | Self::Unchanged(id) => id,
        }
    }
}
