//! The certificate object, and responses that contain it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::CertificateId;
use crate::text::null_as_default;
use crate::timestamp::Timestamp;
use crate::vocabulary::Object;

/// A certificate of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Certificate {
    /// [`Object::CERTIFICATE`] in the response to uploading, reading or modifying one certificate,
    /// [`Object::ORGANIZATION_CERTIFICATE`] or [`Object::PROJECT_CERTIFICATE`] in the response to a list,
    /// an activation or a deactivation.
    pub object: Object,
    /// The id of the certificate.
    pub id: CertificateId,
    /// The display name; `None` if there is none.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// The fields of the X.509 certificate.
    #[serde(default, deserialize_with = "null_as_default")]
    pub certificate_details: CertificateDetails,
    /// Whether it is active *in the requested scope*; `None` when one certificate is read.
    ///
    /// An expired certificate stays active until it is deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

impl Certificate {
    /// A certificate without a name and details, whose state is not known.
    #[must_use]
    pub fn new(object: Object, id: CertificateId, created_at: Timestamp) -> Self {
        let certificate_details = CertificateDetails::default();
        Self { object, id, name: None, created_at, certificate_details, active: None }
    }
}

/// The fields of the X.509 certificate that the API shows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateDetails {
    /// When the certificate becomes valid: X.509's `notBefore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_at: Option<Timestamp>,
    /// When the certificate expires: X.509's `notAfter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The PEM as the server sent it, if the content was requested. To compare it, parse it as a
    /// [`CertificatePem`](crate::CertificatePem).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl fmt::Debug for CertificateDetails {
    /// Shows the length of the content, never the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateDetails")
            .field("valid_at", &self.valid_at)
            .field("expires_at", &self.expires_at)
            .field("content_len", &self.content.as_ref().map(String::len))
            .finish()
    }
}

/// The response to activating or deactivating certificates.
///
/// The API's older documents show a list with paging fields instead, which is read as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleResponse {
    /// For example [`Object::ORGANIZATION_CERTIFICATE_DEACTIVATION`].
    pub object: Object,
    /// The certificates, with their new state in the scope.
    pub data: Vec<Certificate>,
}

impl ToggleResponse {
    /// A response with this object type and these certificates.
    #[must_use]
    pub fn new(object: Object, data: Vec<Certificate>) -> Self {
        Self { object, data }
    }

    /// The state of a certificate, `true` for active; `None` if the response shows no state, or both.
    #[must_use]
    pub fn is_active(&self, id: &CertificateId) -> Option<bool> {
        let mut mentions = self.data.iter().filter(|certificate| certificate.id == *id);
        let first = mentions.next()?.active?;
        mentions.all(|again| again.active == Some(first)).then_some(first)
    }
}

/// The response to deleting a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteResponse {
    /// [`Object::CERTIFICATE_DELETED`].
    pub object: Object,
    /// The id of the deleted certificate.
    pub id: CertificateId,
}

impl DeleteResponse {
    /// The response for this certificate.
    #[must_use]
    pub fn new(id: CertificateId) -> Self {
        Self { object: Object::CERTIFICATE_DELETED, id }
    }
}
