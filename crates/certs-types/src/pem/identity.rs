//! A client certificate's chain and its private key, in two files or in one.

use alloc::vec::Vec;
use core::fmt;

use super::{Block, BlockKind, InvalidPem, read};

/// Reads a certificate chain and its private key.
///
/// Pass a file that contains both twice. A private key in `chain` must be the one in `key`, and certificates in `key`
/// must also be in `chain`. The certificates keep their order.
///
/// # Errors
///
/// [`InvalidIdentityPem`], which distinguishes an invalid chain from an invalid key.
pub fn identity(chain: &[u8], key: &[u8]) -> Result<(Vec<Block>, Block), InvalidIdentityPem> {
    let (certificates, beside) = split(chain).map_err(InvalidIdentityPem::Chain)?;
    if certificates.is_empty() {
        return Err(InvalidIdentityPem::Chain(InvalidPem::NoCertificate));
    }
    let (other_certificates, keys) = split(key).map_err(InvalidIdentityPem::Key)?;
    let count = keys.len();
    let mut keys = keys.into_iter();
    let key = match (keys.next(), count) {
        (Some(key), 1) => key,
        (Some(_), count) => {
            return Err(InvalidIdentityPem::Key(InvalidPem::SeveralPrivateKeys { count }));
        }
        (None, _) => return Err(InvalidIdentityPem::Key(InvalidPem::NoPrivateKey)),
    };
    if let Some(block) = beside.into_iter().find(|other| other.der != key.der) {
        return Err(InvalidIdentityPem::Chain(InvalidPem::Conflict(block.position)));
    }
    let is_foreign = |other: &Block| certificates.iter().all(|one| one.der != other.der);
    if let Some(block) = other_certificates.into_iter().find(is_foreign) {
        return Err(InvalidIdentityPem::Key(InvalidPem::Conflict(block.position)));
    }
    Ok((certificates, key))
}

/// Why a chain and a key cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidIdentityPem {
    /// The certificate chain is invalid.
    Chain(InvalidPem),
    /// The private key is invalid.
    Key(InvalidPem),
}

impl fmt::Display for InvalidIdentityPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => write!(f, "the client certificate: {error}"),
            Self::Key(error) => write!(f, "the client key: {error}"),
        }
    }
}

impl core::error::Error for InvalidIdentityPem {}

/// The certificates and the private keys.
fn split(input: &[u8]) -> Result<(Vec<Block>, Vec<Block>), InvalidPem> {
    Ok(read(input)?.into_iter().partition(|block| block.kind == BlockKind::Certificate))
}
