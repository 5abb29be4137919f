//! A success response that does not confirm its operation.

use std::borrow::Cow;
use std::error::Error as StdError;

use certs_types::CertificateId;

/// Why an operation that the server accepted is not confirmed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Mismatch {
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Mismatch {
    /// A mismatch with this message, which is printed and so must not contain secrets.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns a mismatch unless the response is about the requested certificate.
    pub(crate) fn unless_same(
        requested: &CertificateId,
        found: &CertificateId,
    ) -> Result<(), Self> {
        if requested == found {
            return Ok(());
        }
        Err(Self::new(format!("the response is about another certificate than {requested}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_message_and_its_cause() {
        let mismatch = Mismatch::new("another certificate").with_source("the cause");
        assert_eq!(mismatch.to_string(), "another certificate");
        assert_eq!(mismatch.source().unwrap().to_string(), "the cause");
    }
}
