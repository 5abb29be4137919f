//! The PEM reader: what it reads, what it refuses, and its error messages.
#![allow(
    clippy::unwrap_used,
    reason = "clippy recognizes a test by its attribute and would refuse the helpers of one"
)]

mod keys;

use certs_types::pem::{self, Block, BlockKind, FileFormat, InvalidIdentityPem};
use certs_types::{CertificatePem, InvalidPem};
use proptest::collection::vec;
use proptest::prelude::*;

fn block(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn certificate(body: &str) -> String {
    block("CERTIFICATE", body)
}

fn contents(input: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
    let blocks = pem::certificates(input.as_ref()).unwrap();
    blocks.into_iter().map(|block| block.der).collect()
}

/// The message about an input that is refused as a bundle of certificates.
fn refusal(input: impl AsRef<[u8]>) -> String {
    pem::certificates(input.as_ref()).unwrap_err().to_string()
}

const TWO: [&[u8]; 2] = [&[0x30, 0x82, 0x01], &[0x30, 0x82, 0x02]];

#[test]
fn reads_two_certificates_however_they_are_laid_out() {
    let (one, two) = (certificate("MIIB"), certificate("MIIC"));
    let crlf = format!("{one}{two}").replace('\n', "\r\n");
    let indented = format!("{one}{two}").replace('\n', "\n\t ");
    for text in [
        format!("{one}{two}"),
        format!("{}{two}", one.trim_end()),
        format!("\u{feff}{one}\u{feff}{two}"),
        format!("\"{one}\"\n\"{two}\""),
        format!("subject=CN = A -> B\n{one}--- End of A ---\n{two}# BEGIN more\n"),
        format!("{one}- begin of the second certificate\n{two}the last certificate\n"),
        format!("{one}{}", block("X509 CERTIFICATE", "MIIC")),
        crlf.clone(),
        indented,
        format!("{one}\n\n{}", block("CERTIFICATE", "M\nI\r\n\n I\tC")),
        "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE----------BEGIN CERTIFICATE-----MIIC\
         -----END CERTIFICATE-----"
            .into(),
    ] {
        assert_eq!(contents(&text), TWO, "{text}");
    }
    let latin_1 = [b"Stra\xdfe\n", one.as_bytes(), b"\xff", two.as_bytes()].concat();
    assert_eq!(contents(latin_1), TWO);
}

#[test]
fn names_the_block_label_and_line_of_an_unsupported_block() {
    let one = certificate("MIIB\nMIIB");
    for (label, expected) in [
        ("TRUSTED CERTIFICATE", "openssl x509 -in FILE"),
        ("PKCS7", "openssl pkcs7 -in FILE -print_certs"),
        ("CERTIFICATE REQUEST", "a signing request"),
        ("X509 CRL", "a revocation list"),
        ("PUBLIC KEY", "a public key"),
        ("EC PARAMETERS", "the name of a curve"),
        ("DSA PARAMETERS", "neither a certificate nor a private key"),
        ("PRIVATE KEY", "a private key, which must never leave"),
        ("ENCRYPTED PRIVATE KEY", "a private key, which must never leave"),
    ] {
        let message = refusal(format!("{one}{}", block(label, "MIIC")));
        assert!(message.starts_with(&format!("block 2 (`{label}`, line 5) is ")), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_label_has_at_most_64_bytes() {
    let label = "X".repeat(64);
    assert!(
        refusal(block(&label, "MIIC")).starts_with(&format!("block 1 (`{label}`, line 1) is "))
    );
    let longer = refusal(block(&format!("{label}X"), "MIIC"));
    assert!(longer.starts_with("line 1 is not a valid BEGIN or END line"), "{longer}");
}

#[test]
fn five_hyphens_do_not_end_one_block_and_begin_another() {
    let one = certificate("MIIB");
    for second in ["BEGIN CERTIFICATE-----\nMIIC\n", "--BEGIN CERTIFICATE-----\nMIIC", "----BEGIN "]
    {
        let error = pem::read(format!("{}{second}", one.trim_end()).as_bytes()).unwrap_err();
        assert_eq!(error, InvalidPem::DamagedBoundary { line: 3 }, "{second}");
    }
}

#[test]
fn names_the_line_of_the_damage() {
    let one = certificate("MIIB");
    for (damaged, expected) in [
        (
            certificate("MIIC\nMI!C"),
            "block 2 (`CERTIFICATE`, line 4) is not base64: line 6 has the character `!`",
        ),
        (certificate("MIIC\nMIIC\u{a0}"), "line 6 has a no-break space (U+00A0)"),
        (certificate("MIIC\n\u{202e}MIIC"), "line 6 has the character U+202E"),
        (
            certificate("MIIC\nMII"),
            "the base64 of block 2 (`CERTIFICATE`, line 4) is truncated or damaged (line 6)",
        ),
        (certificate(""), "is truncated or damaged (line 4)"),
        (certificate("MIIC\\xMIIC"), "line 5 has the character `\\`"),
        (certificate("MIIC\\nMIIC"), "line 5 writes line breaks as the two characters `\\n`"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIC\n".into(),
            "block 2 (`CERTIFICATE`, line 4) has no matching END line",
        ),
        ("-----BEGIN CERTIFICATE-----\nMIIC\n-----END X-----\n".into(), "has no matching END line"),
        (
            format!("-----BEGIN CERTIFICATE-----\nMIIC\n{one}"),
            "block 2 (`CERTIFICATE`, line 4) has no matching END line",
        ),
        ("-----BEGIN CERTIFICATE\nMIIC".into(), "line 4 is not a valid BEGIN or END line"),
        (
            certificate("MIIC").replace("-----END", "----END"),
            "line 6 is not a valid BEGIN or END line",
        ),
        (certificate("MIIC").replace('-', "\u{2013}"), "line 4 is not a valid BEGIN or END line"),
        (certificate("MIIC").replace("-----", "----- "), "line 4 is not a valid BEGIN or END line"),
        (certificate("MIIC").to_lowercase(), "line 4 is not a valid BEGIN or END line"),
        ("MIIC\n-----END CERTIFICATE-----".into(), "line 5 ends a block that has no BEGIN line"),
    ] {
        let message = refusal(format!("{one}{damaged}"));
        assert!(message.contains(expected), "{message} / {expected}");
    }
}

#[test]
fn names_the_format_of_another_file_and_the_command_that_converts_it() {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let with_mark = [&[0xff, 0xfe][..], &utf_16(&certificate("MIIB"))].concat();
    let big_endian = [0xfe, 0xff, 0, b'B', 0, b'E', 0, b'G', 0, b'I', 0, b'N'].to_vec();
    let tbs = der(0x30, &[&der(0xa0, &[&der(2, &[&[2]])]), &der(2, &[&[7; 200]])]);
    let pbes2 = der(0x30, &[&der(6, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"])]);
    let rsa_public = der(0x30, &[&der(6, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"])]);
    let signed_data = der(6, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"]);
    let version = |number: u8| der(2, &[&[number]]);
    for (input, format, command) in [
        (b" \n".to_vec(), FileFormat::Empty, "empty"),
        (with_mark, FileFormat::Utf16, "`iconv -f UTF-16 -t UTF-8 FILE > FILE.pem`"),
        (utf_16(&certificate("MIIB")), FileFormat::Utf16, "iconv"),
        (big_endian, FileFormat::Utf16, "iconv"),
        (
            der(0x30, &[&tbs]),
            FileFormat::DerCertificate,
            "`openssl x509 -inform DER -in FILE -out FILE.pem`",
        ),
        (
            der(0x30, &[&version(0), &der(0x30, &[])]),
            FileFormat::DerKey,
            "`openssl pkey -inform DER",
        ),
        (der(0x30, &[&version(1), &der(4, &[])]), FileFormat::DerKey, "`openssl pkey -inform DER"),
        (der(0x30, &[&pbes2]), FileFormat::DerEncryptedKey, "decrypts"),
        (der(0x30, &[&rsa_public]), FileFormat::Unknown, "not PEM"),
        (der(0x30, &[&signed_data]), FileFormat::Pkcs7, "`openssl pkcs7 -inform DER"),
        (der(0x30, &[&version(3), &der(0x30, &[])]), FileFormat::Pkcs12, "`openssl pkcs12"),
        (der(0x30, &[]), FileFormat::Unknown, "not PEM"),
        (b"\xfe\xed\xfe\xed\0\0".to_vec(), FileFormat::JavaKeyStore, "keytool"),
        (b"MIIBkjCCATmg\nAwIB\n".to_vec(), FileFormat::BareBase64, "`openssl base64 -d -A"),
        (b"MIIBkjCCATmgAw==".to_vec(), FileFormat::BareBase64, "`openssl base64 -d -A"),
        (b"MIIB, and more".to_vec(), FileFormat::Unknown, "not PEM"),
        (b"<!DOCTYPE html>".to_vec(), FileFormat::Html, "a web page"),
        (b"hello".to_vec(), FileFormat::Unknown, "this is not PEM"),
    ] {
        let error = pem::certificates(&input).unwrap_err();
        assert_eq!(error, InvalidPem::NoBlock(format));
        assert!(error.to_string().contains(command), "{error}");
    }
}

/// An element of DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match u8::try_from(content.len()).unwrap() {
        short @ 0..0x80 => vec![short],
        long => vec![0x81, long],
    };
    [&[tag], &*length, &content].concat()
}

#[test]
fn an_upload_is_exactly_one_certificate() {
    let upload = |text: &str| text.parse::<CertificatePem>();
    assert_eq!(
        upload(&format!("text\n{}", certificate("MI\nIB"))).unwrap().as_str(),
        certificate("MIIB")
    );
    assert_eq!(
        upload(&certificate("MIIB").repeat(2)),
        Err(InvalidPem::SeveralCertificates { count: 2 })
    );
    let key = "-----BEGIN EC PRIVATE KEY-----\nMII";
    for text in
        [key.into(), format!("{}{key}", certificate("M!")), format!("-----BEGIN \n{key}-----")]
    {
        assert!(matches!(upload(&text), Err(InvalidPem::PrivateKey(_))), "{text}");
    }
    assert_eq!(format!("{:?}", upload(&certificate("MIIB")).unwrap()), "CertificatePem(59 bytes)");
}

#[test]
fn a_certificate_and_its_key_may_be_in_one_file() {
    let (one, two) = (certificate("MIIB"), certificate("MIIC"));
    let (key, other) = (block("PRIVATE KEY", "MIIB"), block("PRIVATE KEY", "MIIC"));
    let read = |chain: &str, key: &str| pem::identity(chain.as_bytes(), key.as_bytes());
    let both = format!("{one}{key}");
    for (chain, key) in [(&one, &key), (&both, &both), (&both, &key), (&one, &both)] {
        let (chain, key) = read(chain, key).unwrap();
        assert_eq!((chain.len(), &*key.der), (1, TWO[0]));
    }
    assert_eq!(read(&format!("{one}{two}"), &format!("{key}{two}")).unwrap().0.len(), 2);

    let chain = |error: InvalidIdentityPem| matches!(error, InvalidIdentityPem::Chain(_));
    assert!(chain(read(&both, &other).unwrap_err()), "another key is not passed over");
    assert!(chain(read(&key, &key).unwrap_err()));
    assert_eq!(
        read(&key, &key).unwrap_err().to_string(),
        "the client certificate: there is a private key, but no certificate"
    );
    assert_eq!(
        read(&one, &one).unwrap_err().to_string(),
        "the client key: there are certificates, but no private key"
    );
    assert!(chain(read("", &key).unwrap_err()));
    for keys in [format!("{key}{two}"), one.clone(), format!("{key}{other}"), String::new()] {
        assert!(!chain(read(&one, &keys).unwrap_err()), "{keys}");
    }
}

#[test]
fn keys_are_read_by_their_label_and_encrypted_ones_are_named() {
    let kinds = |text: &str| {
        let blocks = pem::read(text.as_bytes())?;
        Ok(blocks.iter().map(|block| block.kind).collect::<Vec<_>>())
    };
    let sec1 = block("EC PARAMETERS", "MIIB") + &block("EC PRIVATE KEY", "MIIB");
    assert_eq!(kinds(&sec1), Ok(vec![BlockKind::Sec1Key]));
    assert_eq!(kinds(&block("RSA PRIVATE KEY", "MIIB")), Ok(vec![BlockKind::Pkcs1Key]));
    assert_eq!(kinds(&block("PRIVATE KEY", "MIIB")), Ok(vec![BlockKind::Pkcs8Key]));
    let old = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIB";
    for text in [block("ENCRYPTED PRIVATE KEY", "MIIB"), block("RSA PRIVATE KEY", old)] {
        let error: InvalidPem = kinds(&text).unwrap_err();
        assert!(matches!(error, InvalidPem::EncryptedKey(_)), "{error:?}");
        assert!(error.to_string().contains("`openssl pkey -in FILE -out FILE.key` decrypts it"));
    }
    let curve_alone = block("EC PARAMETERS", "MIIB") + &certificate("MIIB");
    assert!(matches!(kinds(&curve_alone), Err(InvalidPem::UnsupportedBlock(_))));
}

#[test]
fn only_canonical_base64_is_accepted() {
    for body in ["=", "MII", "M===", "MI=I", "MIJ=", "AA1=", "MJ==", "MI IB="] {
        let error = certificate(body).parse::<CertificatePem>().unwrap_err();
        assert!(matches!(error, InvalidPem::IncompleteBase64 { .. }), "{body}: {error:?}");
    }
    for body in ["MIA=", "AA0=", "MA==", "MIIB", "+/09"] {
        assert!(certificate(body).parse::<CertificatePem>().is_ok(), "{body}");
    }
}

#[test]
fn debug_never_shows_the_content() {
    let blocks = pem::read(block("PRIVATE KEY", "c2VjcmV0").as_bytes()).unwrap();
    let shown = format!("{blocks:?}");
    assert!(shown.contains("der_len: 6") && !shown.contains("115"), "{shown}");
}

proptest! {
    #[test]
    fn reads_its_own_pem(ders in vec(vec(any::<u8>(), 1..200), 1..5), gap in "[a-z \r\n\u{feff}]{0,9}") {
        let text: String = ders.iter().map(|der| format!("{gap}{}", written(der))).collect();
        let blocks = pem::certificates(text.as_bytes()).unwrap();
        let read: Vec<_> = blocks.iter().map(|block| block.der.clone()).collect();
        prop_assert_eq!(read, ders);
    }

    #[test]
    fn every_block_is_read_or_the_input_is_refused(parts in vec(part(), 0..6)) {
        let text = parts.concat();
        let begins = text.matches("-----BEGIN ").count();
        if let Ok(blocks) = pem::read(text.as_bytes()) {
            prop_assert_eq!(blocks.len(), begins, "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_in_printable_text(input in vec(any::<u8>(), 0..300)) {
        let input = [b"-----BEGIN ", &*input].concat();
        if let Err(error) = pem::read(&input) {
            prop_assert!(error.to_string().chars().all(|c| !c.is_control()), "{}", error);
        }
    }

    #[test]
    fn a_certificate_is_the_same_however_it_is_wrapped(der in vec(any::<u8>(), 1..200), width in 1_usize..80) {
        let canonical: CertificatePem = written(&der).parse().unwrap();
        let digits: Vec<char> = written(&der).lines().filter(|line| !line.starts_with('-')).flat_map(str::chars).collect();
        let wrapped: Vec<String> = digits.chunks(width).map(|line| line.iter().collect()).collect();
        let other: CertificatePem = certificate(&wrapped.join("\r\n")).parse().unwrap();
        prop_assert_eq!(other.to_der(), der);
        prop_assert_eq!(other, canonical);
    }
}

/// A certificate as this crate writes it.
fn written(der: &[u8]) -> String {
    certificate(&base64_text(der))
}

fn base64_text(bytes: &[u8]) -> String {
    let group = |group: &[u8]| -> String {
        let value = |byte: usize| u32::from(group.get(byte).copied().unwrap_or(0));
        let bits = value(0) << 16 | value(1) << 8 | value(2);
        let digit =
            |at: usize| if at > group.len() { '=' } else { base64(bits >> (18 - 6 * at) & 63) };
        (0..4).map(digit).collect()
    };
    bytes.chunks(3).map(group).collect()
}

fn base64(value: u32) -> char {
    let alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']);
    alphabet.into_iter().nth(value as usize).unwrap()
}

/// Pieces of PEM, whole and broken.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(certificate("MIIB")),
        Just(block("PRIVATE KEY", "MIIB")),
        Just(block("EC PRIVATE KEY", "MI\nIB")),
        Just(block("PKCS7", "MIIB")),
        Just(certificate("M!")),
        Just("-----BEGIN CERTIFICATE-----".into()),
        Just("-----END CERTIFICATE-----".into()),
        Just("MIIB\n".into()),
        "[ -~\n]{0,12}",
    ]
}

#[test]
fn blocks_can_be_compared() {
    let read = |text: &str| -> Vec<Block> { pem::read(text.as_bytes()).unwrap() };
    assert_eq!(read(&certificate("MIIB")), read(&certificate("MIIB")));
    assert_ne!(read(&certificate("MIIB")), read(&format!("\n{}", certificate("MIIB"))));
}
