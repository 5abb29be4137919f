//! Why an input is not the required PEM.

use core::fmt;

use super::{BlockPosition, FileFormat};

/// Why an input is not the required PEM.
///
/// The message never repeats the content, which may be a private key. In a command in the message, `FILE` stands
/// for the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPem {
    /// There is no PEM block at all.
    NoBlock(FileFormat),
    /// A `BEGIN` or `END` line is misspelled.
    DamagedBoundary {
        /// The line, counted from 1.
        line: usize,
    },
    /// An `END` line has no `BEGIN` line before it.
    UnexpectedEnd {
        /// The line, counted from 1.
        line: usize,
    },
    /// A `BEGIN` line has no matching `END` line after it.
    MissingEnd(BlockPosition),
    /// Line breaks are written as the two characters `\n`.
    EscapedLineBreaks {
        /// The line, counted from 1.
        line: usize,
    },
    /// A block contains a character that is not base64.
    NotBase64 {
        /// The block.
        block: BlockPosition,
        /// The line of the character, counted from 1.
        line: usize,
        /// The character; `None` if it is not UTF-8.
        found: Option<char>,
    },
    /// The base64 of a block is empty, truncated, or continues after its padding.
    IncompleteBase64 {
        /// The block.
        block: BlockPosition,
        /// The last line with base64, counted from 1.
        line: usize,
    },
    /// A private key is encrypted.
    EncryptedKey(BlockPosition),
    /// A block is neither a certificate nor a private key.
    UnsupportedBlock(BlockPosition),
    /// There is a private key where only certificates are allowed.
    PrivateKey(BlockPosition),
    /// There are private keys, but no certificate.
    NoCertificate,
    /// There are certificates, but no private key.
    NoPrivateKey,
    /// There is more than one certificate where exactly one is required.
    SeveralCertificates {
        /// The number of them.
        count: usize,
    },
    /// There is more than one private key.
    SeveralPrivateKeys {
        /// The number of them.
        count: usize,
    },
    /// The key file contains a certificate that is not in the chain, or the chain file contains another key.
    Conflict(BlockPosition),
}

impl fmt::Display for InvalidPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBlock(format) => write!(f, "no PEM block found: {format}"),
            Self::DamagedBoundary { line } => write!(
                f,
                "line {line} is not a valid BEGIN or END line: it needs exactly five ASCII hyphens on \
                 each side, as in `-----BEGIN CERTIFICATE-----`; export the file again"
            ),
            Self::UnexpectedEnd { line } => {
                write!(f, "line {line} ends a block that has no BEGIN line: its start is missing")
            }
            Self::MissingEnd(block) => {
                write!(f, "{block} has no matching END line: it is truncated")
            }
            Self::EscapedLineBreaks { line } => write!(
                f,
                "line {line} writes line breaks as the two characters `\\n`: \
                 `printf '%b' \"$(cat FILE)\" > FILE.pem` converts it"
            ),
            Self::NotBase64 { block, line, found } => {
                write!(f, "{block} is not base64: line {line} has ")?;
                match found {
                    Some(c) if c.is_ascii_graphic() => write!(f, "the character `{c}`"),
                    Some('\u{a0}') => f.write_str("a no-break space (U+00A0)"),
                    Some(c) => write!(f, "the character U+{:04X}", u32::from(*c)),
                    None => f.write_str("a byte that is not text"),
                }
            }
            Self::IncompleteBase64 { block, line } => {
                write!(f, "the base64 of {block} is truncated or damaged (line {line})")
            }
            Self::EncryptedKey(block) => write!(
                f,
                "{block} is an encrypted private key: `openssl pkey -in FILE -out FILE.key` decrypts it"
            ),
            Self::UnsupportedBlock(block) => write!(f, "{block} is {}", advice(&block.label)),
            Self::PrivateKey(block) => write!(
                f,
                "{block} is a private key, which must never leave your machine: give the certificate only"
            ),
            Self::NoCertificate => f.write_str("there is a private key, but no certificate"),
            Self::NoPrivateKey => f.write_str("there are certificates, but no private key"),
            Self::SeveralCertificates { count } => write!(
                f,
                "there are {count} certificates, of which the API would use only the first: give one"
            ),
            Self::SeveralPrivateKeys { count } => {
                write!(f, "there are {count} private keys: give one")
            }
            Self::Conflict(block) => write!(
                f,
                "{block} does not occur in the other file: a file with certificate and key must agree \
                 with what is given beside it"
            ),
        }
    }
}

impl core::error::Error for InvalidPem {}

/// Describes a block of another kind, and what to do.
fn advice(label: &str) -> &'static str {
    match label {
        "TRUSTED CERTIFICATE" => {
            "a certificate with OpenSSL's own trust settings: \
             `openssl x509 -in FILE -out FILE.pem` writes the plain certificate"
        }
        "PKCS7" | "CMS" => {
            "a PKCS #7 container: `openssl pkcs7 -in FILE -print_certs -out FILE.pem` takes out the \
             certificates"
        }
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            "a signing request, not a certificate: give what the authority issued for it"
        }
        "X509 CRL" => "a revocation list, not a certificate: remove the block",
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key without a certificate",
        "OPENSSH PRIVATE KEY" => {
            "a key in OpenSSH's own format: `ssh-keygen -p -m PKCS8 -f FILE` converts it in place"
        }
        "DSA PRIVATE KEY" => "a DSA key, which TLS does not use: use ECDSA, Ed25519 or RSA",
        "EC PARAMETERS" => "the name of a curve without the key that belongs after it",
        _ => {
            "neither a certificate nor a private key of a known format: remove or convert the block"
        }
    }
}
