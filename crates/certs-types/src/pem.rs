//! One certificate in PEM, in the one spelling that can be compared.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

/// Exactly one `CERTIFICATE` block in PEM.
///
/// Parsing keeps the block and drops what stands around it (RFC 7468 allows explanatory text there),
/// then writes it again with lines of 64 characters. So two values are equal exactly when their DER is
/// equal, however the two texts were wrapped. Whether the DER is an X.509 certificate is the server's
/// to say.
///
/// ```
/// use certs_types::{CertificatePem, InvalidPem};
///
/// let pem: CertificatePem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".parse()?;
/// let key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
/// assert_eq!(key.parse::<CertificatePem>(), Err(InvalidPem::PrivateKey));
/// # Ok::<(), InvalidPem>(())
/// ```
///
/// `Debug` gives the length, never the content.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificatePem(String);

impl CertificatePem {
    /// The longest PEM taken, in bytes. Documented is "under 16 kB".
    pub const MAX_LEN: usize = 16 * 1024;

    /// The PEM text, ending with a line break.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CertificatePem {
    type Err = InvalidPem;

    fn from_str(text: &str) -> Result<Self, InvalidPem> {
        let mut rest = text;
        let mut found = None;
        let mut count = 0;
        while let Some(block) = Block::next(&mut rest)? {
            if block.label.ends_with("PRIVATE KEY") {
                return Err(InvalidPem::PrivateKey);
            }
            if block.label != LABEL {
                return Err(InvalidPem::OtherBlock);
            }
            found = found.or(Some(block));
            count += 1;
        }
        match (found, count) {
            (Some(block), 1) => block.normalize().map(Self),
            (Some(_), count) => Err(InvalidPem::Several { count }),
            (None, _) => Err(InvalidPem::NoCertificate),
        }
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

/// Why a text is not one certificate in PEM.
///
/// The message never repeats the text: it may be a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPem {
    /// There is no PEM block at all.
    NoCertificate,
    /// There is a private key, which must never leave the machine.
    PrivateKey,
    /// There is a block of another kind, such as a certificate request.
    OtherBlock,
    /// There is more than one certificate; the API would silently use only the first.
    Several {
        /// How many there are.
        count: usize,
    },
    /// Line breaks are written as the two characters `\n`.
    EscapedLineBreaks,
    /// A block begins but does not end.
    Unfinished,
    /// What stands between the lines is not base64.
    NotBase64,
    /// The certificate is longer than the API takes.
    TooLong {
        /// The length in bytes.
        len: usize,
    },
}

impl fmt::Display for InvalidPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => {
                f.write_str("no `-----BEGIN CERTIFICATE-----` found: this is not PEM")
            }
            Self::PrivateKey => {
                f.write_str("this holds a private key, which must never leave your machine")
            }
            Self::OtherBlock => f.write_str("this holds a PEM block that is not a CERTIFICATE"),
            Self::Several { count } => write!(
                f,
                "this holds {count} certificates, of which the API would use only the first: give one"
            ),
            Self::EscapedLineBreaks => f.write_str(
                "line breaks are written as the two characters `\\n`: give the PEM file itself",
            ),
            Self::Unfinished => f.write_str("the PEM block has no matching END line"),
            Self::NotBase64 => f.write_str("the PEM block is not base64"),
            Self::TooLong { len } => write!(
                f,
                "the certificate has {len} bytes, but the API takes at most {}",
                CertificatePem::MAX_LEN
            ),
        }
    }
}

impl core::error::Error for InvalidPem {}

const LABEL: &str = "CERTIFICATE";
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

struct Block<'a> {
    label: &'a str,
    body: &'a str,
}

impl<'a> Block<'a> {
    /// Takes the next block off the front of `rest`.
    fn next(rest: &mut &'a str) -> Result<Option<Self>, InvalidPem> {
        let Some((_, after)) = rest.split_once(BEGIN) else { return Ok(None) };
        let (label, after) = after.split_once(DASHES).ok_or(InvalidPem::Unfinished)?;
        // Told before anything else is: a key is a key even when the block is broken.
        if label.ends_with("PRIVATE KEY") {
            return Err(InvalidPem::PrivateKey);
        }
        let (body, after) = after.split_once(END).ok_or(InvalidPem::Unfinished)?;
        let after = after
            .strip_prefix(label)
            .and_then(|after| after.strip_prefix(DASHES))
            .ok_or(InvalidPem::Unfinished)?;
        *rest = after;
        Ok(Some(Self { label, body }))
    }

    fn normalize(&self) -> Result<String, InvalidPem> {
        if self.body.contains("\\n") || self.body.contains("\\r") {
            return Err(InvalidPem::EscapedLineBreaks);
        }
        let base64: String = self.body.split_ascii_whitespace().collect();
        if !is_base64(base64.as_bytes()) {
            return Err(InvalidPem::NotBase64);
        }
        let mut pem = String::with_capacity(base64.len() + base64.len() / 64 + 64);
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = base64.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        if pem.len() > CertificatePem::MAX_LEN {
            return Err(InvalidPem::TooLong { len: pem.len() });
        }
        Ok(pem)
    }
}

