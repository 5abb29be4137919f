//! Removes secrets from texts.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::wire::keys::Keys;

pub(crate) const REDACTED: &str = "[redacted]";

/// Returns the text, or [`REDACTED`] if it contains a key, PEM, or the base64 of a key or certificate.
pub(crate) fn redact(text: &str, keys: &Keys) -> String {
    let is_secret = spellings(text).iter().any(|text| {
        contains_key(text)
            || text.contains("-----BEGIN")
            || keys.any_in(text)
            || contains_encoded_der(text)
    });
    if is_secret { REDACTED.into() } else { text.into() }
}

/// Redacts all names and strings of a value. serde_json has limited its depth.
pub(crate) fn redact_all(value: &mut Value, keys: &Keys) {
    match value {
        Value::String(text) => *text = redact(text, keys),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_all(item, keys)),
        Value::Object(fields) => {
            let redacted = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                redact_all(&mut value, keys);
                (redact(&name, keys), value)
            });
            *fields = redacted.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text, followed by the results of percent-decoding it repeatedly.
fn spellings(text: &str) -> Vec<Cow<'_, str>> {
    const MAX_LAYERS: usize = 4;
    let mut spellings = vec![Cow::Borrowed(text)];
    while let Some(last) = spellings.last().filter(|last| last.contains('%')) {
        let decoded = percent_decode_str(last).decode_utf8_lossy().into_owned();
        if decoded == **last || spellings.len() > MAX_LAYERS {
            break;
        }
        spellings.push(Cow::Owned(decoded));
    }
    spellings
}

/// Whether a word of the text starts with the prefix of a key.
fn contains_key(text: &str) -> bool {
    let within_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices("sk-").any(|(at, _)| {
        let before = &text[..at];
        // The digits of an escape such as %22 do not belong to the word.
        let escaped = before.as_bytes().iter().rev().nth(2) == Some(&b'%');
        escaped || !before.ends_with(within_word)
    })
}

/// Whether the text contains base64 that starts like the DER of a private key or a certificate.
///
/// Each is a SEQUENCE that starts with an INTEGER or with another SEQUENCE. In base64, the tag of a
/// SEQUENCE is an M.
fn contains_encoded_der(text: &str) -> bool {
    const MIN_LENGTH: usize = 48;
    // Line breaks can also be written as the two characters \n, and spaces as + in a query.
    let unbroken = text.replace("\\n", "").replace("\\r", "");
    let digits = unbroken.chars().filter(|c| !c.is_whitespace()).map(digit).collect::<Vec<_>>();
    let runs = digits.split(Option::is_none);
    runs.filter(|run| run.len() >= MIN_LENGTH).any(|run| {
        let run: Vec<u32> = run.iter().copied().flatten().collect();
        run.windows(MIN_LENGTH).any(starts_like_der)
    })
}

fn starts_like_der(digits: &[u32]) -> bool {
    const SEQUENCE: u32 = 0x30;
    const INTEGER: u32 = 0x02;
    let bytes = digits.chunks_exact(4).take(3).flat_map(|group| {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit);
        [bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff]
    });
    let bytes: Vec<u32> = bytes.collect();
    let content = match bytes[..] {
        [SEQUENCE, 0x81, _, ref content @ ..] => content,
        [SEQUENCE, 0x82, _, _, ref content @ ..] => content,
        [SEQUENCE, length, ref content @ ..] if length < 0x80 => content,
        _ => return false,
    };
    matches!(content, [SEQUENCE, ..] | [INTEGER, 1, 0 | 1, ..])
}

/// The value of a digit of base64, in the standard or in the URL alphabet.
fn digit(c: char) -> Option<u32> {
    match c {
        'A'..='Z' => Some(c as u32 - 'A' as u32),
        'a'..='z' => Some(c as u32 - 'a' as u32 + 26),
        '0'..='9' => Some(c as u32 - '0' as u32 + 52),
        '+' | '-' => Some(62),
        '/' | '_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

    use super::*;
    use crate::testing::AUTHORITY;
    use crate::wire::keys::Grant;

    fn redacted(text: &str) -> bool {
        let mut keys = Keys::default();
        keys.insert("open sesame".into(), Grant::Admin);
        redact(text, &keys) == REDACTED
    }

    #[test]
    fn redacts_only_words_that_start_like_a_key() {
        for kept in ["Helpdesk-CA", "desk-a", "/v1/x/task-1?a=b", "a-sk-b", "a_sk-b", "süsk-a"] {
            assert!(!redacted(kept), "{kept}");
        }
        for secret in ["sk-a", "desk-a sk-b", "/v1/sk-a", "?key=sk-a", "(sk-a)", "?a=%22sk-b"] {
            assert!(redacted(secret), "{secret}");
        }
    }

    #[test]
    fn redacts_percent_encoded_secrets() {
        for secret in ["?a=%73k-admin-1", "/v1/s%6B%2dadmin", "?a=%2573k-admin", "/open%20sesame"] {
            assert!(redacted(secret), "{secret}");
        }
        for kept in ["/v1/organization/certificates/a%2Fb", "?a=100%", "?a=%", "?a=%zz"] {
            assert!(!redacted(kept), "{kept}");
        }
    }

    #[test]
    fn redacts_the_base64_of_keys_and_certificates() {
        let key = |algorithm| KeyPair::generate_for(algorithm).unwrap().serialize_pem();
        for pem in [key(&PKCS_ECDSA_P256_SHA256), key(&PKCS_ED25519), AUTHORITY.clone()] {
            let lines: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).collect();
            let base64 = lines.concat();
            let url = base64.replace('+', "-").replace('/', "_").replace('=', "");
            for secret in [
                lines.join("\n"),
                lines.join("\\n"),
                lines.join("%0A"),
                format!("key={base64}"),
                format!("/v1/organization/certificates/{url}"),
                format!("see: {}", base64.replace('+', "%2B").replace('/', "%2F")),
            ] {
                assert!(redacted(&secret), "{secret}");
            }
        }
    }

    #[test]
    fn keeps_long_ids_and_paths() {
        let id = "Mi".to_owned() + &"IBcDeFgH0123456789".repeat(10);
        for kept in [
            format!("/v1/organization/projects/proj_{id}/certificates/activate"),
            "M".repeat(500),
            "x".repeat(500),
        ] {
            assert!(!redacted(&kept), "{kept}");
        }
    }
}
