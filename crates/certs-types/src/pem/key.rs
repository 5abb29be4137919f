//! What kind of private key a block contains.

use core::fmt;

use super::{Block, BlockKind};
use crate::der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, elements};

/// The algorithm of a private key. `Display` gives, for example, "an EC key on the curve P-521".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// RSA that is restricted to PSS signatures, which TLS clients rarely support.
    RsaPss,
    /// An elliptic curve.
    Ec(
        /// The name of the curve.
        &'static str,
    ),
    /// An elliptic curve without a known name.
    EcUnknown,
    /// Another algorithm.
    Other(
        /// The name of the algorithm.
        &'static str,
    ),
    /// The algorithm is not recognized, or the block is not a private key.
    Unknown,
}

impl KeyAlgorithm {
    /// Recognizes the key in a block.
    #[must_use]
    pub fn of(block: &Block) -> Self {
        let found = match block.kind {
            BlockKind::Pkcs8Key => pkcs8(&block.der),
            BlockKind::Pkcs1Key => rsa(&block.der),
            BlockKind::Sec1Key => sec1(&block.der),
            BlockKind::Certificate => None,
        };
        found.unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "an RSA key of {bits} bits"),
            Self::RsaPss => f.write_str("an RSA key for PSS signatures only (RSASSA-PSS)"),
            Self::Ec(curve) => write!(f, "an EC key on the curve {curve}"),
            Self::EcUnknown => f.write_str("an EC key on an unknown curve"),
            Self::Other(name) => write!(f, "a key for {name}"),
            Self::Unknown => f.write_str("no private key of a known kind"),
        }
    }
}

/// `PrivateKeyInfo` of RFC 5208.
fn pkcs8(der: &[u8]) -> Option<KeyAlgorithm> {
    let mut info = elements(elements(der).next_of(SEQUENCE)?);
    info.next_of(INTEGER)?;
    let mut algorithm = elements(info.next_of(SEQUENCE)?);
    Some(match algorithm.next_of(OBJECT_IDENTIFIER)? {
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" => rsa(info.next_of(OCTET_STRING)?)?,
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" => KeyAlgorithm::RsaPss,
        b"\x2a\x86\x48\xce\x3d\x02\x01" => curve(algorithm.next_of(OBJECT_IDENTIFIER)),
        b"\x2b\x65\x70" => KeyAlgorithm::Other("Ed25519"),
        b"\x2b\x65\x71" => KeyAlgorithm::Other("Ed448"),
        b"\x2b\x65\x6e" => KeyAlgorithm::Other("X25519 (key agreement, not signatures)"),
        b"\x2b\x65\x6f" => KeyAlgorithm::Other("X448 (key agreement, not signatures)"),
        b"\x2a\x86\x48\xce\x38\x04\x01" => KeyAlgorithm::Other("DSA"),
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x11" => KeyAlgorithm::Other("ML-DSA-44"),
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x12" => KeyAlgorithm::Other("ML-DSA-65"),
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x13" => KeyAlgorithm::Other("ML-DSA-87"),
        _ => return None,
    })
}

/// `RSAPrivateKey` of RFC 8017: version, modulus, exponents.
fn rsa(der: &[u8]) -> Option<KeyAlgorithm> {
    let mut key = elements(elements(der).next_of(SEQUENCE)?);
    key.next_of(INTEGER)?;
    let modulus = key.next_of(INTEGER)?;
    let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
    let first = modulus.get(zeros)?;
    let bits = (modulus.len() - zeros) * 8 - first.leading_zeros() as usize;
    Some(KeyAlgorithm::Rsa { bits })
}

/// `ECPrivateKey` of RFC 5915: version, key, and the curve in `[0]`.
fn sec1(der: &[u8]) -> Option<KeyAlgorithm> {
    let mut key = elements(elements(der).next_of(SEQUENCE)?);
    key.next_of(INTEGER)?;
    key.next_of(OCTET_STRING)?;
    Some(curve(key.next_of(0xa0).and_then(|named| elements(named).next_of(OBJECT_IDENTIFIER))))
}

fn curve(identifier: Option<&[u8]>) -> KeyAlgorithm {
    KeyAlgorithm::Ec(match identifier {
        Some(b"\x2a\x86\x48\xce\x3d\x03\x01\x07") => "P-256",
        Some(b"\x2b\x81\x04\x00\x21") => "P-224",
        Some(b"\x2b\x81\x04\x00\x22") => "P-384",
        Some(b"\x2b\x81\x04\x00\x23") => "P-521",
        Some(b"\x2b\x81\x04\x00\x0a") => "secp256k1",
        Some(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07") => "brainpoolP256r1",
        Some(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b") => "brainpoolP384r1",
        Some(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d") => "brainpoolP512r1",
        _ => return KeyAlgorithm::EcUnknown,
    })
}
