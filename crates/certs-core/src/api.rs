//! The base URL and the admin key of requests.

mod base_url;
mod key;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Uri};

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use key::{AdminKey, InvalidAdminKey};

/// The API of one organization: a base URL and an admin key.
///
/// Clones share the [key](AdminKey).
///
/// ```
/// use certs_core::{AdminKey, Api, BaseUrl};
///
/// let key = AdminKey::new("sk-admin-example".to_owned())?;
/// let api = Api::new(BaseUrl::default(), key.clone());
/// let emulated = Api::new("http://127.0.0.1:8080/v1".parse()?, key);
/// assert!(!format!("{api:?} {emulated:?}").contains("sk-admin"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Api(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    base: BaseUrl,
    key: AdminKey,
    user_agent: HeaderValue,
}

impl Api {
    /// The API at this base URL, with this key.
    #[must_use]
    pub fn new(base: BaseUrl, key: AdminKey) -> Self {
        let user_agent = HeaderValue::from_static(concat!("certs/", env!("CARGO_PKG_VERSION")));
        Self(Arc::new(Inner { base, key, user_agent }))
    }

    /// Sets the `User-Agent`. The default is `certs/` and the version of this crate.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: HeaderValue) -> Self {
        Arc::make_mut(&mut self.0).user_agent = user_agent;
        self
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.0.base.authority
    }

    pub(crate) fn key(&self) -> &AdminKey {
        &self.0.key
    }

    /// The URI of a path and query below the base URL; `None` when it is too long.
    pub(crate) fn uri(&self, target: &str) -> Option<Uri> {
        let base = &self.0.base;
        let target = PathAndQuery::try_from([&*base.prefix, target].concat()).ok()?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(base.scheme.clone());
        parts.authority = Some(base.authority.clone());
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).ok()
    }

    /// Adds the headers that every request has. Those of the operation take precedence, except for the key.
    pub(crate) fn add_common_headers(&self, request: &mut Request<Bytes>) {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        let has_body = !request.body().is_empty();
        let headers = request.headers_mut();
        // Also for the client request id, and for the headers that a transport adds.
        headers.reserve(8);
        headers.insert(AUTHORIZATION, self.0.key.header_value());
        headers.entry(ACCEPT).or_insert(JSON);
        headers.entry(USER_AGENT).or_insert_with(|| self.0.user_agent.clone());
        if has_body {
            headers.entry(CONTENT_TYPE).or_insert(JSON);
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.0.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints_the_key() {
        let key = AdminKey::new("sk-admin-secret".into()).unwrap();
        let api = Api::new(BaseUrl::default(), key.clone());
        let mut request = Request::new(Bytes::new());
        api.add_common_headers(&mut request);
        let printed = format!("{key:?} {api:?} {:?}", request.headers());
        assert!(!printed.contains("secret"), "{printed}");
        assert!(printed.starts_with("AdminKey(…) Api { base: \"https://api"), "{printed}");
        assert_eq!(key.expose(), "sk-admin-secret");
    }

    #[test]
    fn headers_of_an_operation_take_precedence_except_for_the_key() {
        let key = AdminKey::new("sk-admin-secret".into()).unwrap();
        let agent = HeaderValue::from_static("tool/1");
        let api = Api::new(BaseUrl::default(), key).with_user_agent(agent);
        let mut request = Request::new(Bytes::new());
        for name in [ACCEPT, AUTHORIZATION] {
            request.headers_mut().insert(name, HeaderValue::from_static("own"));
        }
        api.add_common_headers(&mut request);
        let headers = request.headers();
        assert_eq!(headers[ACCEPT], "own");
        assert_eq!(headers[AUTHORIZATION], "Bearer sk-admin-secret");
        assert_eq!(headers[USER_AGENT], "tool/1");
        assert!(!headers.contains_key(CONTENT_TYPE));
    }
}
