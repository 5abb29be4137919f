//! The description of private keys in errors.

use certs_types::pem::{self, KeyAlgorithm};

use super::{base64_text, block, der};

/// The description of the key in this text.
fn algorithm(text: &str) -> String {
    KeyAlgorithm::of(&pem::read(text.as_bytes()).unwrap()[0]).to_string()
}

/// A PKCS #8 key: the identifiers of its algorithm and the key itself.
fn pkcs8(identifiers: &[&[u8]], key: &[u8]) -> String {
    let identifiers: Vec<_> = identifiers.iter().map(|oid| der(6, &[oid])).collect();
    let algorithm = der(0x30, &[&identifiers.concat()]);
    let info = der(0x30, &[&der(2, &[&[0]]), &algorithm, &der(4, &[key])]);
    block("PRIVATE KEY", &base64_text(&info))
}

#[test]
fn rsa_keys_are_described_by_the_bits_of_their_modulus() {
    let rsa = |modulus: &[u8]| der(0x30, &[&der(2, &[&[0]]), &der(2, &[modulus])]);
    for (modulus, bits) in [(&[0, 0x80, 0, 0][..], 24), (&[0, 0, 0x40, 0], 15), (&[0x40], 7)] {
        let expected = format!("an RSA key of {bits} bits");
        let pkcs1 = block("RSA PRIVATE KEY", &base64_text(&rsa(modulus)));
        assert_eq!(algorithm(&pkcs1), expected);
        let identifier = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
        assert_eq!(algorithm(&pkcs8(&[identifier], &rsa(modulus))), expected);
    }
    let pss = pkcs8(&[b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"], &[]);
    assert_eq!(algorithm(&pss), "an RSA key for PSS signatures only (RSASSA-PSS)");
}

#[test]
fn ec_keys_are_described_by_their_curve() {
    for (curve, name) in [
        (&b"\x2a\x86\x48\xce\x3d\x03\x01\x07"[..], "the curve P-256"),
        (b"\x2b\x81\x04\x00\x21", "the curve P-224"),
        (b"\x2b\x81\x04\x00\x22", "the curve P-384"),
        (b"\x2b\x81\x04\x00\x23", "the curve P-521"),
        (b"\x2b\x81\x04\x00\x0a", "the curve secp256k1"),
        (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "the curve brainpoolP256r1"),
        (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "the curve brainpoolP384r1"),
        (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "the curve brainpoolP512r1"),
        (b"\x2b\x81\x04\x00\x7f", "an unknown curve"),
    ] {
        let expected = format!("an EC key on {name}");
        assert_eq!(algorithm(&pkcs8(&[b"\x2a\x86\x48\xce\x3d\x02\x01", curve], &[])), expected);
        let parts = [&der(2, &[&[1]])[..], &der(4, &[]), &der(0xa0, &[&der(6, &[curve])])];
        assert_eq!(algorithm(&block("EC PRIVATE KEY", &base64_text(&der(0x30, &parts)))), expected);
    }
    let unnamed = pkcs8(&[b"\x2a\x86\x48\xce\x3d\x02\x01"], &[]);
    assert_eq!(algorithm(&unnamed), "an EC key on an unknown curve");
}

#[test]
fn other_keys_are_described_by_their_scheme() {
    for (identifier, name) in [
        (&b"\x2b\x65\x70"[..], "Ed25519"),
        (b"\x2b\x65\x71", "Ed448"),
        (b"\x2b\x65\x6e", "X25519 (key agreement, not signatures)"),
        (b"\x2b\x65\x6f", "X448 (key agreement, not signatures)"),
        (b"\x2a\x86\x48\xce\x38\x04\x01", "DSA"),
        (b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44"),
        (b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65"),
        (b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87"),
    ] {
        assert_eq!(algorithm(&pkcs8(&[identifier], &[])), format!("a key for {name}"));
    }
    assert_eq!(algorithm(&pkcs8(&[b"\x2a"], &[])), "no private key of a known kind");
    assert_eq!(algorithm(&block("PRIVATE KEY", "MIIB")), "no private key of a known kind");
}

#[test]
fn keys_that_tls_does_not_support_are_named_with_a_remedy() {
    for (label, expected) in [
        ("OPENSSH PRIVATE KEY", "`ssh-keygen -p -m PKCS8 -f FILE` converts it in place"),
        ("DSA PRIVATE KEY", "which TLS does not use"),
    ] {
        let error = pem::read(block(label, "MIIB").as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
