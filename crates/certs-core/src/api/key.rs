//! The admin key.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// An admin key, `sk-admin-…`. Its memory is cleared when the last clone or request with it is dropped.
///
/// `Debug` does not show it. To derive an identifier from a key, such as the name of a file, use `Hash` with a
/// cryptographic hash function.
#[derive(Clone, Hash)]
pub struct AdminKey(HeaderValue);

impl AdminKey {
    /// Parses a key and clears the memory of the given string. White space and a byte order mark around the key
    /// are ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidAdminKey`] when it is empty, contains an invalid character, or begins with a quote, `Bearer` or a
    /// name and `=`.
    pub fn new(key: String) -> Result<Self, InvalidAdminKey> {
        let key = Zeroizing::new(key);
        let trimmed = key.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let start = key.find(trimmed).unwrap_or_default();
        check(trimmed).map_err(|error| error.shifted(start))?;
        let key = trimmed;
        let mut header = Zeroizing::new(Vec::with_capacity(BEARER.len() + key.len()));
        header.extend_from_slice(BEARER.as_bytes());
        header.extend_from_slice(key.as_bytes());
        // One buffer for all requests: header values cloned from this one share it.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| InvalidAdminKey::Empty)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.to_str().ok().and_then(|value| value.strip_prefix(BEARER)).unwrap_or_default()
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminKey(…)")
    }
}

/// Why a text is not an admin key. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAdminKey {
    /// The text is empty.
    #[error("the admin key is empty")]
    Empty,
    /// The key is in quotes.
    #[error("the admin key is in quotes: leave them out")]
    Quoted,
    /// The text is an assignment such as `OPENAI_ADMIN_KEY=…`.
    #[error("the admin key begins with a name and `=`: leave them out")]
    Assignment,
    /// The text begins with `Bearer`.
    #[error("the admin key begins with `Bearer`: leave it out")]
    Bearer,
    /// The text contains a character that is invalid in a bearer token (RFC 6750, section 2.1).
    #[error("the admin key has {} at byte {at}, which no key has", Shown(*character))]
    Character {
        /// The offset of the character in the given string, in bytes.
        at: usize,
        /// The character. No key contains it, so it is not secret.
        character: char,
    },
}

/// A character as a message names it.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' => f.write_str("a space"),
            '\n' | '\r' => f.write_str("a line break"),
            c if c.is_ascii_graphic() => write!(f, "`{c}`"),
            c => write!(f, "the character U+{:04X}", u32::from(c)),
        }
    }
}

impl InvalidAdminKey {
    /// The same error in a text that begins this many bytes earlier.
    fn shifted(self, by: usize) -> Self {
        match self {
            Self::Character { at, character } => Self::Character { at: at + by, character },
            error => error,
        }
    }
}

const BEARER: &str = "Bearer ";

fn check(key: &str) -> Result<(), InvalidAdminKey> {
    if key.is_empty() {
        return Err(InvalidAdminKey::Empty);
    }
    if key.starts_with(['"', '\'', '`', '“', '‘']) {
        return Err(InvalidAdminKey::Quoted);
    }
    if key.get(..BEARER.len()).is_some_and(|start| start.eq_ignore_ascii_case(BEARER)) {
        return Err(InvalidAdminKey::Bearer);
    }
    // A key may end with `=`, but not begin with a name and `=`.
    let name = key.split_once('=').map_or("", |(name, _)| name).trim_end();
    let name = name.strip_prefix("export ").unwrap_or(name);
    if name.contains('_') && !name.starts_with("sk-") {
        return Err(InvalidAdminKey::Assignment);
    }
    match key.char_indices().find(|&(_, c)| !is_token(c)) {
        Some((at, character)) => Err(InvalidAdminKey::Character { at, character }),
        None => Ok(()),
    }
}

/// Whether a bearer token may have this character.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_keys_that_are_invalid_in_a_header() {
        let refused = |key: &str| AdminKey::new(key.into()).unwrap_err();
        assert_eq!(refused(""), InvalidAdminKey::Empty);
        for (key, message) in [
            ("sk-a\r\nX: y", "the admin key has a line break at byte 4, which no key has"),
            ("sk-ä", "the admin key has the character U+00E4 at byte 3, which no key has"),
            ("sk-a sk-b", "the admin key has a space at byte 4, which no key has"),
            ("$OPENAI_ADMIN_KEY", "the admin key has `$` at byte 0, which no key has"),
            ("<sk-a>", "the admin key has `<` at byte 0, which no key has"),
            ("{\"key\":\"sk-a\"}", "the admin key has `{` at byte 0, which no key has"),
            ("Authorization: Bearer sk-a", "the admin key has `:` at byte 13, which no key has"),
            ("sk-a,", "the admin key has `,` at byte 4, which no key has"),
        ] {
            assert_eq!(refused(key).to_string(), message);
        }
    }

    #[test]
    fn ignores_white_space_and_a_byte_order_mark_around_a_key() {
        for key in ["sk-admin-a", " sk-admin-a\r\n", "\u{feff}sk-admin-a", "\tsk-admin-a\u{a0}"] {
            assert_eq!(AdminKey::new(key.into()).unwrap().expose(), "sk-admin-a", "{key:?}");
        }
    }

    #[test]
    fn usual_mistakes_are_explained() {
        for (key, error) in [
            ("\"sk-admin-a\"", InvalidAdminKey::Quoted),
            ("'sk-admin-a'", InvalidAdminKey::Quoted),
            ("OPENAI_ADMIN_KEY=sk-admin-a", InvalidAdminKey::Assignment),
            ("export OPENAI_ADMIN_KEY=\"sk-admin-a\"", InvalidAdminKey::Assignment),
            ("Bearer sk-admin-a", InvalidAdminKey::Bearer),
            ("bearer sk-admin-a", InvalidAdminKey::Bearer),
            (" \n", InvalidAdminKey::Empty),
            (" sk-admin a", InvalidAdminKey::Character { at: 9, character: ' ' }),
        ] {
            assert_eq!(AdminKey::new(key.into()).unwrap_err(), error, "{key:?}");
        }
    }
}
