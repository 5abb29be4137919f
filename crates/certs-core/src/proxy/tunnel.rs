//! The `CONNECT` request and the response to it (RFC 9110, 9.3.6).

use std::fmt;

use http::{StatusCode, Uri};

use super::url::Server;
use crate::error::StatusText;

/// The maximum size of the head of a response to `CONNECT`, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A tunnel to one host through a proxy.
///
/// Over a new connection to [`proxy_uri`](Self::proxy_uri):
///
/// ```
/// use std::io::{self, Read, Write};
/// use certs_core::proxy::Tunnel;
///
/// fn open(tunnel: &Tunnel, connection: &mut (impl Read + Write)) -> io::Result<()> {
///     connection.write_all(&tunnel.request())?;
///     let (mut received, mut byte) = (Vec::new(), [0]);
///     while !tunnel.is_open(&received).map_err(io::Error::other)? {
///         if connection.read(&mut byte)? == 0 {
///             return Err(io::Error::other(tunnel.closed_error()));
///         }
///         received.push(byte[0]);
///     }
///     Ok(())
/// }
/// ```
///
/// `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Tunnel {
    server: Server,
    target: String,
}

impl Tunnel {
    pub(super) fn new(server: &Server, host: &str, port: u16) -> Self {
        Self { server: server.clone(), target: format!("{host}:{port}") }
    }

    /// The proxy's host and port.
    #[must_use]
    pub fn proxy(&self) -> &str {
        &self.server.host_and_port
    }

    /// The address to connect to, as an `http://` URL with the proxy's host and port.
    #[must_use]
    pub fn proxy_uri(&self) -> &Uri {
        &self.server.uri
    }

    /// The `CONNECT` request to write to a new connection. It contains the proxy's password.
    #[must_use]
    pub fn request(&self) -> Vec<u8> {
        let target = &self.target;
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(authorization) = &self.server.authorization {
            request += &format!("Proxy-Authorization: {authorization}\r\n");
        }
        request += "\r\n";
        request.into_bytes()
    }

    /// Parses what was received so far: `true` if the tunnel is open, `false` if more must be read.
    ///
    /// Any 2xx opens a tunnel.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] when the proxy refuses, does not speak HTTP, or sends more than 64 KiB or data in the tunnel.
    pub fn is_open(&self, received: &[u8]) -> Result<bool, ProxyError> {
        let Some((head, rest)) = split_head(received) else {
            let so_far = &received[..received.len().min(5)];
            return if received.len() > MAX_HEAD || !b"HTTP/".starts_with(so_far) {
                Err(self.error(Problem::NotHttp))
            } else {
                Ok(false)
            };
        };
        let status = status(head).ok_or_else(|| self.error(Problem::NotHttp))?;
        if !status.is_success() {
            let refusal = Refusal {
                status,
                schemes: schemes(head),
                logged_in: self.server.authorization.is_some(),
            };
            return Err(self.error(Problem::Refused(refusal)));
        }
        // In a tunnel the server does not send first.
        if rest.is_empty() { Ok(true) } else { Err(self.error(Problem::NotATunnel)) }
    }

    /// The error for a connection that ended before the proxy responded.
    #[must_use]
    pub fn closed_error(&self) -> ProxyError {
        self.error(Problem::Closed)
    }

    /// The error for a proxy that cannot be reached, with the cause as text.
    #[must_use]
    pub fn unreachable_error(&self, cause: impl fmt::Display) -> ProxyError {
        self.error(Problem::Unreachable(cause.to_string()))
    }

    fn error(&self, problem: Problem) -> ProxyError {
        ProxyError { proxy: self.server.host_and_port.clone(), problem }
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tunnel({} through {})", self.target, self.server.host_and_port)
    }
}

/// Why a proxy did not open a tunnel. Shows the proxy's address, never its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyError {
    proxy: String,
    problem: Problem,
}

impl ProxyError {
    /// The status of the proxy's response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.problem {
            Problem::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Unreachable(String),
    Closed,
    NotHttp,
    NotATunnel,
    Refused(Refusal),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    status: StatusCode,
    /// The authentication schemes that the proxy offers.
    schemes: Vec<String>,
    /// Whether a user name and password were sent.
    logged_in: bool,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} ", self.proxy)?;
        match &self.problem {
            Problem::Unreachable(cause) => write!(f, "cannot be reached: {cause}"),
            Problem::Closed => f.write_str("closed the connection without a response"),
            Problem::NotHttp => f.write_str("does not respond in HTTP"),
            Problem::NotATunnel => f.write_str("sent data of its own instead of opening a tunnel"),
            Problem::Refused(refusal) => write!(f, "refused the connection with {refusal}"),
        }
    }
}

impl std::error::Error for ProxyError {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", StatusText(self.status))?;
        if self.status != StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Ok(());
        }
        let offers_basic = self.schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("Basic"));
        if !self.schemes.is_empty() {
            write!(f, "; it offers {}", self.schemes.join(", "))?;
        }
        f.write_str(match (offers_basic || self.schemes.is_empty(), self.logged_in) {
            (true, true) => ": the user name or the password in the proxy's URL is wrong",
            (true, false) => ": put user name and password into its URL, http://USER:PASSWORD@HOST",
            (false, _) => ", of which none can be used: only Basic can",
        })
    }
}

