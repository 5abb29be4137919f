//! Whether a client certificate is accepted in a scope.

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_types::{CertificateId, Timestamp};

use crate::inventory::Inventory;

/// Whether requests to this scope are accepted with a client certificate, at `now`, if the certificates in
/// `without` were not active.
///
/// `vouching` contains the certificates to which the client certificate chains; the caller has checked its own dates.
/// `None` if it depends on a list
/// that was not read.
///
/// ```
/// use std::collections::BTreeSet;
/// use certs_core::types::{Certificate, Object, Timestamp};
/// use certs_core::operations::Scope;
/// use certs_plan::{Inventory, acceptance::{Acceptance, acceptance}};
///
/// let now = Timestamp::try_from(1_800_000_000)?;
/// let mut root = Certificate::new(Object::ORGANIZATION_CERTIFICATE, "cert_a".parse()?, now);
/// root.active = Some(true);
/// root.certificate_details.valid_at = Some(now);
/// root.certificate_details.expires_at = Some(now);
/// let mut inventory = Inventory::new();
/// inventory.observe(&Scope::Organization, [root.clone()], now)?;
///
/// let none = BTreeSet::new();
/// let vouching = BTreeSet::from([root.id]);
/// let passes = acceptance(&inventory, &Scope::Organization, &vouching, &none, now);
/// assert!(passes.is_some_and(|acceptance| acceptance.is_accepted()));
/// assert_eq!(acceptance(&inventory, &Scope::Organization, &none, &none, now), Some(Acceptance::Refused));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn acceptance<'a>(
    inventory: &'a Inventory,
    scope: &Scope,
    vouching: &BTreeSet<CertificateId>,
    without: &BTreeSet<CertificateId>,
    now: Timestamp,
) -> Option<Acceptance<'a>> {
    let (own, inherited) = (inventory.active_in(scope), inventory.inherited_in(scope));
    let is_read = own.is_some() && inherited.is_some();
    let active: BTreeSet<_> = own.into_iter().chain(inherited).flatten().collect();
    let is_valid = |id: &CertificateId| {
        inventory.certificate(id).is_some_and(|certificate| certificate.validity.is_valid(now))
    };
    let remaining = || active.iter().copied().filter(|id| !without.contains(*id));
    let by: Vec<_> = remaining().filter(|id| vouching.contains(*id) && is_valid(id)).collect();
    if !by.is_empty() {
        return Some(Acceptance::Vouched { by });
    }
    if !is_read {
        return None;
    }
    Some(match (active.is_empty(), remaining().next()) {
        (true, _) => Acceptance::NotEnforced,
        (false, None) => Acceptance::EnforcementEnds,
        (false, Some(_)) => Acceptance::Refused,
    })
}

/// Whether and why a client certificate is accepted in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum Acceptance<'a> {
    /// No client certificate is needed.
    NotEnforced,
    /// It is accepted.
    Vouched {
        /// The valid certificates to which it chains.
        by: Vec<&'a CertificateId>,
    },
    /// It is refused: none of the valid certificates vouches for it.
    Refused,
    /// Without the certificates in `without`, no client certificate would be needed, because no other is active.
    EnforcementEnds,
}

impl Acceptance<'_> {
    /// Whether it is accepted while mTLS stays as it is: `false` for [`EnforcementEnds`](Self::EnforcementEnds).
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::NotEnforced | Self::Vouched { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, inventory, now, scope};

    fn ids(names: &[&str]) -> BTreeSet<CertificateId> {
        names.iter().map(|name| id(name)).collect()
    }

    #[test]
    fn own_and_inherited_certificates_vouch_if_they_are_valid() {
        let inventory = inventory(&["a", "b", "old"], &["a"], &[("p", &["b", "old"])]);
        let passes = |scope: &Scope, vouching: &[&str]| {
            acceptance(&inventory, scope, &ids(vouching), &ids(&[]), now()).unwrap()
        };
        let p = scope("p");
        assert_eq!(passes(&p, &["a", "b"]), Acceptance::Vouched { by: vec![&id("a"), &id("b")] });
        assert_eq!(passes(&p, &["old"]), Acceptance::Refused);
        assert_eq!(passes(&Scope::Organization, &["b"]), Acceptance::Refused);
    }

    #[test]
    fn removing_the_last_certificate_differs_from_having_had_none() {
        let inventory = inventory(&["a"], &[], &[("p", &["a"]), ("q", &[])]);
        let without = |text: &str| {
            acceptance(&inventory, &scope(text), &ids(&["a"]), &ids(&["a"]), now()).unwrap()
        };
        assert_eq!(without("p"), Acceptance::EnforcementEnds);
        assert_eq!(without("q"), Acceptance::NotEnforced);
        assert!(!without("p").is_accepted() && without("q").is_accepted());
    }

    #[test]
    fn an_unread_list_matters_only_where_nothing_vouches() {
        let mut inventory = Inventory::new();
        inventory
            .observe(&Scope::Organization, [crate::testing::listed("a", true)], now())
            .unwrap();
        let unread = scope("p");
        let passes = |vouching: &[&str]| {
            acceptance(&inventory, &unread, &ids(vouching), &ids(&[]), now())
                .map(|one| one.is_accepted())
        };
        assert_eq!(passes(&["a"]), Some(true));
        assert_eq!(passes(&["b"]), None);
    }
}
