//! Endpoints of the API.

use std::fmt;

use http::Method;

/// One endpoint: a method and a path.
///
/// In a `static` or `const`, an invalid path does not compile.
///
/// ```
/// use certs_core::operation::Endpoint;
///
/// static GET: Endpoint = Endpoint::get("getCertificate", "/organization/certificates/{certificate_id}");
/// assert_eq!(GET.to_string(), "GET /organization/certificates/{certificate_id}");
/// ```
///
/// ```compile_fail
/// # use certs_core::operation::Endpoint;
/// static RELATIVE: Endpoint = Endpoint::get("list", "organization/certificates");
/// ```
///
/// ```compile_fail
/// # use certs_core::operation::Endpoint;
/// static WITH_QUERY: Endpoint = Endpoint::get("list", "/organization/certificates?limit=100");
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The `operationId` of the vendor's OpenAPI document.
    pub operation_id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with its parameters in braces.
    pub path: &'static str,
}

impl Endpoint {
    /// An endpoint with any method.
    ///
    /// # Panics
    ///
    /// When the path does not begin with `/`, contains `?`, `#` or anything but visible ASCII, or has unbalanced
    /// braces. In a `static` or `const`, where endpoints belong, that is a compile error.
    #[must_use]
    pub const fn new(method: Method, operation_id: &'static str, path: &'static str) -> Self {
        assert!(is_path(path), "the path of an endpoint is invalid");
        Self { operation_id, method, path }
    }

    /// `GET path`, like [`new`](Self::new).
    #[must_use]
    pub const fn get(operation_id: &'static str, path: &'static str) -> Self {
        Self::new(Method::GET, operation_id, path)
    }

    /// `POST path`, like [`new`](Self::new).
    #[must_use]
    pub const fn post(operation_id: &'static str, path: &'static str) -> Self {
        Self::new(Method::POST, operation_id, path)
    }

    /// `DELETE path`, like [`new`](Self::new).
    #[must_use]
    pub const fn delete(operation_id: &'static str, path: &'static str) -> Self {
        Self::new(Method::DELETE, operation_id, path)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

const fn is_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    if bytes.is_empty() || bytes[0] != b'/' {
        return false;
    }
    let (mut at, mut open) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'{' if !open => open = true,
            b'}' if open => open = false,
            b'{' | b'}' | b'?' | b'#' => return false,
            byte if !byte.is_ascii_graphic() => return false,
            _ => {}
        }
        at += 1;
    }
    !open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_a_slash_and_has_no_query() {
        for path in ["/", "/a/{b}", "/a/{b}/c/{d}"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["", "a", "/a?b", "/a#b", "/a b", "/{a", "/a}", "/{a{b}", "/{{a}}", "/ü"] {
            assert!(!is_path(path), "{path}");
        }
    }
}
