//! One certificate in PEM, normalized so that it can be compared.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{InvalidPem, certificates};
use crate::base64;
use crate::text;

/// Exactly one certificate in PEM.
///
/// Parsing removes the text around the block, which RFC 7468 allows, and wraps the block at 64 characters. So two
/// values are equal if and only if their DER is equal. Whether the DER is an X.509 certificate is not checked.
///
/// ```
/// use certs_types::{CertificatePem, InvalidPem};
///
/// let pem: CertificatePem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse()?;
/// assert_eq!(pem.to_der(), [0x30, 0x82, 0x01]);
/// let key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
/// assert!(matches!(key.parse::<CertificatePem>(), Err(InvalidPem::PrivateKey(_))));
/// # Ok::<(), InvalidPem>(())
/// ```
///
/// `Debug` shows the length, never the content.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificatePem(String);

impl CertificatePem {
    /// Parses the bytes of a file. If it is not PEM, the error names its format.
    ///
    /// # Errors
    ///
    /// [`InvalidPem`] unless there is exactly one certificate and no other block.
    pub fn from_bytes(input: &[u8]) -> Result<Self, InvalidPem> {
        let blocks = certificates(input)?;
        match &*blocks {
            [block] => Ok(Self(block.to_pem())),
            blocks => Err(InvalidPem::SeveralCertificates { count: blocks.len() }),
        }
    }

    /// The PEM text, ending with a line break.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The content in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let body = self.0.lines().filter(|line| !line.starts_with('-'));
        let digits: Vec<u8> = body.flat_map(str::bytes).collect();
        base64::decode(&digits).unwrap_or_default()
    }
}

impl FromStr for CertificatePem {
    type Err = InvalidPem;

    fn from_str(text: &str) -> Result<Self, InvalidPem> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Debug for CertificatePem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificatePem({} bytes)", self.0.len())
    }
}

impl Serialize for CertificatePem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CertificatePem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer, "a certificate in PEM", Self::from_str)
    }
}
