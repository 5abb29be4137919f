//! How saved formats state their version, and how names are written.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of a saved format that is the number `N`, and cannot be anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FormatVersion<const N: u32>;

impl<const N: u32> Serialize for FormatVersion<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(N)
    }
}

impl<'de, const N: u32> Deserialize<'de> for FormatVersion<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = u32::deserialize(deserializer)?;
        if version == N {
            Ok(Self)
        } else {
            let message = format!("version {version} of the format, where {N} is supported");
            Err(serde::de::Error::custom(message))
        }
    }
}

/// A name between quotation marks, as it was given except for control characters.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_as_it_is_written() {
        assert_eq!(Quoted("👩\u{200d}💻 हिन्दी").to_string(), "\"👩\u{200d}💻 हिन्दी\"");
        assert_eq!(Quoted("a\tb\n").to_string(), "\"a\\tb\\n\"");
    }

    #[test]
    fn another_version_is_refused_by_its_number() {
        assert_eq!(serde_json::to_string(&FormatVersion::<1>).unwrap(), "1");
        assert!(serde_json::from_str::<FormatVersion<1>>("1").is_ok());
        let error = serde_json::from_str::<FormatVersion<1>>("2").unwrap_err().to_string();
        assert!(error.starts_with("version 2 of the format, where 1 is supported"), "{error}");
    }
}
