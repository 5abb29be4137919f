//! `CONNECT` through an HTTP proxy.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;

use tower_service::Service;

use crate::connect::BoxFuture;
use crate::error_chain::BoxError;

/// Which hosts are reached through an HTTP proxy, with `CONNECT`.
///
/// The proxy sees the host's name and the TLS handshake, nothing more. Requests to this machine in
/// plain text never go through it. `Debug` shows neither address nor password.
#[derive(Clone)]
pub struct Proxy(Arc<Matcher>);

impl Proxy {
    /// Connects through the proxy at `url`, except for the hosts in `no_proxy`: names, domains, addresses
    /// and networks, separated by commas, as in the environment variable of that name.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] unless it is an `http://` URL with a host. It may contain a port, a user
    /// name and a password; in these `@`, `/`, `?` and `#` are written `%40`, `%2F`, `%3F`, `%23`.
    pub fn new(url: &str, no_proxy: &str) -> Result<Self, InvalidProxy> {
        let with_scheme = if url.contains("://") { url.into() } else { format!("http://{url}") };
        let uri: Uri = with_scheme.parse().map_err(|_| InvalidProxy::Malformed)?;
        if uri.scheme_str() != Some("http") {
            return Err(InvalidProxy::Scheme);
        }
        if !is_unambiguous(&with_scheme, &uri) {
            return Err(InvalidProxy::Malformed);
        }
        Ok(Self(Arc::new(Matcher::builder().https(with_scheme).no(no_proxy).build())))
    }
}

/// Whether host and port are certainly the intended ones: an unencoded password may end early, and a
/// port that is not a number is dropped by the parser.
fn is_unambiguous(text: &str, uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else { return false };
    let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
    !authority.host().is_empty()
        && (host_and_port == authority.host() || authority.port_u16().is_some())
        && text.matches('@').count() <= 1
        && !text.contains(['?', '#'])
        && !uri.path().contains('@')
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(…)")
    }
}

/// Why a text is not the URL of a proxy. Never repeats it: it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// It is not a URL.
    Malformed,
    /// It is not an HTTP proxy.
    Scheme,
}

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the proxy is not a URL such as http://proxy.example:8080",
            Self::Scheme => "only proxies with http:// URLs can be used",
        })
    }
}

impl StdError for InvalidProxy {}

/// Connects directly or through the proxy.
#[derive(Debug, Clone)]
pub(crate) struct Tcp {
    pub(crate) direct: HttpConnector,
    pub(crate) proxy: Option<Proxy>,
}

impl Service<Uri> for Tcp {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let proxy = self.proxy.as_ref().and_then(|Proxy(matcher)| matcher.intercept(&target));
        let Some(proxy) = proxy else {
            let connecting = self.direct.call(target);
            return Box::pin(async move { connecting.await.map_err(Into::into) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.direct.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(target);
        Box::pin(async move { connecting.await.map_err(|error| ThroughProxy(error.into()).into()) })
    }
}

/// Attributes a connection error to the proxy.
#[derive(Debug)]
struct ThroughProxy(BoxError);

impl fmt::Display for ThroughProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy did not connect")
    }
}

impl StdError for ThroughProxy {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}
