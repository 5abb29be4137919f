//! Reads PEM: uploads, CA bundles, client certificates and their keys.
//!
//! An input is refused if one of its blocks cannot be read. The error names the number, label and line of the
//! block. If the input is not PEM, the error names its [format](FileFormat). Text outside the blocks is allowed
//! (RFC 7468, section 5.2), as are byte order marks, indentation, any kind of line break, and a missing line break
//! between two blocks.
//!
//! ```
//! use certs_types::pem;
//!
//! let bundle = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----------BEGIN X509 CRL-----";
//! let error = pem::certificates(bundle).unwrap_err();
//! assert!(error.to_string().starts_with("block 2 (`X509 CRL`, line 3)"));
//! ```

mod certificate;
mod error;
mod format;
mod identity;
mod key;
mod scan;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use certificate::CertificatePem;
pub use error::InvalidPem;
pub use format::FileFormat;
pub use identity::{InvalidIdentityPem, identity};
pub use key::KeyAlgorithm;

use crate::base64;
use scan::{RawBlock, Scanner};

/// Reads every block: certificates and unencrypted private keys.
///
/// `EC PARAMETERS` before an EC key are skipped, because the key repeats them.
///
/// # Errors
///
/// [`InvalidPem`] when there is no block, a block of another kind, or a block that cannot be read.
pub fn read(input: &[u8]) -> Result<Vec<Block>, InvalidPem> {
    let mut scanner = Scanner::new(input);
    let mut blocks = Vec::new();
    let mut parameters = None;
    while let Some(raw) = scanner.next_block()? {
        // `openssl ecparam -genkey` writes the name of the curve before the key, which repeats it.
        let follows_parameters = parameters.take();
        if raw.position.label == "EC PARAMETERS" {
            parameters = Some(raw.position);
            continue;
        }
        let block = Block::decode(raw)?;
        if follows_parameters.is_some() && block.kind != BlockKind::Sec1Key {
            return Err(InvalidPem::UnsupportedBlock(block.position));
        }
        blocks.push(block);
    }
    match parameters {
        Some(position) => Err(InvalidPem::UnsupportedBlock(position)),
        None if blocks.is_empty() => Err(InvalidPem::NoBlock(FileFormat::of(input))),
        None => Ok(blocks),
    }
}

/// Reads a bundle or a chain: one or more certificates and nothing else.
///
/// # Errors
///
/// [`InvalidPem`] when there is no certificate, a private key or another block, or a block that cannot be read.
pub fn certificates(input: &[u8]) -> Result<Vec<Block>, InvalidPem> {
    refuse_private_keys(input)?;
    read(input)
}

/// Refuses an input with a private key anywhere, even in a block that is otherwise broken.
fn refuse_private_keys(input: &[u8]) -> Result<(), InvalidPem> {
    match Scanner::new(input).find_private_key() {
        Some(position) => Err(InvalidPem::PrivateKey(position)),
        None => Ok(()),
    }
}

/// A block of PEM, decoded.
///
/// `Debug` shows the position and never the content, which may be a private key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// The kind of content.
    pub kind: BlockKind,
    /// The position of the block in the input.
    pub position: BlockPosition,
    /// The content. Whether it is DER is not checked.
    pub der: Vec<u8>,
}

impl Block {
    fn decode(raw: RawBlock<'_>) -> Result<Self, InvalidPem> {
        let Some(kind) = BlockKind::of(&raw.position.label) else {
            let is_encrypted = raw.position.label == "ENCRYPTED PRIVATE KEY";
            let reason =
                if is_encrypted { InvalidPem::EncryptedKey } else { InvalidPem::UnsupportedBlock };
            return Err(reason(raw.position));
        };
        let der = raw.decode()?;
        Ok(Self { kind, position: raw.position, der })
    }

    /// Encodes the block as PEM, in the strict form of RFC 7468.
    #[must_use]
    pub fn to_pem(&self) -> String {
        encode(self.kind.label(), &self.der)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("kind", &self.kind)
            .field("position", &self.position)
            .field("der_len", &self.der.len())
            .finish()
    }
}

/// The kind of content of a block, by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockKind {
    /// `CERTIFICATE`, or the older label `X509 CERTIFICATE`.
    Certificate,
    /// `PRIVATE KEY`: PKCS #8, any algorithm.
    Pkcs8Key,
    /// `RSA PRIVATE KEY`: PKCS #1.
    Pkcs1Key,
    /// `EC PRIVATE KEY`: SEC 1.
    Sec1Key,
}

impl BlockKind {
    fn of(label: &str) -> Option<Self> {
        Some(match label {
            "CERTIFICATE" | "X509 CERTIFICATE" => Self::Certificate,
            "PRIVATE KEY" => Self::Pkcs8Key,
            "RSA PRIVATE KEY" => Self::Pkcs1Key,
            "EC PRIVATE KEY" => Self::Sec1Key,
            _ => return None,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::Pkcs8Key => "PRIVATE KEY",
            Self::Pkcs1Key => "RSA PRIVATE KEY",
            Self::Sec1Key => "EC PRIVATE KEY",
        }
    }
}

fn encode(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    base64::encode_lines(der, &mut pem);
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// The position of a block in an input. `Display` gives ``block 2 (`CERTIFICATE`, line 31)``.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BlockPosition {
    /// The number of the block, counted from 1.
    pub number: usize,
    /// The label: letters, digits, spaces and some punctuation, at most 64 bytes.
    pub label: String,
    /// The line on which the block begins, counted from 1.
    pub line: usize,
}

impl fmt::Display for BlockPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} (`{}`, line {})", self.number, self.label, self.line)
    }
}
