//! Identifiers, opaque but safe to put into a path.

use alloc::string::String;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// It may have any prefix and alphabet, as the API's compatibility policy requires. Only a text that
        /// cannot be one segment of a path, even behind a proxy that decodes it, is rejected: one that is empty,
        /// `.` or `..`, has more than [`Self::MAX_LEN`] bytes, or contains a slash, a backslash, white space or a
        /// control character.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The maximum length in bytes.
            pub const MAX_LEN: usize = MAX_LEN;

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;

            fn try_from(text: &str) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text)?;
                Ok(Self(text.into()))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().into()
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        /// Looks up an id in a map by its text.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::deserialize(deserializer, "an id", Self::from_str)
            }
        }
    };
}

id! {
    /// The id of a certificate, for example `cert_abc`. Clones share its memory.
    CertificateId
}

id! {
    /// The id of a project, for example `proj_abc`. Clones share its memory.
    ProjectId
}

/// Why a text is not an id.
///
/// The message never repeats the text: it may be a secret pasted into the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidId {
    /// It is empty.
    Empty,
    /// It is `.` or `..`, which would change the path of the request.
    Dots,
    /// It contains a slash, a backslash, white space or a control character.
    Character {
        /// The offset of the first such character, in bytes.
        at: usize,
    },
    /// It has more than 1024 bytes.
    TooLong {
        /// The length in bytes.
        len: usize,
    },
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an id must not be empty"),
            Self::Dots => f.write_str("`.` and `..` are steps in a path, not ids"),
            Self::Character { at } => {
                write!(f, "an id has no slashes, white space or control characters (byte {at})")
            }
            Self::TooLong { len } => {
                write!(f, "an id has at most {MAX_LEN} bytes, not {len}")
            }
        }
    }
}

impl core::error::Error for InvalidId {}

/// Such an id fits into a request line even if every byte is percent-encoded.
const MAX_LEN: usize = 1024;

fn check(text: &str) -> Result<(), InvalidId> {
    if text.len() > MAX_LEN {
        return Err(InvalidId::TooLong { len: text.len() });
    }
    match text {
        "" => return Err(InvalidId::Empty),
        "." | ".." => return Err(InvalidId::Dots),
        _ => {}
    }
    // Almost every id is ASCII. Without an early end the compiler vectorizes this loop.
    if text
        .bytes()
        .fold(true, |plain, byte| plain & byte.is_ascii_graphic() & !is_slash(byte.into()))
    {
        return Ok(());
    }
    match text.char_indices().find(|&(_, c)| is_slash(c) || c.is_whitespace() || c.is_control()) {
        Some((at, _)) => Err(InvalidId::Character { at }),
        None => Ok(()),
    }
}

fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_opaque_ids_of_any_form() {
        for text in ["cert_abc", "c", "0", "ünïcode", "a?b#c", "%2f", "...", &"x".repeat(1024)] {
            assert_eq!(text.parse::<CertificateId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn rejects_what_cannot_be_one_segment() {
        let refused = |text: &str| text.parse::<ProjectId>().unwrap_err();
        assert_eq!(refused(""), InvalidId::Empty);
        assert_eq!(refused("."), InvalidId::Dots);
        assert_eq!(refused(".."), InvalidId::Dots);
        assert_eq!(refused("cert abc"), InvalidId::Character { at: 4 });
        assert_eq!(refused("cert\r\n"), InvalidId::Character { at: 4 });
        assert_eq!(refused("../projects"), InvalidId::Character { at: 2 });
        assert_eq!(refused("a\\b"), InvalidId::Character { at: 1 });
        assert_eq!(refused("/"), InvalidId::Character { at: 0 });
        assert_eq!(refused("\\\\"), InvalidId::Character { at: 0 });
        assert_eq!(refused("\0"), InvalidId::Character { at: 0 });
        assert_eq!(refused("a\u{2028}"), InvalidId::Character { at: 1 });
        assert_eq!(refused("ü\u{85}"), InvalidId::Character { at: 2 });
        assert_eq!(refused(&"x".repeat(1025)), InvalidId::TooLong { len: 1025 });
    }

    #[test]
    fn is_looked_up_by_its_text() {
        let id: CertificateId = "cert_abc".parse().unwrap();
        let map = alloc::collections::BTreeMap::from([(id.clone(), 1)]);
        assert_eq!(map.get("cert_abc"), Some(&1));
        assert_eq!(String::from(id), "cert_abc");
    }

    #[test]
    fn the_rule_holds_in_json_as_well() {
        assert!(serde_json::from_str::<CertificateId>(r#""cert_abc""#).is_ok());
        assert!(serde_json::from_str::<CertificateId>(r#""..""#).is_err());
        assert!(CertificateId::try_from(String::from("..")).is_err());
    }
}