/// Whether the text is the one canonical base64 of some bytes: padded, unused bits zero.
fn is_base64(text: &[u8]) -> bool {
    let digits = match text {
        [digits @ .., b'=', b'='] => digits,
        [digits @ .., b'='] => digits,
        digits => digits,
    };
    let unused_bits = match text.len() - digits.len() {
        0 => 0,
        1 => 0b11,
        _ => 0b1111,
    };
    let last = digits.last().copied().and_then(base64_value);
    !digits.is_empty()
        && text.len().is_multiple_of(4)
        && digits.iter().all(|&digit| base64_value(digit).is_some())
        && last.is_some_and(|value| value & unused_bits == 0)
}

fn base64_value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn block(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn parse(text: &str) -> Result<CertificatePem, InvalidPem> {
        text.parse()
    }

    #[test]
    fn one_certificate_is_found_among_explanatory_text() {
        let plain = block(LABEL, "MIIBAgME");
        let decorated = format!("\u{feff}Certificate:\r\n  Data: \\n\r\n{plain}\r\nthat was it");
        assert_eq!(parse(&decorated).unwrap().as_str(), plain);
    }

    #[test]
    fn the_same_der_is_equal_however_it_was_wrapped() {
        let digits = "ABCD".repeat(40);
        let one_line =
            parse(&format!("-----BEGIN CERTIFICATE-----{digits}-----END CERTIFICATE-----"));
        let wrapped = parse(&block(LABEL, &digits.replace("DA", "D\r\n\tA")));
        assert_eq!(one_line, wrapped);
        assert!(one_line.unwrap().as_str().lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn a_private_key_is_named_wherever_it_stands() {
        let certificate = block(LABEL, "MIIB");
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let key = block(label, "MIIB");
            assert_eq!(parse(&key), Err(InvalidPem::PrivateKey));
            assert_eq!(parse(&format!("{certificate}{key}")), Err(InvalidPem::PrivateKey));
            assert_eq!(parse(&format!("{key}{certificate}")), Err(InvalidPem::PrivateKey));
        }
        assert_eq!(parse("-----BEGIN PRIVATE KEY-----\nMII"), Err(InvalidPem::PrivateKey));
    }

    #[test]
    fn what_is_not_one_certificate_is_refused() {
        assert_eq!(parse(""), Err(InvalidPem::NoCertificate));
        assert_eq!(parse("garbage"), Err(InvalidPem::NoCertificate));
        assert_eq!(parse(&block("CERTIFICATE REQUEST", "MIIB")), Err(InvalidPem::OtherBlock));
        assert_eq!(parse(&block(LABEL, "MIIB").repeat(2)), Err(InvalidPem::Several { count: 2 }));
        assert_eq!(parse("-----BEGIN CERTIFICATE-----\nMIIB"), Err(InvalidPem::Unfinished));
        assert_eq!(parse("-----BEGIN CERTIFICATE"), Err(InvalidPem::Unfinished));
        assert_eq!(
            parse("-----BEGIN CERTIFICATE-----\nMIIB\n-----END X-----"),
            Err(InvalidPem::Unfinished)
        );
        assert_eq!(parse(&block(LABEL, "MIIB\\nMIIB")), Err(InvalidPem::EscapedLineBreaks));
        for body in ["", "=", "MII", "MII!", "M===", "MI=I", "MIJ=", "AA1=", "MJ==", "MI IB="] {
            assert_eq!(parse(&block(LABEL, body)), Err(InvalidPem::NotBase64), "{body}");
        }
        for body in ["MIA=", "AA0=", "MA==", "MIIB", "+/09"] {
            assert!(parse(&block(LABEL, body)).is_ok(), "{body}");
        }
    }

    #[test]
    fn bits_that_stand_for_nothing_are_zero() {
        let digits = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']);
        for (value, digit) in digits.enumerate() {
            for (body, unused) in [(format!("AA{digit}="), 0b11), (format!("A{digit}=="), 0b1111)] {
                assert_eq!(parse(&block(LABEL, &body)).is_ok(), value & unused == 0, "{body}");
            }
        }
    }

    #[test]
    fn the_length_is_bounded() {
        let fitting = "AAAA".repeat(4014);
        assert_eq!(parse(&block(LABEL, &fitting)).unwrap().as_str().len(), 16_361);
        assert_eq!(
            parse(&block(LABEL, &"AAAA".repeat(4020))),
            Err(InvalidPem::TooLong { len: 16_386 })
        );
    }

    #[test]
    fn debug_never_shows_the_content() {
        let pem = parse(&block(LABEL, "MIIBsecret+A")).unwrap();
        assert_eq!(format!("{pem:?}"), format!("CertificatePem({} bytes)", pem.as_str().len()));
    }
}
