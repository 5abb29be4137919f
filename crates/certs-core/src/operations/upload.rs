//! `POST /organization/certificates`

use certs_types::{Certificate, CertificatePem, UploadCertificateRequest};

use crate::endpoint::Endpoint;
use crate::operation::{Effect, Operation};
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint =
    Endpoint::post("uploadCertificate", "/organization/certificates");

/// Uploads a CA certificate. It is not active until it is activated.
///
/// It is not repeated after a lost response, because a second upload would make a second certificate.
/// [`Client::upload`](crate::Client::upload) looks for the certificate instead.
///
/// ```
/// use certs_core::operations::Upload;
/// use certs_core::types::CertificatePem;
///
/// let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
/// let upload = Upload::new(pem.parse()?).with_name("Root 2026");
///
/// let key = pem.replace("CERTIFICATE", "PRIVATE KEY");
/// assert!(key.parse::<CertificatePem>().is_err(), "a key cannot be uploaded by accident");
/// # Ok::<(), certs_core::types::InvalidPem>(())
/// ```
#[doc(alias = "uploadCertificate")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    request: UploadCertificateRequest,
}

impl Upload {
    /// Uploads this certificate without a name.
    #[must_use]
    pub fn new(certificate: CertificatePem) -> Self {
        Self { request: UploadCertificateRequest::new(certificate) }
    }

    /// Sets the display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.request.name = Some(name.into());
        self
    }

    /// The display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.request.name.as_deref()
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificatePem {
        &self.request.certificate
    }
}

impl Operation for Upload {
    type Output = Certificate;
    const EFFECT: Effect = Effect::NonIdempotent;

    fn request(&self) -> RequestBuilder {
        RequestBuilder::new(&ENDPOINT).json(&self.request)
    }
}
