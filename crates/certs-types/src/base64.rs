//! Canonical base64 (RFC 4648, section 4): padded, with unused bits zero.

use alloc::string::String;
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn is_digit(byte: u8) -> bool {
    value(byte).is_some()
}

/// Decodes a text; `None` if it is empty or not canonical base64, which contains no white space.
///
/// ```
/// use certs_types::base64;
///
/// assert_eq!(base64::decode(b"dXNlcg=="), Some(b"user".to_vec()));
/// assert_eq!(base64::decode(b"dXNlcg"), None);
/// ```
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits = match text {
        [digits @ .., b'=', b'='] => digits,
        [digits @ .., b'='] => digits,
        digits => digits,
    };
    if digits.is_empty() || !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for &digit in group {
            bits = bits << 6 | u32::from(value(digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, group_bytes @ ..] = bits.to_be_bytes();
        let (used, unused) = group_bytes.split_at(group.len() - 1);
        if unused.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(used);
    }
    Some(bytes)
}

/// Encodes bytes as one line without a line break.
///
/// ```
/// assert_eq!(certs_types::base64::encode(b"user"), "dXNlcg==");
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    push(bytes, &mut text);
    text
}

/// Encodes bytes on lines of 64 digits, each with a line break.
pub(crate) fn encode_lines(bytes: &[u8], text: &mut String) {
    for line in bytes.chunks(48) {
        push(line, text);
        text.push('\n');
    }
}

fn push(bytes: &[u8], text: &mut String) {
    for group in bytes.chunks(3) {
        let mut padded = [0; 4];
        padded[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(padded);
        for digit in 0..4 {
            let index = bits >> (18 - 6 * digit) & 0x3f;
            let is_padding = digit as usize > group.len();
            text.push(if is_padding { '=' } else { char::from(ALPHABET[index as usize]) });
        }
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
