//! Decodes the bodies of responses.

use std::str;

use certs_types::ErrorBody;
use http::Response;
use http::header::CONTENT_ENCODING;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::DecodeError;

/// Decodes a success. An empty body counts as `null`.
pub(super) fn decode<T: DeserializeOwned, B: AsRef<[u8]>>(
    response: &Response<B>,
) -> Result<T, DecodeError> {
    if let Some(encoding) = response.headers().get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(DecodeError::Encoded);
    }
    // Checked once for the whole body instead of for each string.
    let text = str::from_utf8(response.body().as_ref())
        .map_err(|error| DecodeError::NotUtf8 { at: error.valid_up_to() })?;
    let text = without_bom(text);
    if text.trim_ascii().is_empty() {
        return serde_json::from_str("null").map_err(|_| DecodeError::Empty);
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_data() {
            DecodeError::WrongShape { line, column }
        } else {
            DecodeError::NotJson { line, column }
        }
    })
}

/// The reason of a refusal, if its body contains one: the API's JSON, the title of an HTML page, or plain
/// text.
pub(crate) fn read_refusal(body: &[u8]) -> ErrorBody {
    let text = String::from_utf8_lossy(body);
    let text = without_bom(&text);
    serde_json::from_str(text).unwrap_or_else(|_| {
        let mut body = ErrorBody::default();
        body.message = title(text).or_else(|| plain(text)).map(str::to_owned);
        body
    })
}

/// The title of an HTML page, such as a proxy or gateway sends.
fn title(page: &str) -> Option<&str> {
    const OPEN: &str = "<title";
    let lower = page.to_ascii_lowercase();
    let from = lower.find(OPEN)? + OPEN.len();
    let from = from + lower[from..].find('>')? + 1;
    let to = from + lower[from..].find("</title")?;
    let title = page[from..to].trim();
    (!title.is_empty()).then_some(title)
}

/// Short plain text, such as a gateway sends.
fn plain(body: &str) -> Option<&str> {
    const MAX_LEN: usize = 500;
    let text = body.trim();
    let is_text =
        |c: char| c.is_whitespace() || !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    let is_plain = text.len() <= MAX_LEN
        && text.contains(char::is_alphabetic)
        && text.chars().all(is_text)
        && !text.starts_with(['<', '{', '[', '"'])
        && serde_json::from_str::<IgnoredAny>(text).is_err();
    is_plain.then_some(text)
}

/// Removes a byte order mark, which RFC 8259 allows a reader to ignore.
fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(body: &str) -> Result<T, DecodeError> {
        decode(&Response::new(body))
    }

    #[test]
    fn an_empty_body_is_null() {
        for body in ["", " \r\n", "\u{feff}"] {
            assert_eq!(read::<()>(body), Ok(()));
            assert_eq!(read::<Option<u8>>(body), Ok(None));
            assert_eq!(read::<u8>(body), Err(DecodeError::Empty));
        }
    }

    #[test]
    fn invalid_json_is_reported_with_its_position() {
        assert_eq!(read::<u8>("\n["), Err(DecodeError::WrongShape { line: 2, column: 0 }));
        assert_eq!(read::<Vec<u8>>("\n[1"), Err(DecodeError::NotJson { line: 2, column: 2 }));
        let response = Response::new(b"1\xff".as_slice());
        assert_eq!(decode::<u8, _>(&response), Err(DecodeError::NotUtf8 { at: 1 }));
    }

    #[test]
    fn rejects_a_compressed_body() {
        let encoded = |encoding| Response::builder().header("content-encoding", encoding).body("1");
        assert_eq!(decode::<u8, _>(&encoded("gzip").unwrap()), Err(DecodeError::Encoded));
        assert_eq!(decode::<u8, _>(&encoded("Identity").unwrap()), Ok(1));
    }

    #[test]
    fn the_title_of_a_page_is_the_reason() {
        let message = |body: &str| read_refusal(body.as_bytes()).message;
        let page = "<HTML><head><Title lang=en>\n 403 ÄForbidden </TITLE></head><h1>No</h1>";
        assert_eq!(message(page).as_deref(), Some("403 ÄForbidden"));
        for body in ["", "<html>", "<title>", "<title></title>", "<title", "</title><title>"] {
            assert_eq!(message(body), None, "{body}");
        }
    }

    #[test]
    fn a_short_plain_text_is_the_reason() {
        let message = |body: &[u8]| read_refusal(body).message;
        for text in ["error code: 520", " no healthy\nupstream\n", "Zugriff für X verweigert"] {
            assert_eq!(message(text.as_bytes()).as_deref(), Some(text.trim()));
        }
        let long = "a ".repeat(300);
        for body in
            [&b"{\"a\""[..], b"\"a", b"[a", b"<a>", b"1.5", b"\x1f\x8b\x08a", long.as_bytes()]
        {
            assert_eq!(message(body), None, "{body:?}");
        }
    }
}
