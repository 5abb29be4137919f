//! Fingerprints, and references to certificates with or without an id.

use std::fmt;
use std::str::FromStr;

use certs_types::CertificateId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The SHA-256 of a certificate's DER.
///
/// As text and in JSON, it is 64 lowercase hex digits; uppercase digits are accepted too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint with these bytes.
    #[must_use]
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(InvalidFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit =
                |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let [Some(high), Some(low)] = [digit(pair[0]), digit(pair[1])] else {
                return Err(InvalidFingerprint);
            };
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not a SHA-256 in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hex digits")]
#[non_exhaustive]
pub struct InvalidFingerprint;

/// A reference to a certificate: to an uploaded one, or to one that the same plan uploads.
///
/// As text and in JSON, it is the id, or `sha256:` and the fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a certificate has an id or has none yet")]
pub enum CertificateRef {
    /// A certificate that has been uploaded.
    Id(CertificateId),
    /// A certificate that has no id yet.
    New(Fingerprint),
}

impl CertificateRef {
    /// The id, unless the certificate has none yet.
    #[must_use]
    pub fn id(&self) -> Option<&CertificateId> {
        match self {
            Self::Id(id) => Some(id),
            Self::New(_) => None,
        }
    }
}

impl From<CertificateId> for CertificateRef {
    fn from(id: CertificateId) -> Self {
        Self::Id(id)
    }
}

impl From<Fingerprint> for CertificateRef {
    fn from(fingerprint: Fingerprint) -> Self {
        Self::New(fingerprint)
    }
}

impl fmt::Display for CertificateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id.as_str()),
            Self::New(fingerprint) => write!(f, "{PREFIX}{fingerprint}"),
        }
    }
}

impl Serialize for CertificateRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CertificateRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fingerprint = text.strip_prefix(PREFIX).and_then(|digits| digits.parse().ok());
        match fingerprint {
            Some(fingerprint) => Ok(Self::New(fingerprint)),
            None => text.parse().map(Self::Id).map_err(serde::de::Error::custom),
        }
    }
}

const PREFIX: &str = "sha256:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_64_hex_digits_in_either_case() {
        let text = "00ff".repeat(16);
        let fingerprint: Fingerprint = text.parse().unwrap();
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(format!("{fingerprint:?}"), text);
        assert_eq!(text.to_uppercase().parse(), Ok(fingerprint));
        assert_eq!(fingerprint.as_bytes()[..2], [0, 255]);
        for wrong in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g0".repeat(32), &"é".repeat(32)]
        {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(InvalidFingerprint), "{wrong}");
        }
    }

    #[test]
    fn a_reference_survives_json() {
        let new = CertificateRef::New(Fingerprint::new([7; 32]));
        let id = CertificateRef::Id("cert_a".parse().unwrap());
        for (reference, json) in
            [(id, "\"cert_a\"".to_owned()), (new, format!("\"sha256:{}\"", "07".repeat(32)))]
        {
            assert_eq!(serde_json::to_string(&reference).unwrap(), json);
            assert_eq!(serde_json::from_str::<CertificateRef>(&json).unwrap(), reference);
        }
        let odd: CertificateRef = serde_json::from_str("\"sha256:short\"").unwrap();
        assert_eq!(odd.id().map(CertificateId::as_str), Some("sha256:short"));
    }
}
