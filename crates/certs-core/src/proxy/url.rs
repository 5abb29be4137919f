//! The URL of a proxy.

use certs_types::base64;
use http::Uri;

/// A proxy's address and credentials.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) uri: Uri,
    pub(super) host_and_port: String,
    /// The value of `Proxy-Authorization`.
    pub(super) authorization: Option<String>,
}

impl Server {
    pub(super) fn parse(url: &str) -> Result<Self, InvalidProxy> {
        let url = url.trim();
        let with_scheme = if url.contains("://") { url.into() } else { format!("http://{url}") };
        let uri: Uri = with_scheme.parse().map_err(|_| InvalidProxy::Malformed)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(InvalidProxy::Https),
            Some("socks" | "socks4" | "socks4a" | "socks5" | "socks5h") => {
                return Err(InvalidProxy::Socks);
            }
            _ => return Err(InvalidProxy::Scheme),
        }
        if !is_unambiguous(&with_scheme, &uri) {
            return Err(InvalidProxy::Malformed);
        }
        let authority = uri.authority().ok_or(InvalidProxy::Malformed)?;
        let host_and_port = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        let user_info = authority.as_str().rsplit_once('@').map(|(user_info, _)| user_info);
        let authorization = user_info.map(|text| {
            let colon = if text.contains(':') { "" } else { ":" };
            format!("Basic {}", base64::encode(&percent_decoded(&format!("{text}{colon}"))))
        });
        let address = format!("http://{host_and_port}/");
        let uri = address.parse().map_err(|_| InvalidProxy::Malformed)?;
        Ok(Self { uri, host_and_port, authorization })
    }
}

/// Whether the host and port are certainly the intended ones. An unencoded character can end the password early,
/// and the parser ignores a port that is not a number.
fn is_unambiguous(text: &str, uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else { return false };
    let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
    !authority.host().is_empty()
        && (host_and_port == authority.host() || authority.port_u16().is_some())
        && text.matches('@').count() <= 1
        && !text.contains(['?', '#'])
        && !uri.path().contains('@')
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high << 4 | low));
                rest = &after[2..];
            }
            _ => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    decoded
}

/// Why a text is not the URL of a proxy. Never shows the text, which may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// It is not a URL.
    #[error("this is not a URL such as http://proxy.example:8080")]
    Malformed,
    /// It is not UTF-8.
    #[error("this is not UTF-8")]
    NotUtf8,
    /// It is a proxy that is reached over TLS.
    #[error(
        "https:// proxies cannot be used: give its http:// address, over which TLS to the API is tunneled"
    )]
    Https,
    /// It is a SOCKS proxy.
    #[error(
        "socks5:// proxies cannot be used: give an http:// proxy, or name the host in NO_PROXY"
    )]
    Socks,
    /// It is another kind of proxy.
    #[error("only proxies with http:// URLs can be used")]
    Scheme,
}
