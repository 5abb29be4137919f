//! The format of an input that is not PEM.

use core::fmt;

use super::scan::find;
use crate::base64;
use crate::der::{Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, elements};

/// The format of an input without any PEM block, recognized by its bytes.
///
/// `Display` describes it and names a command that converts it to PEM, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// An empty input.
    Empty,
    /// A certificate in DER.
    DerCertificate,
    /// An unencrypted private key in DER.
    DerKey,
    /// An encrypted private key in DER.
    DerEncryptedKey,
    /// A PKCS #7 container in DER.
    Pkcs7,
    /// A PKCS #12 container (`.p12`, `.pfx`).
    Pkcs12,
    /// A Java key store.
    JavaKeyStore,
    /// Text in UTF-16.
    Utf16,
    /// Base64 without `BEGIN` and `END` lines.
    BareBase64,
    /// A web page.
    Html,
    /// Anything else.
    Unknown,
}

impl FileFormat {
    /// Recognizes the format of an input without any PEM block.
    #[must_use]
    pub fn of(input: &[u8]) -> Self {
        let text = input.trim_ascii();
        if text.is_empty() {
            return Self::Empty;
        }
        match input {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Self::Utf16,
            [0xfe, 0xed, 0xfe, 0xed, ..] => return Self::JavaKeyStore,
            _ if find(input, b"B\0E\0G\0I\0N\0").is_some() => return Self::Utf16,
            _ => {}
        }
        if let Some(content) = elements(input).next_of(SEQUENCE) {
            return Self::of_der(content);
        }
        if text.starts_with(b"<") {
            return Self::Html;
        }
        let mut digits = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
        if text.starts_with(b"MI") && digits.all(|byte| base64::is_digit(byte) || byte == b'=') {
            return Self::BareBase64;
        }
        Self::Unknown
    }

    /// Recognizes the content of an outermost `SEQUENCE`.
    fn of_der(content: &[u8]) -> Self {
        const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
        const PKCS5: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05";
        const PKCS12_PBE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
        let mut parts = elements(content);
        let Some(first) = parts.next() else { return Self::Unknown };
        match (first.tag, first.content) {
            (OBJECT_IDENTIFIER, SIGNED_DATA) => Self::Pkcs7,
            (INTEGER, [3]) => Self::Pkcs12,
            (INTEGER, [0 | 1]) => Self::DerKey,
            (SEQUENCE, inner) => match elements(inner).next() {
                Some(Element { tag: 0xa0 | INTEGER, .. }) => Self::DerCertificate,
                Some(Element { tag: OBJECT_IDENTIFIER, content, .. })
                    if content.starts_with(PKCS5) || content.starts_with(PKCS12_PBE) =>
                {
                    Self::DerEncryptedKey
                }
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "this is empty",
            Self::DerCertificate => {
                "this is a certificate in DER: \
                 `openssl x509 -inform DER -in FILE -out FILE.pem` converts it"
            }
            Self::DerKey => {
                "this is a private key in DER: \
                 `openssl pkey -inform DER -in FILE -out FILE.key` converts it"
            }
            Self::DerEncryptedKey => {
                "this is an encrypted private key in DER: \
                 `openssl pkey -inform DER -in FILE -out FILE.key` decrypts and converts it"
            }
            Self::Pkcs7 => {
                "this is a PKCS #7 container in DER: \
                 `openssl pkcs7 -inform DER -in FILE -print_certs -out FILE.pem` converts it"
            }
            Self::Pkcs12 => {
                "this is a PKCS #12 container: \
                 `openssl pkcs12 -in FILE -nodes -out FILE.pem` converts it"
            }
            Self::JavaKeyStore => {
                "this is a Java key store: \
                 `keytool -exportcert -rfc -keystore FILE -alias NAME -file FILE.pem` exports a certificate"
            }
            Self::Utf16 => {
                "this is text in UTF-16: `iconv -f UTF-16 -t UTF-8 FILE > FILE.pem` converts it"
            }
            Self::BareBase64 => {
                "this is base64 without BEGIN and END lines: \
                 `openssl base64 -d -A -in FILE | openssl x509 -inform DER -out FILE.pem` converts a \
                 certificate"
            }
            Self::Html => "this is a web page: download the file itself",
            Self::Unknown => "this is not PEM, where a block begins with `-----BEGIN CERTIFICATE-----`",
        })
    }
}
