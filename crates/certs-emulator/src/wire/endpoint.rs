//! The endpoints, and the routing of requests to them.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::refusal::Refusal;

macro_rules! endpoints {
    ($($name:ident = $operation:literal: $method:ident $path:literal,)*) => {
        /// An endpoint of the API, named after its `operationId`.
        ///
        /// `ListModels` stands for all that a workload does with the key of its project. Its list is
        /// empty.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Endpoint {
            $(
                #[doc = concat!("`", stringify!($method), " ", $path, "`")]
                $name,
            )*
        }

        impl Endpoint {
            /// All endpoints that the emulator has.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The `operationId` in the vendor's OpenAPI document.
            #[must_use]
            pub const fn operation_id(self) -> &'static str {
                match self { $(Self::$name => $operation,)* }
            }

            /// Finds an endpoint by its `operationId`.
            #[must_use]
            pub fn from_operation_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|endpoint| endpoint.operation_id() == id)
            }

            /// The request method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// The path relative to `/v1`, with parameters in braces.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

// The first matching row applies, so fixed segments stand before parameters.
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
        Self::from_operation_id(&id).ok_or_else(unknown)
    }
}

/// The endpoint of a request, and the id in its path if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    pub(crate) id: String,
}

impl Route {
    /// Finds the endpoint of a method and an encoded path.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, Refusal> {
        let unknown = || Refusal::unknown_url(method, path);
        let relative = path.strip_prefix("/v1").ok_or_else(unknown)?;
        // Split before decoding, so that an encoded slash does not separate segments.
        let segments: Option<Vec<_>> = relative
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .collect();
        let segments = segments.ok_or_else(unknown)?;

        let mut allowed = Vec::new();
        for &endpoint in Endpoint::ALL {
            let Some(id) = match_path(endpoint.path(), &segments) else { continue };
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

/// Returns the parameter of a path that matches the pattern, empty if the pattern has none.
fn match_path<'a>(pattern: &str, segments: &'a [impl AsRef<str>]) -> Option<&'a str> {
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
    fn finds_every_endpoint() {
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
    fn decodes_ids_after_splitting_the_path() {
        let route =
            Route::find(&Method::GET, "/v1/organization/certificates/a%2Fb%20%c3%bc").unwrap();
        assert_eq!(route.endpoint, Endpoint::GetCertificate);
        assert_eq!(route.id, "a/b ü");
    }

    #[test]
    fn unknown_paths_are_not_found() {
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
    fn wrong_method_lists_the_allowed_ones() {
        let refusal = Route::find(&Method::PUT, "/v1/organization/certificates").unwrap_err();
        assert_eq!(refusal.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refusal.allow.as_deref(), Some("GET, POST"));
        let refusal = Route::find(&Method::PUT, "/v1/organization/certificates/x").unwrap_err();
        assert_eq!(refusal.allow.as_deref(), Some("GET, POST, DELETE"));
    }
}
