//! Where requests go and who sends them: base URL, admin key, headers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Uri};
use zeroize::Zeroizing;

use crate::BuildError;

/// The API as one caller sees it: an origin and an admin key.
///
/// Clones share the key, whose memory is cleared when the last of them is dropped.
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

struct Inner {
    base: BaseUrl,
    key: AdminKey,
    /// The headers of a request without a body and of one with JSON.
    plain: HeaderMap,
    json: HeaderMap,
}

impl Api {
    /// Speaks to this base URL with this key.
    #[must_use]
    pub fn new(base: BaseUrl, key: AdminKey) -> Self {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("certs/", env!("CARGO_PKG_VERSION")));
        let mut plain = HeaderMap::with_capacity(4);
        plain.insert(AUTHORIZATION, key.0.clone());
        plain.insert(ACCEPT, JSON);
        plain.insert(USER_AGENT, AGENT);
        let mut json = plain.clone();
        json.insert(CONTENT_TYPE, JSON);
        Self(Arc::new(Inner { base, key, plain, json }))
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.0.base.authority
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.0.base.prefix
    }

    pub(crate) fn key(&self) -> &AdminKey {
        &self.0.key
    }

    pub(crate) fn uri(&self, target: PathAndQuery) -> Result<Uri, BuildError> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.0.base.scheme.clone());
        parts.authority = Some(self.0.base.authority.clone());
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).map_err(|_| BuildError::TooLong)
    }

    pub(crate) fn headers(&self, has_body: bool) -> HeaderMap {
        if has_body { self.0.json.clone() } else { self.0.plain.clone() }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.0.base).finish_non_exhaustive()
    }
}

/// The URL below which all endpoints lie: `https://api.openai.com/v1` by default.
///
/// `https` anywhere; `http` only to this machine (`localhost`, 127.0.0.0/8, `[::1]`), because the
/// admin key goes with every request. No user info, query or fragment.
///
/// ```
/// use certs_core::BaseUrl;
///
/// assert!("http://127.0.0.1:8080/v1".parse::<BaseUrl>().is_ok());
/// assert!("http://api.openai.com/v1".parse::<BaseUrl>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at the end.
    prefix: Box<str>,
}

impl BaseUrl {
    /// Whether requests go in plain text, to this machine.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    /// The host, without port; an IPv6 address stands in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        let authority = Authority::from_static("api.openai.com");
        Self { scheme: Scheme::HTTPS, authority, prefix: "/v1".into() }
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        if text.contains(['?', '#']) {
            return Err(InvalidBaseUrl::Query);
        }
        let parts = text.parse::<Uri>().map_err(|_| InvalidBaseUrl::Malformed)?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidBaseUrl::Malformed);
        };
        if authority.as_str().contains('@') {
            return Err(InvalidBaseUrl::UserInfo);
        }
        let host = authority.host();
        let bad_port = authority.as_str().len() > host.len() && authority.port_u16().is_none();
        if host.is_empty() || bad_port {
            return Err(InvalidBaseUrl::Malformed);
        }
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(InvalidBaseUrl::Scheme);
        }
        if scheme == Scheme::HTTP && !is_loopback(host) {
            return Err(InvalidBaseUrl::Plain);
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(InvalidBaseUrl::Malformed);
        }
        let prefix = path.trim_end_matches('/').into();
        Ok(Self { scheme, authority, prefix })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Why a text is not a base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// It is not an absolute URL.
    #[error("not a URL such as https://api.openai.com/v1")]
    Malformed,
    /// The scheme is neither `https` nor `http`.
    #[error("a base URL begins with https://")]
    Scheme,
    /// `http` to another machine.
    #[error("http:// would send the admin key in plain text: only https:// leaves this machine")]
    Plain,
    /// It contains a user name or password.
    #[error("a base URL has no user name or password")]
    UserInfo,
    /// It contains a query or a fragment.
    #[error("a base URL has no query or fragment")]
    Query,
}

/// An admin key, `sk-admin-…`. Its memory is cleared when the last user of it is dropped.
///
/// `Debug` shows nothing of it.
#[derive(Clone)]
pub struct AdminKey(HeaderValue);

