//! Which certificates a scope trusts, and whether it enforces mTLS and accepts requests: the only place where this is
//! decided.

use std::collections::BTreeSet;

/// The index of a certificate in a table.
pub(crate) type Index = u32;

/// A set of certificates, by their indices.
pub(crate) type CertificateSet = BTreeSet<Index>;

/// The certificates that the organization inherits: none.
static NONE: CertificateSet = CertificateSet::new();

/// The certificates that a scope trusts: its own and the inherited ones. `None` was not read, and the methods
/// return `None` if that matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trust<'a> {
    pub(crate) own: Option<&'a CertificateSet>,
    pub(crate) inherited: Option<&'a CertificateSet>,
}

impl<'a> Trust<'a> {
    pub(crate) fn of_organization(own: Option<&'a CertificateSet>) -> Self {
        Self { own, inherited: Some(&NONE) }
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
        sets.flatten().copied().collect()
    }

    fn any(self, is_meant: impl Fn(Index) -> bool) -> Option<bool> {
        let sets = [self.own, self.inherited];
        if sets.into_iter().flatten().flatten().copied().any(is_meant) {
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
    fn unread_lists_are_unknown_and_never_false() {
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
