//! How expressly a person has to agree to a plan.

use std::collections::BTreeSet;

use certs_core::operations::Scope;

use super::{Plan, mentioned};
use crate::change::Change;
use crate::fingerprint::CertificateRef;
use crate::hazard::Notice;

/// How expressly a person has to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum Consent {
    /// No consent: nothing changes for anybody.
    NotNeeded,
    /// A yes is enough.
    Yes,
    /// This text is to be typed: the name of the certificate, its id if it has no name, or how many they are.
    Typed(String),
}

impl Plan {
    /// How expressly a person has to agree: with a yes to additions and to the removal of one certificate in
    /// one project; by typing something where more is removed, something is deleted, or enforcement starts.
    #[must_use]
    pub fn consent(&self) -> Consent {
        let is_toggle = |change: &&Change| change.scope().is_some();
        let starts = |notice: &Notice| matches!(notice, Notice::StartsEnforcement { .. });
        let removals: Vec<_> = self.changes.iter().filter(|change| change.is_removal()).collect();
        let is_starting = self.preflight.notices.iter().any(starts);
        match removals.as_slice() {
            [] if !self.changes.iter().any(|change| is_toggle(&change)) => Consent::NotNeeded,
            [] if !is_starting => Consent::Yes,
            [Change::Deactivate { scope: Scope::Project(_), certificates }]
                if !is_starting && certificates.as_slice().len() == 1 =>
            {
                Consent::Yes
            }
            [] => self.typed(self.changes.iter().flat_map(activated).collect()),
            removals => {
                let removed = removals.iter().flat_map(|change| mentioned(change));
                self.typed(removed.cloned().map(CertificateRef::Id).collect())
            }
        }
    }

    fn typed(&self, certificates: BTreeSet<CertificateRef>) -> Consent {
        let mut certificates = certificates.into_iter();
        match (certificates.next(), certificates.len()) {
            (Some(only), 0) => Consent::Typed(self.name_of(&only)),
            (_, others) => Consent::Typed((others + 1).to_string()),
        }
    }

    fn name_of(&self, certificate: &CertificateRef) -> String {
        let name = match certificate {
            CertificateRef::Id(id) => self.names.get(id).cloned(),
            CertificateRef::New(fingerprint) => {
                self.changes.iter().find_map(|change| match change {
                    Change::Upload(new) if new.fingerprint == *fingerprint => new.name.clone(),
                    _ => None,
                })
            }
        };
        let name = name.filter(|name| !name.trim().is_empty());
        name.unwrap_or_else(|| certificate.to_string())
    }
}

fn activated(change: &Change) -> Vec<CertificateRef> {
    match change {
        Change::Activate { certificates, .. } => certificates.as_slice().to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hazard::ClientIdentity;
    use crate::inventory::Inventory;
    use crate::plan::Situation;
    use crate::testing::{id, inventory, listed, now, scope};

    fn activate(place: &str, names: &[&str]) -> Vec<Change> {
        Change::activate(&scope(place), names.iter().map(|name| id(name).into()))
    }

    fn deactivate(place: &str, names: &[&str]) -> Vec<Change> {
        Change::deactivate(&scope(place), names.iter().map(|name| id(name)))
    }

    fn consent(inventory: &Inventory, changes: &[Vec<Change>]) -> Consent {
        let identity = ClientIdentity::none();
        Situation::new(inventory, &identity, now()).plan(changes.concat()).consent()
    }

    fn organization() -> Inventory {
        let projects: [(&str, &[&str]); 3] = [("p", &["a", "b"]), ("q", &["a", "b"]), ("r", &[])];
        inventory(&["a", "b", "c"], &[], &projects)
    }

    fn typed(text: &str) -> Consent {
        Consent::Typed(text.into())
    }

    #[test]
    fn nothing_to_change_and_uploads_need_no_consent() {
        let new = crate::testing::new_certificate(1, crate::Validity::default());
        assert_eq!(consent(&organization(), &[]), Consent::NotNeeded);
        assert_eq!(consent(&organization(), &[vec![Change::Upload(new)]]), Consent::NotNeeded);
    }

    #[test]
    fn a_yes_is_enough_for_additions_and_one_removal_in_one_project() {
        assert_eq!(consent(&organization(), &[activate("p", &["c"])]), Consent::Yes);
        let removal = [activate("p", &["c"]), deactivate("p", &["a"])];
        assert_eq!(consent(&organization(), &removal), Consent::Yes);
    }

    #[test]
    fn more_is_confirmed_by_the_name_or_by_how_many_they_are() {
        let several_places = [deactivate("p", &["a"]), deactivate("q", &["a"])];
        assert_eq!(consent(&organization(), &several_places), typed("Root a"));
        let several = [deactivate("p", &["a", "b"])];
        assert_eq!(consent(&organization(), &several), typed("2"));
        let deleted = [vec![Change::Delete { certificate: id("c") }]];
        assert_eq!(consent(&organization(), &deleted), typed("Root c"));
        let whole = inventory(&["a", "b"], &["a", "b"], &[]);
        assert_eq!(consent(&whole, &[deactivate("organization", &["a"])]), typed("Root a"));
    }

    #[test]
    fn what_starts_enforcement_is_confirmed_by_what_is_activated() {
        assert_eq!(consent(&organization(), &[activate("r", &["c"])]), typed("Root c"));
        assert_eq!(consent(&organization(), &[activate("r", &["b", "c"])]), typed("2"));
        let both = [activate("r", &["c"]), deactivate("p", &["a"])];
        assert_eq!(consent(&organization(), &both), typed("Root a"));
    }

    #[test]
    fn a_certificate_without_a_name_is_confirmed_by_its_id() {
        let mut organization = organization();
        for blank in [None, Some(" ")] {
            let mut nameless = listed("a", true);
            nameless.name = blank.map(str::to_owned);
            organization
                .observe(&Scope::Organization, [nameless, listed("b", true)], now())
                .unwrap();
            assert_eq!(consent(&organization, &[deactivate("organization", &["a"])]), typed("a"));
        }
    }
}
