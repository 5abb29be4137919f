//! The bodies of requests.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::ids::CertificateIds;
use crate::pem::CertificatePem;

/// The body of an activation or a deactivation, for the organization or a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleCertificatesRequest {
    /// The certificates to activate or deactivate: all of them or none.
    pub certificate_ids: CertificateIds,
}

impl ToggleCertificatesRequest {
    /// Activates or deactivates these certificates; the URL determines which.
    pub fn new(certificate_ids: impl Into<CertificateIds>) -> Self {
        Self { certificate_ids: certificate_ids.into() }
    }
}

/// The body of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadCertificateRequest {
    /// The certificate, in PEM.
    pub certificate: CertificatePem,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl UploadCertificateRequest {
    /// Uploads this certificate without a name.
    #[must_use]
    pub fn new(certificate: CertificatePem) -> Self {
        Self { certificate, name: None }
    }
}

/// The body of a modification: only the name can change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModifyCertificateRequest {
    /// The new name. The API's documents disagree on whether it may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ModifyCertificateRequest {
    /// Sets this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()) }
    }
}
