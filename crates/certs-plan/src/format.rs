//! The version of a saved form: reading another one fails.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stands in a saved form as the number `N`, and reads nothing else.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_refused_by_its_number() {
        assert_eq!(serde_json::to_string(&FormatVersion::<1>).unwrap(), "1");
        assert!(serde_json::from_str::<FormatVersion<1>>("1").is_ok());
        let error = serde_json::from_str::<FormatVersion<1>>("2").unwrap_err().to_string();
        assert!(error.starts_with("version 2 of the format, where 1 is supported"), "{error}");
    }
}
