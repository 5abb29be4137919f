//! The admin key.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// An admin key, `sk-admin-…`. Its memory is cleared when the last user of it is dropped.
///
/// `Debug` shows nothing of it. Its hash tells keys apart, for example in the name of a file; take a hash function that
/// cannot be reversed.
#[derive(Clone, Hash)]
pub struct AdminKey(HeaderValue);

impl AdminKey {
    /// Takes the key over; the caller's copy is cleared.
    ///
    /// # Errors
    ///
    /// [`InvalidAdminKey`] when it is empty or could not stand in a header.
    pub fn new(key: String) -> Result<Self, InvalidAdminKey> {
        let key = Zeroizing::new(key);
        if key.is_empty() {
            return Err(InvalidAdminKey::Empty);
        }
        if let Some(at) = key.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(InvalidAdminKey::Character { at });
        }
        let mut header = Zeroizing::new(Vec::with_capacity(BEARER.len() + key.len()));
        header.extend_from_slice(BEARER.as_bytes());
        header.extend_from_slice(key.as_bytes());
        // One buffer for all requests: header values cloned from this one share it.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| InvalidAdminKey::Character { at: 0 })?;
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

/// Why a text is not an admin key. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAdminKey {
    /// Nothing was given.
    #[error("the admin key is empty")]
    Empty,
    /// A character that no key has, at this byte.
    #[error("the admin key has white space or a special character at byte {at}")]
    Character {
        /// The offset of the character in bytes.
        at: usize,
    },
}

const BEARER: &str = "Bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_keys_that_no_header_can_carry() {
        let refused = |key: &str| AdminKey::new(key.into()).unwrap_err();
        assert_eq!(refused(""), InvalidAdminKey::Empty);
        assert_eq!(refused("sk-a\r\nX: y"), InvalidAdminKey::Character { at: 4 });
        assert_eq!(refused("sk-ä"), InvalidAdminKey::Character { at: 3 });
    }
}
