//! Whose data a local file holds: one origin and one admin key.

use std::fmt::Write as _;

use certs_core::BaseUrl;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

/// An origin and a key, in a form that can be written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The base URL.
    pub(crate) origin: String,
    /// 16 hex digits of a hash of both, from which the key cannot be found: a key has more entropy than can be
    /// searched.
    pub(crate) key: String,
}

impl Account {
    pub(crate) fn new(base: &BaseUrl, key: &str) -> Self {
        let origin = base.to_string();
        let text = Zeroizing::new(format!("{origin}\0{key}"));
        let hash = digest(&SHA256, text.as_bytes());
        let key = hash.as_ref().iter().take(8).fold(String::new(), |mut digits, byte| {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        Self { origin, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_origin_or_key_is_another_account() {
        let account = |base: &str, key| Account::new(&base.parse().unwrap(), key);
        let one = account("https://api.openai.com/v1", "sk-admin-a");
        assert_eq!(one.key.len(), 16);
        assert!(one.key.chars().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(one, account("https://api.openai.com/v1", "sk-admin-a"));
        assert_ne!(one.key, account("https://api.openai.com/v1", "sk-admin-b").key);
        assert_ne!(one.key, account("https://mtls.api.openai.com/v1", "sk-admin-a").key);
    }
}
