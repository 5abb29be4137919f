//! The dates of a certificate.

use certs_types::{CertificateDetails, Timestamp};
use serde::{Deserialize, Serialize};

/// The dates between which a certificate is valid. The API may leave out either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "X.509 has these two dates by nature")]
pub struct Validity {
    /// X.509's `notBefore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_at: Option<Timestamp>,
    /// X.509's `notAfter`: the last second at which the certificate is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Validity {
    /// Valid between these two times, both inclusive.
    #[must_use]
    pub fn new(valid_at: Timestamp, expires_at: Timestamp) -> Self {
        Self { valid_at: Some(valid_at), expires_at: Some(expires_at) }
    }

    /// Whether both dates are known.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.valid_at.is_some() && self.expires_at.is_some()
    }

    /// Whether the certificate is certainly valid: both dates are known, and `now` is between them.
    #[must_use]
    pub fn is_valid(self, now: Timestamp) -> bool {
        self.is_known() && self.may_be_valid(now)
    }

    /// Whether the certificate may be valid, because no known date contradicts it.
    #[must_use]
    pub fn may_be_valid(self, now: Timestamp) -> bool {
        !self.has_expired(now) && !self.is_in_future(now)
    }

    /// Whether the certificate has certainly expired.
    #[must_use]
    pub fn has_expired(self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at < now)
    }

    /// Whether the certificate is certainly not valid yet.
    #[must_use]
    pub fn is_in_future(self, now: Timestamp) -> bool {
        self.valid_at.is_some_and(|valid_at| valid_at > now)
    }

    /// The known dates, and otherwise those of `other`.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            valid_at: self.valid_at.or(other.valid_at),
            expires_at: self.expires_at.or(other.expires_at),
        }
    }
}

impl From<&CertificateDetails> for Validity {
    fn from(details: &CertificateDetails) -> Self {
        Self { valid_at: details.valid_at, expires_at: details.expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::try_from(seconds).unwrap()
    }

    #[test]
    fn both_dates_belong_to_the_validity() {
        let validity = Validity::new(at(10), at(20));
        let valid: Vec<_> = [9, 10, 20, 21].map(|now| validity.is_valid(at(now))).into();
        assert_eq!(valid, [false, true, true, false]);
        assert!(validity.is_in_future(at(9)) && !validity.is_in_future(at(10)));
        assert!(validity.has_expired(at(21)) && !validity.has_expired(at(20)));
    }

    #[test]
    fn unknown_dates_are_neither_valid_nor_invalid() {
        let unknown = Validity::default();
        assert!(!unknown.is_valid(at(1)) && unknown.may_be_valid(at(1)));
        let expired = Validity { expires_at: Some(at(20)), ..unknown };
        assert!(!expired.is_valid(at(15)) && expired.may_be_valid(at(15)));
        assert!(!expired.may_be_valid(at(21)));
    }

    #[test]
    fn a_listed_date_takes_precedence_over_a_supplied_one() {
        let supplied = Validity::new(at(1), at(2));
        let listed = Validity { valid_at: None, expires_at: Some(at(3)) };
        assert_eq!(listed.or(supplied), Validity::new(at(1), at(3)));
    }
}
