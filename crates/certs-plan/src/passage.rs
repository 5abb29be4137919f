//! Whether a client certificate passes somewhere.

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_types::{CertificateId, Timestamp};

use crate::inventory::Inventory;

/// Judges whether a request to this scope passes with a client certificate, also if some of the
/// certificates there were not active.
///
/// `vouching` are the certificates to which the client certificate chains. `None` where something that was
/// not read decides.
///
/// ```
/// use std::collections::BTreeSet;
/// use certs_core::types::{Certificate, Object, Timestamp};
/// use certs_core::operations::Scope;
/// use certs_plan::{Inventory, passage::{Passage, passage}};
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
/// let passes = passage(&inventory, &Scope::Organization, &vouching, &none, now);
/// assert!(passes.is_some_and(|passage| passage.is_pass()));
/// assert_eq!(passage(&inventory, &Scope::Organization, &none, &none, now), Some(Passage::Refused));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn passage<'a>(
    inventory: &'a Inventory,
    scope: &Scope,
    vouching: &BTreeSet<CertificateId>,
    without: &BTreeSet<CertificateId>,
    now: Timestamp,
) -> Option<Passage<'a>> {
    let (own, inherited) = (inventory.active_in(scope), inventory.inherited_in(scope));
    let is_read = own.is_some() && inherited.is_some();
    let active: BTreeSet<_> = own.into_iter().chain(inherited).flatten().collect();
    let is_valid = |id: &CertificateId| {
        inventory.certificate(id).is_some_and(|certificate| certificate.validity.is_valid(now))
    };
    let remaining = || active.iter().copied().filter(|id| !without.contains(*id));
    let by: Vec<_> = remaining().filter(|id| vouching.contains(*id) && is_valid(id)).collect();
    if !by.is_empty() {
        return Some(Passage::Vouched { by });
    }
    if !is_read {
        return None;
    }
    Some(match (active.is_empty(), remaining().next()) {
        (true, _) => Passage::NotEnforced,
        (false, None) => Passage::EnforcementEnds,
        (false, Some(_)) => Passage::Refused,
    })
}

/// How a client certificate fares in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum Passage<'a> {
    /// No client certificate is needed.
    NotEnforced,
    /// It passes.
    Vouched {
        /// The valid certificates to which it chains.
        by: Vec<&'a CertificateId>,
    },
    /// It is refused: none of the valid certificates vouches for it.
    Refused,
    /// Without the certificates that are left out, no client certificate would be needed any more.
    EnforcementEnds,
}

impl Passage<'_> {
    /// Whether the certificate passes where it does not only because enforcement ends.
    #[must_use]
    pub fn is_pass(&self) -> bool {
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
            passage(&inventory, scope, &ids(vouching), &ids(&[]), now()).unwrap()
        };
        let p = scope("p");
        assert_eq!(passes(&p, &["a", "b"]), Passage::Vouched { by: vec![&id("a"), &id("b")] });
        assert_eq!(passes(&p, &["old"]), Passage::Refused);
        assert_eq!(passes(&Scope::Organization, &["b"]), Passage::Refused);
    }

    #[test]
    fn leaving_out_the_last_one_is_told_from_never_having_had_one() {
        let inventory = inventory(&["a"], &[], &[("p", &["a"]), ("q", &[])]);
        let without = |text: &str| {
            passage(&inventory, &scope(text), &ids(&["a"]), &ids(&["a"]), now()).unwrap()
        };
        assert_eq!(without("p"), Passage::EnforcementEnds);
        assert_eq!(without("q"), Passage::NotEnforced);
        assert!(!without("p").is_pass() && without("q").is_pass());
    }

    #[test]
    fn what_was_not_read_decides_only_where_nothing_vouches() {
        let mut inventory = Inventory::new();
        inventory
            .observe(&Scope::Organization, [crate::testing::listed("a", true)], now())
            .unwrap();
        let unread = scope("p");
        let passes = |vouching: &[&str]| {
            passage(&inventory, &unread, &ids(vouching), &ids(&[]), now()).map(|one| one.is_pass())
        };
        assert_eq!(passes(&["a"]), Some(true));
        assert_eq!(passes(&["b"]), None);
    }
}
