//! The base URL of all endpoints.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The base URL of all endpoints: `https://api.openai.com/v1` by default.
///
/// `https` to any host; `http` only to this machine (`localhost`, 127.0.0.0/8, `[::1]`), because every request
/// contains the admin key. A user name, a password, a query and a fragment are refused.
///
/// ```
/// use certs_core::BaseUrl;
///
/// assert!("http://127.0.0.1:8080/v1".parse::<BaseUrl>().is_ok());
/// assert!("http://api.openai.com/v1".parse::<BaseUrl>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Without a slash at the end.
    pub(super) prefix: Box<str>,
}

impl BaseUrl {
    /// Whether the scheme is `http`, which is possible only for this machine.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    /// The path, such as `/v1`, or an empty string.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.prefix
    }

    /// The host without the port. An IPv6 address is in brackets.
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
            return Err(InvalidBaseUrl::Insecure);
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

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
    /// It is `http` to another machine, which would send the admin key unencrypted.
    #[error("http:// would send the admin key in plain text: only https:// leaves this machine")]
    Insecure,
    /// It contains a user name or password.
    #[error("a base URL has no user name or password")]
    UserInfo,
    /// It contains a query or a fragment.
    #[error("a base URL has no query or fragment")]
    Query,
}

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
    fn survives_json_by_the_same_rules() {
        let base: BaseUrl = serde_json::from_str("\"https://api.example/x\"").unwrap();
        assert_eq!((base.host(), base.path()), ("api.example", "/x"));
        assert_eq!(serde_json::to_string(&base).unwrap(), "\"https://api.example/x\"");
        assert!(serde_json::from_str::<BaseUrl>("\"http://api.example\"").is_err());
    }

    #[test]
    fn https_is_allowed_to_any_host_and_http_only_to_this_machine() {
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
            assert_eq!(base(text), Err(InvalidBaseUrl::Insecure), "{text}");
        }
    }

    #[test]
    fn a_base_url_has_a_host_and_may_be_plain() {
        let plain: BaseUrl = "http://[::1]:8080/v1".parse().unwrap();
        assert!(plain.is_http() && !BaseUrl::default().is_http());
        assert_eq!(BaseUrl::default().host(), "api.openai.com");
        assert_eq!(format!("{plain:?}"), "\"http://[::1]:8080/v1\"");
    }

    #[test]
    fn ignores_trailing_slashes() {
        assert_eq!(base("https://a.example/v1//").unwrap(), "https://a.example/v1");
        assert_eq!(base("https://a.example").unwrap(), "https://a.example");
        assert_eq!(BaseUrl::default().to_string(), "https://api.openai.com/v1");
    }

    #[test]
    fn rejects_invalid_base_urls() {
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
}
