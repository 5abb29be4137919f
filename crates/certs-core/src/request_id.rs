//! The ids of a request: the server's and the client's.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The id that the server assigned to a request, from the header `x-request-id`.
///
/// Visible ASCII, at most 256 bytes, and not like an admin key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id in these headers; `None` if there is none, or none that may be shown.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get("x-request-id")?;
        value.to_str().ok()?.parse().ok()
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        if text.contains("sk-") {
            return Err(InvalidRequestId);
        }
        Ok(Self(header_value(text, 256)?))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The id that the client gives to a request, in the header `X-Client-Request-Id`.
///
/// With it the vendor's support can find a request whose response was lost. It should be different for each
/// request. Visible ASCII, at most 512 bytes (documented).
///
/// ```
/// use certs_core::request_id::ClientRequestId;
///
/// let own: ClientRequestId = "deploy-17/step-3".parse()?;
/// assert_eq!(own.as_str(), "deploy-17/step-3");
///
/// let random = ClientRequestId::from_random(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
/// assert_eq!(random.as_str(), "01234567-89ab-4def-8123-456789abcdef");
/// # Ok::<(), certs_core::request_id::InvalidRequestId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientRequestId(HeaderValue);

impl ClientRequestId {
    /// The name of the header.
    pub const HEADER: HeaderName = HeaderName::from_static("x-client-request-id");

    /// A UUID (version 4) from random bits, of which six are not used.
    #[must_use]
    pub fn from_random(random: u128) -> Self {
        let bits = random & !(0xf << 76) & !(0b11 << 62) | (4 << 76) | (0b10 << 62);
        let mut text = [b'-'; 36];
        let digits = (0..text.len()).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
        for (place, digit) in digits.zip((0..32).rev()) {
            text[place] = b"0123456789abcdef"[(bits >> (4 * digit) & 0xf) as usize];
        }
        // Hexadecimal digits and hyphens are always valid in a header value.
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("00000000")))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn to_header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl FromStr for ClientRequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        Ok(Self(header_value(text, 512)?))
    }
}

impl fmt::Display for ClientRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ClientRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text cannot be a request id: it is empty, too long, not visible ASCII, or looks like a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request id is visible ASCII, at most 256 bytes from a server and 512 from a client")]
#[non_exhaustive]
pub struct InvalidRequestId;

fn header_value(text: &str, max: usize) -> Result<HeaderValue, InvalidRequestId> {
    let visible = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if text.is_empty() || text.len() > max || !visible {
        return Err(InvalidRequestId);
    }
    HeaderValue::from_str(text).map_err(|_| InvalidRequestId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_visible_ascii_up_to_its_length() {
        for text in ["req_1", "a b", "x"] {
            assert_eq!(text.parse::<RequestId>().unwrap().as_str(), text);
            assert_eq!(text.parse::<ClientRequestId>().unwrap().as_str(), text);
        }
        assert!("x".repeat(256).parse::<RequestId>().is_ok());
        assert!("x".repeat(512).parse::<ClientRequestId>().is_ok());
    }

    #[test]
    fn rejects_ids_that_cannot_be_shown_or_sent() {
        for text in ["", "ü", "a\nb", "a\tb", "\u{7f}"] {
            assert_eq!(text.parse::<RequestId>(), Err(InvalidRequestId), "{text:?}");
            assert_eq!(text.parse::<ClientRequestId>(), Err(InvalidRequestId), "{text:?}");
        }
        assert!("x".repeat(257).parse::<RequestId>().is_err());
        assert!("x".repeat(513).parse::<ClientRequestId>().is_err());
        assert!("req sk-admin".parse::<RequestId>().is_err());
    }

    #[test]
    fn random_ids_are_uuids_of_version_four() {
        let zeros = ClientRequestId::from_random(0);
        assert_eq!(zeros.as_str(), "00000000-0000-4000-8000-000000000000");
        let ones = ClientRequestId::from_random(u128::MAX);
        assert_eq!(ones.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
