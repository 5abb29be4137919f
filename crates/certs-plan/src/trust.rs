//! Which certificates a scope trusts, and whether it enforces mTLS and accepts requests. Decided only here.

use serde::{Deserialize, Serialize};

/// The index of a certificate in the table of a set.
pub(crate) type Index = u32;

/// A set of certificates: sorted indices in a table, without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Index>", into = "Vec<Index>")]
pub(crate) struct CertificateSet(Vec<Index>);

/// What the organization inherits: nothing.
static NOTHING: CertificateSet = CertificateSet(Vec::new());

impl CertificateSet {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Index> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, index: Index) -> bool {
        self.0.binary_search(&index).is_ok()
    }

    /// These and `others`.
    pub(crate) fn with(&self, others: &Self) -> Self {
        self.iter().chain(others.iter()).collect()
    }

    /// These, except `others`.
    pub(crate) fn without(&self, others: &Self) -> Self {
        self.iter().filter(|index| !others.contains(*index)).collect()
    }
}

impl FromIterator<Index> for CertificateSet {
    fn from_iter<I: IntoIterator<Item = Index>>(indices: I) -> Self {
        Vec::from_iter(indices).into()
    }
}

impl From<Vec<Index>> for CertificateSet {
    fn from(mut indices: Vec<Index>) -> Self {
        indices.sort_unstable();
        indices.dedup();
        indices.shrink_to_fit();
        Self(indices)
    }
}

impl From<CertificateSet> for Vec<Index> {
    fn from(set: CertificateSet) -> Self {
        set.0
    }
}

/// The certificates that a scope trusts: its own and the inherited ones. `None` was not read, and the methods
/// return `None` if that matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trust<'a> {
    pub(crate) own: Option<&'a CertificateSet>,
    pub(crate) inherited: Option<&'a CertificateSet>,
}

impl<'a> Trust<'a> {
    pub(crate) fn of_organization(own: Option<&'a CertificateSet>) -> Self {
        Self { own, inherited: Some(&NOTHING) }
    }

    /// Whether requests need a client certificate, because a certificate is active, expired or not.
    pub(crate) fn is_enforced(self) -> Option<bool> {
        self.any(|_| true)
    }

    /// Whether one of the active certificates is valid.
    pub(crate) fn has_valid(self, is_valid: impl Fn(Index) -> bool) -> Option<bool> {
        self.any(is_valid)
    }

    /// Whether requests can be accepted, with a client certificate or because none is needed.
    pub(crate) fn accepts_requests(self, is_valid: impl Fn(Index) -> bool) -> Option<bool> {
        match (self.is_enforced(), self.has_valid(is_valid)) {
            (Some(false), _) | (_, Some(true)) => Some(true),
            (Some(true), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// All certificates that are known to be trusted.
    pub(crate) fn known(self) -> CertificateSet {
        let sets = [self.own, self.inherited].into_iter().flatten();
        sets.flat_map(CertificateSet::iter).collect()
    }

    fn any(self, is_meant: impl Fn(Index) -> bool) -> Option<bool> {
        let sets = [self.own, self.inherited];
        if sets.into_iter().flatten().flat_map(CertificateSet::iter).any(is_meant) {
            return Some(true);
        }
        sets.iter().all(Option::is_some).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(indices: &[Index]) -> CertificateSet {
        indices.iter().copied().collect()
    }

    #[test]
    fn a_set_is_sorted_and_holds_each_once() {
        let set = set(&[3, 1, 3]);
        assert_eq!(Vec::from(set.clone()), [1, 3]);
        assert!(set.contains(3) && !set.contains(2));
        assert_eq!(Vec::from(set.with(&[2].into_iter().collect())), [1, 2, 3]);
        assert_eq!(Vec::from(set.without(&[1, 9].into_iter().collect())), [3]);
    }

    #[test]
    fn what_was_not_read_is_never_a_no() {
        let (some, none) = (set(&[1]), set(&[]));
        let enforced = |own, inherited| Trust { own, inherited }.is_enforced();
        assert_eq!(enforced(Some(&some), None), Some(true));
        assert_eq!(enforced(None, Some(&some)), Some(true));
        assert_eq!(enforced(Some(&none), None), None);
        assert_eq!(enforced(None, Some(&none)), None);
        assert_eq!(enforced(Some(&none), Some(&none)), Some(false));
        assert_eq!(Trust::of_organization(Some(&none)).is_enforced(), Some(false));
        assert_eq!(Trust::of_organization(None).is_enforced(), None);
    }

    #[test]
    fn requests_are_refused_where_only_expired_certificates_are_active() {
        let (valid, expired, none) = (set(&[1]), set(&[2]), set(&[]));
        let open = |own, inherited| Trust { own, inherited }.accepts_requests(|index| index == 1);
        assert_eq!(open(Some(&expired), Some(&none)), Some(false));
        assert_eq!(open(Some(&expired), Some(&valid)), Some(true));
        assert_eq!(open(Some(&none), Some(&none)), Some(true), "not enforced");
        assert_eq!(open(Some(&expired), None), None);
        assert_eq!(open(Some(&none), None), None);
    }
}
