//! The endpoints, and which of them a request means.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::refusal::Refusal;

macro_rules! endpoints {
    ($($name:ident = $operation:literal: $method:ident $path:literal,)*) => {
        /// An endpoint of the API, by its `operationId`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Endpoint {
            $(
                #[doc = concat!("`", stringify!($method), " ", $path, "`")]
                $name,
            )*
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The `operationId` in the vendor's OpenAPI document.
            #[must_use]
            pub const fn operation_id(self) -> &'static str {
                match self { $(Self::$name => $operation,)* }
            }

            /// The endpoint of an `operationId`.
            #[must_use]
            pub fn of_operation(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|endpoint| endpoint.operation_id() == id)
            }

            /// The method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// The path below `/v1`, with parameters in braces.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

// The first row that fits is meant: fixed segments stand above parameters.
endpoints! {
    DeactivateOrganizationCertificates = "deactivateOrganizationCertificates":
        POST "/organization/certificates/deactivate",
    ActivateOrganizationCertificates = "activateOrganizationCertificates":
        POST "/organization/certificates/activate",
    ListOrganizationCertificates = "listOrganizationCertificates":
        GET "/organization/certificates",
    UploadCertificate = "uploadCertificate":
        POST "/organization/certificates",
    GetCertificate = "getCertificate":
        GET "/organization/certificates/{certificate_id}",
    ModifyCertificate = "modifyCertificate":
        POST "/organization/certificates/{certificate_id}",
    DeleteCertificate = "deleteCertificate":
        DELETE "/organization/certificates/{certificate_id}",
    ListProjectCertificates = "listProjectCertificates":
        GET "/organization/projects/{project_id}/certificates",
    ActivateProjectCertificates = "activateProjectCertificates":
        POST "/organization/projects/{project_id}/certificates/activate",
    DeactivateProjectCertificates = "deactivateProjectCertificates":
        POST "/organization/projects/{project_id}/certificates/deactivate",
    ListProjects = "list-projects":
        GET "/organization/projects",
    ListAuditLogs = "list-audit-logs":
        GET "/organization/audit_logs",
    // Stands for all that a workload does with the key of its project.
    ListModels = "listModels":
        GET "/models",
}

impl Serialize for Endpoint {
    /// Writes the `operationId`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.operation_id())
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    /// Reads the `operationId`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format_args!("no endpoint has the operationId '{id}'"));
        Self::of_operation(&id).ok_or_else(unknown)
    }
}

/// What a request means: an endpoint, and the id in its path where it has one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    pub(crate) id: String,
}

impl Route {
    /// Finds the endpoint of a method and an encoded path.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, Refusal> {
        let unknown = || Refusal::unknown_url(method, path);
        let below = path.strip_prefix("/v1").ok_or_else(unknown)?;
        // Split first, then decode: an encoded slash stays within its segment.
        let segments: Option<Vec<_>> = below
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .collect();
        let segments = segments.ok_or_else(unknown)?;

        let mut allowed = Vec::new();
        for &endpoint in Endpoint::ALL {
            let Some(id) = fit(endpoint.path(), &segments) else { continue };
            if endpoint.method() == *method {
                return Ok(Self { endpoint, id: id.into() });
            }
            allowed.push(endpoint.method());
        }
        if allowed.is_empty() {
            return Err(unknown());
        }
        Err(Refusal::method_not_allowed(method, path, &allowed))
    }
}

/// The parameter of a path that fits the pattern; empty when the pattern has none.
fn fit<'a>(pattern: &str, segments: &'a [impl AsRef<str>]) -> Option<&'a str> {
    let mut segments = segments.iter().map(AsRef::as_ref);
    let mut id = "";
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') && !segment.is_empty() {
            id = segment;
        } else if segment != expected {
            return None;
        }
    }
    segments.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn every_endpoint_is_found_by_its_own_method_and_path() {
        for &endpoint in Endpoint::ALL {
            let path = endpoint
                .path()
                .replace("{certificate_id}", "cert_abc")
                .replace("{project_id}", "proj_abc");
            let route = Route::find(&endpoint.method(), &format!("/v1{path}")).unwrap();
            assert_eq!(route.endpoint, endpoint);
            assert_eq!(route.id.is_empty(), !endpoint.path().contains('{'));
        }
    }

    #[test]
    fn an_id_is_decoded_after_the_path_was_split() {
        let route =
            Route::find(&Method::GET, "/v1/organization/certificates/a%2Fb%20%c3%bc").unwrap();
        assert_eq!(route.endpoint, Endpoint::GetCertificate);
        assert_eq!(route.id, "a/b ü");
    }

    #[test]
    fn what_is_no_endpoint_is_not_found() {
        for path in [
            "/",
            "*",
            "/v1",
            "/v1/",
            "/v2/organization/certificates",
            "/v1organization/certificates",
            "/v1/organization/certificates/",
            "/v1//organization/certificates",
            "/v1/organization/certificates/a/b",
            "/v1/organization/certificates/%ff",
            "/v1/organization/projects//certificates",
        ] {
            let refusal = Route::find(&Method::GET, path).unwrap_err();
            assert_eq!(refusal.status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let refusal = Route::find(&Method::PUT, "/v1/organization/certificates").unwrap_err();
        assert_eq!(refusal.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refusal.allow.as_deref(), Some("GET, POST"));
        let refusal = Route::find(&Method::PUT, "/v1/organization/certificates/x").unwrap_err();
        assert_eq!(refusal.allow.as_deref(), Some("GET, POST, DELETE"));
    }
}