impl AdminKey {
    /// Takes the key over; the caller's copy is cleared.
    ///
    /// # Errors
    ///
    /// [`InvalidAdminKey`] when it is empty or could not stand in a header.
    pub fn new(key: String) -> Result<Self, InvalidAdminKey> {
        let key = Zeroizing::new(key);
        if key.is_empty() {
            return Err(InvalidAdminKey::Empty);
        }
        if let Some(at) = key.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(InvalidAdminKey::Character { at });
        }
        let mut header = Zeroizing::new(Vec::with_capacity(BEARER.len() + key.len()));
        header.extend_from_slice(BEARER.as_bytes());
        header.extend_from_slice(key.as_bytes());
        // One buffer for all requests: header values cloned from this one share it.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| InvalidAdminKey::Character { at: 0 })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.to_str().ok().and_then(|value| value.strip_prefix(BEARER)).unwrap_or_default()
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminKey(…)")
    }
}

/// Why a text is not an admin key. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAdminKey {
    /// Nothing was given.
    #[error("the admin key is empty")]
    Empty,
    /// A character that no key has, at this byte.
    #[error("the admin key has white space or a special character at byte {at}")]
    Character {
        /// The offset of the character in bytes.
        at: usize,
    },
}

const BEARER: &str = "Bearer ";

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<String, InvalidBaseUrl> {
        text.parse::<BaseUrl>().map(|base| base.to_string())
    }

    #[test]
    fn https_goes_anywhere_and_http_stays_on_this_machine() {
        for text in [
            "https://api.openai.com/v1",
            "https://mtls.api.openai.com:8443/v1",
            "https://10.0.0.1/x/y",
            "http://localhost:1/v1",
            "http://127.9.9.9/v1",
            "http://[::1]:80/v1",
        ] {
            assert_eq!(base(text).unwrap(), text);
        }
        for text in [
            "http://api.openai.com/v1",
            "http://10.0.0.1/v1",
            "http://localhost.example/v1",
            "http://127.0.0.1.example/v1",
            "http://[::2]/v1",
        ] {
            assert_eq!(base(text), Err(InvalidBaseUrl::Plain), "{text}");
        }
    }

    #[test]
    fn a_base_url_tells_where_it_leads() {
        let plain: BaseUrl = "http://[::1]:8080/v1".parse().unwrap();
        assert!(plain.is_plain() && !BaseUrl::default().is_plain());
        assert_eq!(BaseUrl::default().host(), "api.openai.com");
        assert_eq!(format!("{plain:?}"), "\"http://[::1]:8080/v1\"");
    }

    #[test]
    fn slashes_at_the_end_do_not_count() {
        assert_eq!(base("https://a.example/v1//").unwrap(), "https://a.example/v1");
        assert_eq!(base("https://a.example").unwrap(), "https://a.example");
        assert_eq!(BaseUrl::default().to_string(), "https://api.openai.com/v1");
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        for (text, error) in [
            ("", InvalidBaseUrl::Malformed),
            ("/v1", InvalidBaseUrl::Malformed),
            ("api.openai.com", InvalidBaseUrl::Malformed),
            ("https://", InvalidBaseUrl::Malformed),
            ("https://:443/v1", InvalidBaseUrl::Malformed),
            ("https://a:b/v1", InvalidBaseUrl::Malformed),
            ("https://a.example:99999/v1", InvalidBaseUrl::Malformed),
            ("https://a.example/v1/../x", InvalidBaseUrl::Malformed),
            ("ftp://a.example/v1", InvalidBaseUrl::Scheme),
            ("https://u:p@a.example/v1", InvalidBaseUrl::UserInfo),
            ("http://localhost@a.example/v1", InvalidBaseUrl::UserInfo),
            ("https://a.example/v1?x", InvalidBaseUrl::Query),
            ("https://a.example/v1#x", InvalidBaseUrl::Query),
        ] {
            assert_eq!(base(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_key_that_could_not_stand_in_a_header_is_refused() {
        let refused = |key: &str| AdminKey::new(key.into()).unwrap_err();
        assert_eq!(refused(""), InvalidAdminKey::Empty);
        assert_eq!(refused("sk-a\r\nX: y"), InvalidAdminKey::Character { at: 4 });
        assert_eq!(refused("sk-ä"), InvalidAdminKey::Character { at: 3 });
    }

    #[test]
    fn nothing_prints_the_key() {
        let key = AdminKey::new("sk-admin-secret".into()).unwrap();
        let api = Api::new(BaseUrl::default(), key.clone());
        let printed = format!("{key:?} {api:?} {:?}", api.headers(true));
        assert!(!printed.contains("secret"), "{printed}");
        assert!(printed.starts_with("AdminKey(…) Api { base: \"https://api"), "{printed}");
        assert_eq!(key.expose(), "sk-admin-secret");
    }
}
