//! Recognizes uploaded copies of a certificate: certificates with the same DER, under any name.

use std::cmp::Reverse;

use certs_core::operations::Scope;
use certs_types::CertificateId;

use super::is_active;
use crate::inventory::Inventory;
use crate::validity::Validity;

/// The listed certificates that may be copies, because their dates are the same or unknown. Their contents must be
/// read to find out.
pub fn possible_copies(inventory: &Inventory, validity: Validity) -> Vec<CertificateId> {
    let may_be_same = |one, other| match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let may_be_copy = |listed: Validity| {
        may_be_same(listed.valid_at, validity.valid_at)
            && may_be_same(listed.expires_at, validity.expires_at)
    };
    let listed = inventory.certificates().filter(|known| known.is_listed);
    listed.filter(|known| may_be_copy(known.validity)).map(|known| known.id.clone()).collect()
}

/// Of several copies of one certificate, chooses the one that is active in most of the wanted scopes, or else the
/// one that was uploaded first.
pub fn choose_copy<'a>(
    inventory: &Inventory,
    copies: impl IntoIterator<Item = &'a CertificateId>,
    wanted: &[Scope],
) -> Option<&'a CertificateId> {
    let rank = |id: &CertificateId| {
        let active = wanted.iter().filter(|scope| is_active(inventory, scope, id)).count();
        let created_at = inventory.certificate(id).map(|known| known.created_at);
        (Reverse(active), created_at, id.clone())
    };
    copies.into_iter().min_by_key(|id| rank(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{DAY, NOW, at, id, inventory, listed, now, scope};

    #[test]
    fn contents_are_read_only_where_the_dates_may_be_the_same() {
        let inventory = inventory(&["a", "b", "old", "unknown"], &[], &[("p", &["hidden"])]);
        let ids = |validity| {
            let copies = possible_copies(&inventory, validity);
            copies.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let year = Validity::new(at(NOW - 100 * DAY), at(NOW + 365 * DAY));
        assert_eq!(ids(year), ["a", "b", "unknown"]);
        assert_eq!(ids(Validity { expires_at: Some(at(NOW)), ..year }), ["unknown"]);
        assert_eq!(ids(Validity { valid_at: Some(at(NOW)), ..year }), ["unknown"]);
    }

    #[test]
    fn chooses_the_copy_that_is_active_in_most_wanted_scopes_or_the_oldest() {
        let mut inventory =
            inventory(&["a", "b", "c"], &[], &[("p", &["b"]), ("q", &["b", "c"]), ("r", &["c"])]);
        let copies = [id("c"), id("b"), id("a")];
        let choose = |inventory: &Inventory, wanted: &[&str]| {
            let wanted: Vec<Scope> = wanted.iter().map(|text| scope(text)).collect();
            choose_copy(inventory, &copies, &wanted).unwrap().to_string()
        };
        assert_eq!(choose(&inventory, &["p", "q"]), "b");
        assert_eq!(choose(&inventory, &["q", "r"]), "c");
        assert_eq!(choose(&inventory, &["q"]), "b", "the same number, so the smaller id");
        let mut eldest = listed("c", false);
        eldest.created_at = at(1);
        inventory.observe(&Scope::Organization, [listed("b", false), eldest], now()).unwrap();
        assert_eq!(choose(&inventory, &["q"]), "c");
        assert_eq!(choose_copy(&inventory, [], &[]), None);
    }
}
