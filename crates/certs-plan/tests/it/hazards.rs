//! Compares hazards and notices with brute force: every request that a workload can make, before and after
//! each change.

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_plan::{CallerIdentity, CertificateRef, Change, Hazard, Notice, Presentation, preflight};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::model::{Model, certificate, fingerprint, model, new_certificate, now, validity};

/// What a workload or this program could no longer do, found by trying.
#[derive(Debug, Default, PartialEq)]
struct Found {
    unenforced: BTreeSet<Scope>,
    locks_out: bool,
    starts: BTreeSet<Scope>,
    /// A certificate and a scope in which its client certificates are no longer accepted.
    ended: BTreeSet<(CertificateRef, Scope)>,
}

fn try_every_request(model: &Model, changes: &[Change], own: &[CertificateRef]) -> Found {
    let mut found = Found::default();
    let mut before = model.clone();
    for change in changes {
        let mut after = before.clone();
        after.apply(change);
        let issuers: Vec<_> = after.certificates.keys().cloned().collect();
        for scope in before.scopes_with_workloads() {
            let passes = |model: &Model| {
                let with = |issuer| model.passes(&scope, Some(issuer));
                (model.passes(&scope, None), issuers.iter().filter(|issuer| with(issuer)).count())
            };
            let (free_before, some_before) = passes(&before);
            let (free_after, some_after) = passes(&after);
            let none_after = !free_after && some_after == 0;
            let some_before = free_before || some_before > 0;
            if (!free_before && free_after) || (some_before && none_after) {
                found.unenforced.insert(scope.clone());
            }
            if free_before && !free_after {
                found.starts.insert(scope.clone());
            }
            for issuer in &issuers {
                let lets_pass = |model: &Model| {
                    model.trusted(&scope).contains(issuer)
                        && model.certificates[issuer].may_be_valid(now())
                };
                if before.certificates.contains_key(issuer)
                    && lets_pass(&before)
                    && !lets_pass(&after)
                {
                    found.ended.insert((issuer.clone(), scope.clone()));
                }
            }
        }
        let own_passes = |model: &Model| {
            model.passes(&Scope::Organization, None)
                || own.iter().any(|issuer| model.passes(&Scope::Organization, Some(issuer)))
        };
        found.locks_out |= own_passes(&before) && !own_passes(&after);
        before = after;
    }
    found
}

fn found(model: &Model, changes: &[Change], identity: &CallerIdentity) -> Found {
    let preflight = preflight(changes, &model.inventory(), identity, now());
    let mut found = Found::default();
    for hazard in preflight.hazards {
        match hazard {
            Hazard::Unenforced { scopes } => found.unenforced.extend(scopes),
            Hazard::LockOut => found.locks_out = true,
        }
    }
    let mut last = model.clone();
    changes.iter().for_each(|change| last.apply(change));
    for notice in preflight.notices {
        match notice {
            Notice::StartsEnforcement { scopes } => found.starts.extend(scopes),
            Notice::EndsTrust { certificate, scopes, remaining } => {
                for scope in scopes {
                    let valid = last.trusted(&scope).into_iter().filter(|one| last.is_valid(one));
                    assert_eq!(valid.collect::<BTreeSet<_>>(), remaining.iter().cloned().collect());
                    found.ended.insert((certificate.clone(), scope));
                }
            }
            Notice::RemainingExpiresSoon { scopes, expires_at, .. } => {
                assert!(expires_at.as_secs() - now().as_secs() <= 30 * 86_400);
                for scope in scopes {
                    let valid = last.trusted(&scope).into_iter().filter(|one| last.is_valid(one));
                    let ends = valid.filter_map(|one| last.certificates[&one].expires_at);
                    assert_eq!(ends.max(), Some(expires_at));
                }
            }
            other => unreachable!("{other:?}"),
        }
    }
    found
}

/// Changes of any kind, in any order, to certificates that exist.
fn changes(model: &Model) -> impl Strategy<Value = Vec<Change>> + use<> {
    let scopes = model.scopes();
    let count = model.certificates.len();
    let change = (0..scopes.len(), btree_set(0..=count, 1..=2), any::<bool>());
    (validity(), vec(change, 0..=5)).prop_map(move |(new, changes)| {
        let upload = Change::Upload(new_certificate(9, new));
        let toggles = changes.into_iter().flat_map(|(scope, numbers, activates)| {
            let scope = &scopes[scope];
            let known = |number: usize| match number {
                number if number < count => certificate(number),
                _ => fingerprint(9).into(),
            };
            let certificates = numbers.into_iter().map(known);
            if activates {
                Change::activate(scope, certificates)
            } else {
                let ids = certificates.filter_map(|one| one.id().cloned());
                Change::deactivate(scope, ids)
            }
        });
        std::iter::once(upload).chain(toggles).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn agrees_with_every_request_that_can_be_made(
        (model, changes) in model().prop_flat_map(|model| (Just(model.clone()), changes(&model))),
        own in btree_set(0..7_usize, 0..3),
        is_presented in any::<bool>(),
    ) {
        let known = |number| if number == 6 { fingerprint(9).into() } else { certificate(number) };
        let own: Vec<CertificateRef> = own.into_iter().map(known).collect();
        let presentation =
            if is_presented { Presentation::Presented } else { Presentation::NotPresented };
        let identity = CallerIdentity::new(own.clone(), presentation);
        let presented = if is_presented { own.as_slice() } else { &[] };
        let tried = try_every_request(&model, &changes, presented);
        prop_assert_eq!(found(&model, &changes, &identity), tried);
    }
}
