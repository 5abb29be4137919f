//! HTTP proxies, for all backends and without I/O.
//!
//! [`Proxy`] decides whether a host is reached through the proxy. [`Tunnel`] makes the `CONNECT` request and parses its
//! response.

mod bypass;
mod tunnel;
mod url;

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use http::uri::Scheme;

use bypass::Bypass;
pub use tunnel::{ProxyError, Tunnel};
pub use url::InvalidProxy;
use url::Server;

/// An HTTP proxy, and which hosts are reached through it.
///
/// A tunnel is opened with `CONNECT`, so the proxy sees the name of the host, but no request. `http://` URLs are never
/// reached through it. `Debug` shows neither the address nor the password. Clones share the settings.
///
/// ```
/// use certs_core::proxy::Proxy;
///
/// let proxy = Proxy::new("http://proxy.example:8080", "localhost 10.0.0.0/8, .internal")?;
/// let tunnel = proxy.tunnel_to(&"https://api.openai.com/v1".parse()?).unwrap();
/// assert_eq!(tunnel.proxy(), "proxy.example:8080");
/// assert!(proxy.tunnel_to(&"https://ca.internal/".parse()?).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Arc<Settings>);

#[derive(PartialEq, Eq)]
struct Settings {
    server: Server,
    bypass: Bypass,
}

impl Proxy {
    /// The proxy at `url`, for all hosts except those in `no_proxy`.
    ///
    /// `no_proxy` has the syntax of the environment variable of that name: names (with their subdomains), addresses
    /// and networks, each with or without a port, separated by commas or spaces; `*` means every host.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] unless `url` is an `http://` URL, of which only the host is required. In its user name and
    /// password, `@`, `/`, `?` and `#` are written `%40`, `%2F`, `%3F` and `%23`.
    pub fn new(url: &str, no_proxy: &str) -> Result<Self, InvalidProxy> {
        let (server, bypass) = (Server::parse(url)?, Bypass::parse(no_proxy));
        Ok(Self(Arc::new(Settings { server, bypass })))
    }

    /// The proxy for `https://` in environment variables, which `read` returns by name, like `std::env::var_os`.
    ///
    /// It is the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY` that is not empty, with `no_proxy`
    /// or `NO_PROXY`. `None` if there is no proxy, or if `NO_PROXY` excludes every host.
    ///
    /// ```
    /// use certs_core::proxy::Proxy;
    ///
    /// let proxy = Proxy::from_env(|name| (name == "ALL_PROXY").then(|| "proxy.example".into()))?;
    /// assert!(proxy.is_some());
    /// let error = Proxy::from_env(|_| Some("socks5://proxy.example".into())).unwrap_err();
    /// assert!(error.to_string().starts_with("https_proxy: socks5:// proxies cannot be used"));
    /// # Ok::<(), certs_core::proxy::InvalidProxyVariable>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidProxyVariable`] when a variable cannot be used. An invalid proxy is never ignored.
    pub fn from_env(
        read: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, InvalidProxyVariable> {
        let first = |names: &[&'static str]| {
            let set = |&name: &&'static str| {
                let value = read(name).filter(|value| !value.is_empty())?;
                let reason = InvalidProxy::NotUtf8;
                let text = value.into_string();
                Some(
                    text.map(|text| (name, text))
                        .map_err(|_| InvalidProxyVariable { name, reason }),
                )
            };
            names.iter().find_map(set).transpose()
        };
        let url = first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        let no_proxy =
            first(&["no_proxy", "NO_PROXY"])?.map(|(_, hosts)| hosts).unwrap_or_default();
        let Some((name, url)) = url else { return Ok(None) };
        if Bypass::parse(&no_proxy).is_everything() {
            return Ok(None);
        }
        let proxy = Self::new(&url, &no_proxy);
        proxy.map(Some).map_err(|reason| InvalidProxyVariable { name, reason })
    }

    /// The tunnel to the host of this URL; `None` if the host is reached directly.
    #[must_use]
    pub fn tunnel_to(&self, target: &Uri) -> Option<Tunnel> {
        if target.scheme() != Some(&Scheme::HTTPS) {
            return None;
        }
        let (host, port) = (target.host()?, target.port_u16().unwrap_or(443));
        let Settings { server, bypass } = &*self.0;
        (!bypass.matches(host, port)).then(|| Tunnel::new(server, host, port))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(…)")
    }
}

/// Why an environment variable with a proxy cannot be used. Never shows its value, which may contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
#[non_exhaustive]
pub struct InvalidProxyVariable {
    /// The name of the variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: InvalidProxy,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_env(variables: &[(&str, &str)]) -> Result<Option<String>, InvalidProxyVariable> {
        let read = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let target = "https://api.example/v1".parse().unwrap();
        let proxy = Proxy::from_env(read)?;
        Ok(proxy.and_then(|proxy| proxy.tunnel_to(&target)).map(|tunnel| tunnel.proxy().into()))
    }

    #[test]
    fn the_first_variable_that_is_not_empty_counts() {
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTPS_PROXY", "a"), ("ALL_PROXY", "b")], Some("a:80")),
            (&[("https_proxy", "a"), ("HTTPS_PROXY", "b")], Some("a:80")),
            (&[("https_proxy", ""), ("HTTPS_PROXY", "b:8080")], Some("b:8080")),
            (&[("all_proxy", "http://c:1")], Some("c:1")),
            (&[("ALL_PROXY", "c"), ("NO_PROXY", "x api.example.")], None),
            (&[("ALL_PROXY", "c"), ("NO_PROXY", "api.example:80")], Some("c:80")),
            (&[("ALL_PROXY", "socks5://c"), ("NO_PROXY", "*")], None),
            (&[("HTTP_PROXY", "c")], None),
        ] {
            assert_eq!(from_env(variables).unwrap().as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_an_error_and_never_bypassed() {
        for (name, value, expected) in [
            ("HTTPS_PROXY", "https://user:s3cret@a", "https:// proxies cannot be used"),
            ("ALL_PROXY", "socks5://user:s3cret@a", "socks5:// proxies cannot be used"),
            ("all_proxy", "socks5h://a", "socks5:// proxies cannot be used"),
            ("https_proxy", "ftp://a", "only proxies with http:// URLs"),
            ("https_proxy", "http://user:s3cret@@a", "not a URL"),
        ] {
            let message = from_env(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{name}: ")), "{message}");
            assert!(message.contains(expected) && !message.contains("s3cret"), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_named() {
        use std::os::unix::ffi::OsStringExt;
        for (broken, set) in
            [("ALL_PROXY", "NO_PROXY"), ("NO_PROXY", "ALL_PROXY"), ("no_proxy", "none")]
        {
            let read = |name: &str| match name {
                name if name == broken => Some(OsString::from_vec(b"http://a\xe9".to_vec())),
                name if name == set => Some("a".into()),
                _ => None,
            };
            let error = Proxy::from_env(read).unwrap_err();
            assert_eq!((error.name, error.reason), (broken, InvalidProxy::NotUtf8));
        }
    }
}
