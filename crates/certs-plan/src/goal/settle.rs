//! How long a removal waits after an activation, so that the activation has reached every server.

use std::collections::BTreeMap;
use std::time::Duration;

use certs_core::operations::Scope;
use certs_types::{CertificateId, CertificateIds, Timestamp};

use crate::inventory::Inventory;

/// The recommended wait: 15 minutes.
///
/// The API does not document how long an activation takes; its changes of authentication in general take up to
/// 15 minutes.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(15 * 60);

/// When each certificate was last activated, in this run or, according to the audit log, before.
///
/// The audit log does not contain the scope, so an activation counts for every scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activations {
    last: BTreeMap<CertificateId, Timestamp>,
    /// The time for certificates that were activated before it, or never.
    assumed: Option<Timestamp>,
}

impl Activations {
    /// The activations in the audit log.
    #[must_use]
    pub fn from_log(activations: impl IntoIterator<Item = (CertificateId, Timestamp)>) -> Self {
        let mut log = Self { last: BTreeMap::new(), assumed: None };
        for (certificate, at) in activations {
            log.record(certificate, at);
        }
        log
    }

    /// For an audit log that cannot be read: every certificate counts as activated at `now`, the start of the run.
    #[must_use]
    pub fn unknown(now: Timestamp) -> Self {
        Self { last: BTreeMap::new(), assumed: Some(now) }
    }

    /// Records an activation of this run.
    pub fn record(&mut self, certificate: CertificateId, at: Timestamp) {
        let last = self.last.entry(certificate).or_insert(at);
        *last = (*last).max(at);
    }

    /// When these certificates may be removed from a scope: `settle` after the last activation of any certificate that
    /// remains there, own or inherited. `None` if there is no need to wait.
    #[must_use]
    pub fn removable_at(
        &self,
        inventory: &Inventory,
        scope: &Scope,
        removed: &CertificateIds,
        settle: Duration,
    ) -> Option<Timestamp> {
        let own = inventory.active_in(scope).unwrap_or_default();
        let own = own.into_iter().filter(|id| !removed.iter().any(|removed| removed == *id));
        let remaining = own.chain(inventory.inherited_in(scope).unwrap_or_default());
        let last = remaining.filter_map(|id| self.last.get(id).copied().max(self.assumed)).max()?;
        let settle = i64::try_from(settle.as_secs()).unwrap_or(i64::MAX);
        let end = last.as_secs().saturating_add(settle);
        Some(Timestamp::try_from(end).unwrap_or(Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, at, id, inventory, now, scope};

    fn removable_at(activations: &Activations, in_scope: &str, removed: &str) -> Option<i64> {
        let inventory = inventory(&["a", "b", "c"], &["c"], &[("p", &["a", "b"]), ("q", &["a"])]);
        let removed = CertificateIds::from(id(removed));
        let at = activations.removable_at(&inventory, &scope(in_scope), &removed, DEFAULT_WAIT);
        at.map(Timestamp::as_secs)
    }

    #[test]
    fn a_removal_waits_for_the_certificates_that_remain() {
        let log = Activations::from_log([
            (id("a"), at(NOW)),
            (id("b"), at(NOW - 300)),
            (id("b"), at(NOW - 600)),
        ]);
        assert_eq!(removable_at(&log, "p", "a"), Some(NOW + 600), "the latest one of b counts");
        assert_eq!(removable_at(&log, "p", "b"), Some(NOW + 900));
        assert_eq!(removable_at(&log, "q", "a"), None, "c was activated long ago");
    }

    #[test]
    fn an_inherited_certificate_remains_too() {
        let mut log = Activations::from_log([]);
        assert_eq!(removable_at(&log, "q", "a"), None);
        log.record(id("c"), now());
        assert_eq!(removable_at(&log, "q", "a"), Some(NOW + 900));
        assert_eq!(removable_at(&log, "organization", "c"), None, "nothing remains");
    }

    #[test]
    fn without_a_log_every_removal_waits_the_whole_time() {
        let mut unknown = Activations::unknown(now());
        assert_eq!(removable_at(&unknown, "p", "a"), Some(NOW + 900));
        unknown.record(id("b"), at(NOW + 100));
        assert_eq!(removable_at(&unknown, "p", "a"), Some(NOW + 1000));
        assert_eq!(removable_at(&unknown, "organization", "c"), None);
    }
}