/// The head of a response, and the bytes after it.
fn split_head(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let ends = |end: &[u8]| {
        let at = received.windows(end.len()).position(|window| window == end)?;
        Some((at, at + end.len()))
    };
    // Some proxies end lines with only a line feed.
    let (head, rest) = [ends(b"\r\n\r\n"), ends(b"\n\n")].into_iter().flatten().min()?;
    Some((&received[..head], &received[rest..]))
}

/// The status of a status line such as `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Option<StatusCode> {
    let line = head.split(|&byte| byte == b'\n').next()?.trim_ascii_end();
    let (version, rest) = line.split_at_checked(b"HTTP/1.1 ".len())?;
    if !matches!(version, b"HTTP/1.1 " | b"HTTP/1.0 ") {
        return None;
    }
    let (code, reason) = rest.split_at_checked(3)?;
    let complete = reason.first().is_none_or(|&byte| byte == b' ');
    StatusCode::from_bytes(code).ok().filter(|_| complete)
}

/// The valid schemes of all `Proxy-Authenticate` headers.
fn schemes(head: &[u8]) -> Vec<String> {
    let lines = head.split(|&byte| byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    let values = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Proxy-Authenticate").then_some(value)
    });
    let scheme = |value: &str| Some(value.split_whitespace().next()?.to_owned());
    let is_token = |scheme: &String| {
        scheme.len() <= 32
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    values.filter_map(scheme).filter(is_token).take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Proxy;
    use super::*;

    fn tunnel(url: &str) -> Tunnel {
        let target = "https://api.example/v1".parse().unwrap();
        Proxy::new(url, "").unwrap().tunnel_to(&target).unwrap()
    }

    fn refusal(url: &str, response: &str) -> String {
        tunnel(url).is_open(response.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn requests_a_tunnel_with_the_decoded_user_name_and_password() {
        assert_eq!(
            tunnel("http://user:p%40ss@proxy.example").request(),
            b"CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\
              Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
        );
        assert_eq!(tunnel("proxy.example").proxy_uri(), "http://proxy.example:80/");
        assert!(!format!("{:?}", tunnel("http://user:pass@proxy.example")).contains("pass@"));
    }

    #[test]
    fn any_success_opens_a_tunnel_however_the_head_is_written() {
        for head in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\nProxy-agent: x\r\n\r\n",
            "HTTP/1.1 201 Created\r\n\r\n",
            "HTTP/1.1 200\r\n\r\n",
            "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            &format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Pad: pppppppppppppppp\r\n".repeat(1000)),
        ] {
            for end in 0..head.len().min(60) {
                assert_eq!(
                    tunnel("proxy.example").is_open(&head.as_bytes()[..end]),
                    Ok(false),
                    "{head}"
                );
            }
            assert_eq!(tunnel("proxy.example").is_open(head.as_bytes()), Ok(true), "{head}");
        }
    }

    #[test]
    fn a_refusal_shows_the_proxy_the_status_and_what_to_do() {
        for (url, response, expected) in [
            (
                "p.example",
                "HTTP/1.1 403 Forbidden\r\n\r\nNo.",
                "refused the connection with 403 Forbidden",
            ),
            ("p.example", "HTTP/1.1 599 No\r\n\r\n", "refused the connection with 599"),
            ("p.example", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "302 Found"),
            (
                "p.example",
                "HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
                "it offers Basic: put user name and password into its URL",
            ),
            (
                "http://u:p@p.example",
                "HTTP/1.1 407 X\r\nproxy-authenticate: basic\r\n\r\n",
                "the password in the proxy's URL is wrong",
            ),
            (
                "http://u:p@p.example",
                "HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
                "it offers Negotiate, NTLM, of which none can be used: only Basic can",
            ),
            ("p.example", "HTTP/1.1 2000\r\n\r\n", "does not respond in HTTP"),
            ("p.example", "SSH-2.0-x\r\n", "does not respond in HTTP"),
            ("p.example", "HTTP/1.1 200 OK\r\n\r\n<html>", "sent data of its own"),
        ] {
            let message = refusal(url, response);
            assert!(message.starts_with("the proxy p.example:80 "), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_head_has_at_most_64_kibibytes() {
        let so_far = |length: usize| format!("HTTP/1.1 200 OK\r\nX: {:x<1$}", "", length - 20);
        assert_eq!(tunnel("p.example").is_open(so_far(64 * 1024).as_bytes()), Ok(false));
        let longer = so_far(64 * 1024 + 1);
        assert!(refusal("p.example", &longer).contains("does not respond in HTTP"));
    }

    #[test]
    fn only_what_can_be_a_scheme_is_repeated() {
        let required = |scheme: &str| {
            let response = format!("HTTP/1.1 407 X\r\nProxy-Authenticate: {scheme}\r\n\r\n");
            refusal("p.example", &response)
        };
        let longest = "x".repeat(32);
        for scheme in ["Basic", "SCRAM-SHA-256", &longest] {
            assert!(required(scheme).contains(scheme), "{scheme}");
        }
        for scheme in ["Ba/sic", "<script>", &format!("{longest}x")] {
            assert!(!required(scheme).contains(scheme), "{scheme}");
        }
    }

    #[test]
    fn only_a_refusal_has_a_status() {
        let error = tunnel("p.example").is_open(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap_err();
        assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
        assert_eq!(tunnel("p.example").closed_error().status(), None);
    }
}
