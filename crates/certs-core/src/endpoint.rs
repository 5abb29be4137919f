//! One line of the API reference.

use http::Method;

/// One endpoint: the line that the API reference has for it.
///
/// ```
/// use certs_core::Endpoint;
///
/// static GET: Endpoint = Endpoint::get("getCertificate", "/organization/certificates/{certificate_id}");
/// assert_eq!(GET.to_string(), "GET /organization/certificates/{certificate_id}");
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The `operationId` of the vendor's OpenAPI document.
    pub operation_id: &'static str,
    /// The method.
    pub method: Method,
    /// The path below the base URL, with its parameters in braces.
    pub path: &'static str,
}

impl Endpoint {
    /// `GET path`
    #[must_use]
    pub const fn get(operation_id: &'static str, path: &'static str) -> Self {
        Self { operation_id, method: Method::GET, path }
    }

    /// `POST path`
    #[must_use]
    pub const fn post(operation_id: &'static str, path: &'static str) -> Self {
        Self { operation_id, method: Method::POST, path }
    }

    /// `DELETE path`
    #[must_use]
    pub const fn delete(operation_id: &'static str, path: &'static str) -> Self {
        Self { operation_id, method: Method::DELETE, path }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
