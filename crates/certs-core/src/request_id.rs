//! The ids of a request: the server's and the client's.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The id that the server assigned to a request, from the header `x-request-id`.
///
/// Printable ASCII, at most 256 bytes, without `sk-`, with which keys begin.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id in these headers; `None` if there is none, or none that may be shown.
    ///
    /// It is a copy, because the header keeps the whole buffer in memory from which the response was read.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        const NAME: HeaderName = HeaderName::from_static("x-request-id");
        headers.get(NAME)?.to_str().ok()?.parse().ok()
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        if text.contains("sk-") {
            return Err(InvalidRequestId);
        }
        check(text, 256)?;
        HeaderValue::from_str(text).map(Self).map_err(|_| InvalidRequestId)
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
/// request. Printable ASCII, at most 512 bytes (documented).
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

    /// A UUID (version 4) from random bits, of which it does not use six.
    #[must_use]
    pub fn from_random(random: u128) -> Self {
        let bits = random & !(0xf << 76) & !(0b11 << 62) | (4 << 76) | (0b10 << 62);
        let mut text = [b'-'; 36];
        // Two digits a byte; the hyphens come after the bytes 3, 5, 7 and 9.
        let offsets = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        for (byte, offset) in bits.to_be_bytes().into_iter().zip(offsets) {
            text[offset] = DIGITS[usize::from(byte >> 4)];
            text[offset + 1] = DIGITS[usize::from(byte & 0xf)];
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
        check(text, 512)?;
        HeaderValue::from_str(text).map(Self).map_err(|_| InvalidRequestId)
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

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A text cannot be a request id: it is empty, too long, not printable ASCII, or looks like a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request id is printable ASCII, at most 256 bytes from a server and 512 from a client")]
#[non_exhaustive]
pub struct InvalidRequestId;

fn check(text: &str, max: usize) -> Result<(), InvalidRequestId> {
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if text.is_empty() || text.len() > max || !is_printable {
        return Err(InvalidRequestId);
    }
    Ok(())
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
    fn an_id_does_not_share_the_memory_of_its_header() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("req_1"));
        let id = RequestId::from_headers(&headers).unwrap();
        assert_eq!(id.as_str(), "req_1");
        assert_ne!(id.as_str().as_ptr(), headers["x-request-id"].as_bytes().as_ptr());
    }

    #[test]
    fn random_ids_are_uuids_of_version_four() {
        let zeros = ClientRequestId::from_random(0);
        assert_eq!(zeros.as_str(), "00000000-0000-4000-8000-000000000000");
        let ones = ClientRequestId::from_random(u128::MAX);
        assert_eq!(ones.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
