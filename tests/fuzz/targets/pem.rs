//! Any text as PEM: what is taken is canonical, and never a private key.
#![no_main]

use certs_types::CertificatePem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(pem) = text.parse::<CertificatePem>() {
        assert!(!pem.as_str().contains("PRIVATE KEY"));
        assert!(pem.as_str().len() <= CertificatePem::MAX_LEN);
        assert_eq!(pem.as_str().parse::<CertificatePem>().as_ref(), Ok(&pem));
    }
});
