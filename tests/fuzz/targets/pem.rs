//! Any bytes as PEM: every block is read or the input is refused, what is written is read back, and a
//! private key is never taken for a certificate.
#![no_main]

use certs_types::CertificatePem;
use certs_types::pem::{self, BlockKind, KeyAlgorithm};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    match pem::read(input) {
        Ok(blocks) => {
            let curves = count(input, b"-----BEGIN EC PARAMETERS-----");
            assert_eq!(blocks.len() + curves, count(input, b"-----BEGIN "));
            let written: String = blocks.iter().map(pem::Block::to_pem).collect();
            let again = pem::read(written.as_bytes()).unwrap();
            assert!(again.iter().map(|block| &block.der).eq(blocks.iter().map(|block| &block.der)));
            for block in &blocks {
                let _ = KeyAlgorithm::of(block).to_string();
            }
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control)),
    }
    if let Ok(blocks) = pem::certificates(input) {
        assert!(blocks.iter().all(|block| block.kind == BlockKind::Certificate));
    }
    if let Ok(pem) = CertificatePem::from_bytes(input) {
        assert!(!pem.as_str().contains("PRIVATE KEY"));
        assert_eq!(pem.as_str().parse::<CertificatePem>().as_ref(), Ok(&pem));
    }
    let half = input.len() / 2;
    let _ = pem::identity(&input[..half], &input[half..]);
});

fn count(input: &[u8], wanted: &[u8]) -> usize {
    input.windows(wanted.len()).filter(|window| *window == wanted).count()
}
