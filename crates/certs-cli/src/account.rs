//! The account that a local file belongs to: one origin and one admin key.

use std::hash::{Hash, Hasher};

use certs_core::{AdminKey, BaseUrl};
use ring::digest::{Context, SHA256};

/// An origin and a key, in a form that can be written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The base URL.
    pub(crate) origin: String,
    /// 16 hexadecimal digits that differ between keys and origins, and from which the key cannot be found.
    pub(crate) key: String,
}

impl Account {
    pub(crate) fn new(base: &BaseUrl, key: &AdminKey) -> Self {
        Self { origin: base.to_string(), key: fingerprint(&(base, key)) }
    }
}

/// 16 hexadecimal digits of SHA-256.
pub(crate) fn fingerprint(value: &impl Hash) -> String {
    let mut hasher = Sha256(Context::new(&SHA256));
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The first eight bytes of SHA-256.
struct Sha256(Context);

impl Hasher for Sha256 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finish();
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_origin_or_key_is_another_account() {
        let account = |base: &str, key: &str| {
            Account::new(&base.parse().unwrap(), &AdminKey::new(key.into()).unwrap())
        };
        let one = account("https://api.openai.com/v1", "sk-admin-a");
        assert_eq!(one.key.len(), 16);
        assert!(one.key.bytes().all(|digit| digit.is_ascii_hexdigit()), "{one:?}");
        assert_eq!(one.key, account("https://API.openai.com/v1", "sk-admin-a").key);
        assert_ne!(one.key, account("https://api.openai.com/v1", "sk-admin-b").key);
        assert_ne!(one.key, account("https://mtls.api.openai.com/v1", "sk-admin-a").key);
    }
}
