//! One to ten certificate ids, which one call activates or deactivates.

use alloc::collections::BTreeSet;
use alloc::vec::{self, Vec};
use core::{fmt, slice};

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::CertificateId;

/// One to ten different certificate ids: those that one call activates or deactivates, all or none.
///
/// Duplicates count once, and the ids keep the order in which they were first given. The length of an array is
/// checked at compile time:
///
/// ```
/// # use certs_types::{CertificateId, CertificateIds};
/// # let id = || "cert_abc".parse::<CertificateId>().unwrap();
/// let ids = CertificateIds::from([id(), id()]);
/// assert_eq!(ids.as_slice().len(), 1);
/// ```
///
/// ```compile_fail
/// # use certs_types::{CertificateId, CertificateIds};
/// # let id: CertificateId = "cert_abc".parse().unwrap();
/// let eleven: [CertificateId; 11] = std::array::from_fn(|_| id.clone());
/// let ids = CertificateIds::from(eleven);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct CertificateIds(Vec<CertificateId>);

impl CertificateIds {
    /// The maximum number of ids in one call (documented).
    pub const MAX: usize = 10;

    /// Collects ids. Duplicates count once.
    ///
    /// # Errors
    ///
    /// [`InvalidCount`] when there is no id, or more than ten different ones. For a longer list use
    /// [`batches`](Self::batches).
    pub fn new(ids: impl IntoIterator<Item = CertificateId>) -> Result<Self, InvalidCount> {
        let ids = distinct(ids);
        match ids.len() {
            0 => Err(InvalidCount::Empty),
            1..=Self::MAX => Ok(Self(ids)),
            count => Err(InvalidCount::TooMany { count }),
        }
    }

    /// Splits a list of any length into batches of at most ten. Duplicates in the whole list count once.
    ///
    /// Each batch is changed by one atomic call; the batches together are *not* atomic.
    #[must_use]
    pub fn batches(ids: impl IntoIterator<Item = CertificateId>) -> Vec<Self> {
        distinct(ids).chunks(Self::MAX).map(|batch| Self(batch.to_vec())).collect()
    }

    /// The ids, in the order in which they were first given.
    #[must_use]
    pub fn as_slice(&self) -> &[CertificateId] {
        &self.0
    }

    /// The number of ids: 1 to 10.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over the ids, in the order in which they were first given.
    pub fn iter(&self) -> slice::Iter<'_, CertificateId> {
        self.0.iter()
    }
}

impl From<CertificateId> for CertificateIds {
    fn from(id: CertificateId) -> Self {
        Self(Vec::from([id]))
    }
}

impl<const N: usize> From<[CertificateId; N]> for CertificateIds {
    /// Does not compile for an empty array or one of more than ten ids.
    fn from(ids: [CertificateId; N]) -> Self {
        const { assert!(N >= 1 && N <= Self::MAX, "one call takes 1 to 10 certificate ids") };
        Self(distinct(ids))
    }
}

impl TryFrom<Vec<CertificateId>> for CertificateIds {
    type Error = InvalidCount;

    fn try_from(ids: Vec<CertificateId>) -> Result<Self, InvalidCount> {
        Self::new(ids)
    }
}

impl<'a> IntoIterator for &'a CertificateIds {
    type Item = &'a CertificateId;
    type IntoIter = slice::Iter<'a, CertificateId>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for CertificateIds {
    type Item = CertificateId;
    type IntoIter = vec::IntoIter<CertificateId>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for CertificateIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why a list of ids is not valid for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCount {
    /// No id was given.
    Empty,
    /// More than ten different ids were given.
    TooMany {
        /// The number of different ids.
        count: usize,
    },
}

impl fmt::Display for InvalidCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("name at least one certificate id"),
            Self::TooMany { count } => write!(
                f,
                "{count} certificate ids, but one call changes at most {}",
                CertificateIds::MAX
            ),
        }
    }
}

impl core::error::Error for InvalidCount {}

/// Removes duplicates.
fn distinct(ids: impl IntoIterator<Item = CertificateId>) -> Vec<CertificateId> {
    let mut seen = BTreeSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn numbered(count: usize) -> Vec<CertificateId> {
        (0..count).map(|n| format!("cert_{n}").parse().unwrap()).collect()
    }

    #[test]
    fn one_to_ten_are_held_and_nothing_else() {
        assert_eq!(CertificateIds::new(numbered(0)), Err(InvalidCount::Empty));
        assert_eq!(CertificateIds::new(numbered(1)).unwrap().as_slice(), numbered(1));
        assert_eq!(CertificateIds::new(numbered(10)).unwrap().as_slice(), numbered(10));
        assert_eq!(CertificateIds::new(numbered(11)), Err(InvalidCount::TooMany { count: 11 }));
    }

    #[test]
    fn duplicates_do_not_count_and_the_first_mention_keeps_its_place() {
        let mut ids = numbered(10);
        ids.insert(3, ids[0].clone());
        assert_eq!(CertificateIds::try_from(ids).unwrap().as_slice(), numbered(10));
        assert_eq!(CertificateIds::from(numbered(1).remove(0)).as_slice(), numbered(1));
    }

    #[test]
    fn are_counted_and_taken_out_in_their_order() {
        let ids = CertificateIds::new(numbered(3)).unwrap();
        assert_eq!(ids.len(), 3);
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), numbered(3));
    }

    #[test]
    fn json_obeys_the_same_rule() {
        let text = serde_json::to_string(&numbered(11)).unwrap();
        assert!(serde_json::from_str::<CertificateIds>(&text).is_err());
        assert!(serde_json::from_str::<CertificateIds>("[]").is_err());
        let ten = CertificateIds::new(numbered(10)).unwrap();
        let text = serde_json::to_string(&ten).unwrap();
        assert_eq!(serde_json::from_str::<CertificateIds>(&text).unwrap(), ten);
    }

    #[test]
    fn all_batches_but_the_last_contain_ten() {
        let batches = CertificateIds::batches(numbered(23).into_iter().chain(numbered(5)));
        let sizes: Vec<_> = batches.iter().map(|batch| batch.as_slice().len()).collect();
        assert_eq!(sizes, [10, 10, 3]);
        assert!(CertificateIds::batches([]).is_empty());
    }
}
