use super::*;
use crate::fingerprint::Fingerprint;
use crate::testing::{DAY, NOW, at, id, inventory, now, scope};
use crate::validity::Validity;

fn activate(in_scope: &str, name: &str) -> Change {
    Change::activate(&scope(in_scope), [id(name).into()]).remove(0)
}

fn deactivate(in_scope: &str, name: &str) -> Change {
    Change::deactivate(&scope(in_scope), [id(name)]).remove(0)
}

fn hazards(changes: &[Change], inventory: &Inventory) -> Vec<Hazard> {
    preflight(changes, inventory, &CallerIdentity::none(), now()).hazards
}

fn unenforced(scopes: &[&str]) -> Hazard {
    Hazard::Unenforced { scopes: scopes.iter().map(|text| scope(text)).collect() }
}

#[test]
fn the_last_certificate_of_a_project_ends_enforcement_there() {
    let inventory = inventory(&["a", "b"], &[], &[("p", &["a"]), ("q", &["a", "b"])]);
    assert_eq!(hazards(&[deactivate("p", "a")], &inventory), [unenforced(&["p"])]);
    assert_eq!(hazards(&[deactivate("q", "a")], &inventory), []);
    let both = [deactivate("q", "a"), deactivate("q", "b")];
    assert_eq!(hazards(&both, &inventory), [unenforced(&["q"])]);
}

#[test]
fn the_last_one_of_the_organization_ends_enforcement_in_projects_without_their_own() {
    let projects: [(&str, &[&str]); 3] = [("arch", &[]), ("p", &[]), ("q", &["b"])];
    let inventory = inventory(&["a", "b"], &["a"], &projects);
    let changes = [deactivate("organization", "a")];
    assert_eq!(hazards(&changes, &inventory), [unenforced(&["organization", "p"])]);
    assert_eq!(hazards(&[deactivate("q", "b")], &inventory), [], "q still inherits");
}

#[test]
fn finds_a_hazard_between_changes_of_a_safe_final_state() {
    let inventory = inventory(&["a", "b"], &[], &[("p", &["a"])]);
    let add_first = [activate("p", "b"), deactivate("p", "a")];
    let remove_first = [deactivate("p", "a"), activate("p", "b")];
    assert_eq!(hazards(&add_first, &inventory), []);
    assert_eq!(hazards(&remove_first, &inventory), [unenforced(&["p"])]);
}

#[test]
fn only_invalid_certificates_are_as_bad_as_none() {
    for name in ["old", "later", "unknown"] {
        let inventory = inventory(&["a", name], &[], &[("p", &["a", name]), ("q", &[])]);
        assert_eq!(hazards(&[deactivate("p", "a")], &inventory), [unenforced(&["p"])], "{name}");
        assert_eq!(hazards(&[activate("q", name)], &inventory), [unenforced(&["q"])], "{name}");
    }
    let expired = inventory(&["a", "old"], &[], &[("p", &["a", "old"])]);
    assert_eq!(hazards(&[deactivate("p", "old")], &expired), []);
}

#[test]
fn a_scope_that_accepted_nothing_before_is_no_hazard() {
    let inventory = inventory(&["old", "older"], &[], &[("p", &["old", "older"])]);
    assert_eq!(hazards(&[deactivate("p", "older")], &inventory), []);
    assert_eq!(hazards(&[deactivate("p", "older"), deactivate("p", "old")], &inventory).len(), 1);
}

#[test]
fn archived_projects_are_not_considered() {
    let inventory = inventory(&["a"], &[], &[("arch", &["a"])]);
    let preflight =
        preflight(&[deactivate("arch", "a")], &inventory, &CallerIdentity::none(), now());
    assert_eq!(preflight, Preflight::default());
}

#[test]
fn this_program_is_locked_out_unless_an_active_certificate_vouches_for_it() {
    let inventory = inventory(&["a", "b", "old"], &[], &[]);
    let activate_a = [activate("organization", "a")];
    let is_locked_out = |identity: &CallerIdentity, changes: &[Change]| {
        preflight(changes, &inventory, identity, now()).hazards.contains(&Hazard::LockOut)
    };
    let by = |names: &[&str], presentation| {
        CallerIdentity::new(names.iter().map(|name| id(name).into()), presentation)
    };
    assert!(is_locked_out(&CallerIdentity::none(), &activate_a));
    assert!(is_locked_out(&by(&["b"], Presentation::Presented), &activate_a));
    assert!(is_locked_out(&by(&["a"], Presentation::NotPresented), &activate_a));
    assert!(!is_locked_out(&by(&["a", "b"], Presentation::Presented), &activate_a));
    let expired = [activate("organization", "old")];
    assert!(is_locked_out(&by(&["old"], Presentation::Presented), &expired));
    let both = [activate("organization", "b"), activate("organization", "a")];
    assert!(is_locked_out(&by(&["a"], Presentation::Presented), &both), "between the two");
}

#[test]
fn candidates_are_valid_and_those_that_remain_active_come_first() {
    let inventory = inventory(&["a", "b", "c", "d", "old"], &["a", "b", "old"], &[("p", &[])]);
    let changes =
        [activate("organization", "c"), deactivate("organization", "a"), activate("p", "d")];
    let candidates = CallerIdentity::candidates(&inventory, &changes, now());
    assert_eq!(candidates, ["b", "c", "a"].map(|name| id(name).into()));
}

#[test]
fn a_program_that_was_locked_out_before_is_no_hazard() {
    let inventory = inventory(&["a", "b"], &["a"], &[("p", &[])]);
    assert_eq!(hazards(&[activate("organization", "b")], &inventory), []);
    assert_eq!(hazards(&[activate("p", "b")], &inventory), [], "a project causes no lock-out");
}

#[test]
fn the_dates_of_a_new_certificate_count() {
    let inventory = inventory(&["a"], &[], &[("p", &["a"])]);
    let new = |expires_at| {
        let fingerprint = Fingerprint::new([1; 32]);
        let validity = Validity::new(at(NOW - DAY), at(expires_at));
        let new = crate::testing::new_certificate(1, validity);
        let activate = Change::activate(&scope("p"), [fingerprint.into()]).remove(0);
        [Change::Upload(new), activate, deactivate("p", "a")]
    };
    assert_eq!(hazards(&new(NOW + DAY), &inventory), []);
    assert_eq!(hazards(&new(NOW - 1), &inventory), [unenforced(&["p"])]);
}

#[test]
fn the_first_certificate_starts_enforcement() {
    let inventory = inventory(&["a", "b"], &["b"], &[("p", &[]), ("q", &["a"])]);
    let notices = |change| preflight(&[change], &inventory, &CallerIdentity::none(), now()).notices;
    assert_eq!(notices(activate("p", "a")), [], "it inherits already");
    let mut inventory = inventory.clone();
    inventory.observe(&Scope::Organization, [], now()).unwrap();
    let notices = |change| preflight(&[change], &inventory, &CallerIdentity::none(), now()).notices;
    let starts = |scopes: &[&str]| Notice::StartsEnforcement {
        scopes: scopes.iter().map(|text| scope(text)).collect(),
    };
    assert_eq!(notices(activate("p", "a")), [starts(&["p"])]);
    assert_eq!(notices(activate("q", "b")), []);
    assert_eq!(notices(activate("organization", "b")), [starts(&["organization", "p"])]);
}

#[test]
fn enforcement_may_start_where_the_organization_was_not_read() {
    let mut inventory = Inventory::new();
    inventory.observe(&scope("p"), [], now()).unwrap();
    let preflight = preflight(&[activate("p", "a")], &inventory, &CallerIdentity::none(), now());
    assert_eq!(preflight.notices, [Notice::StartsEnforcement { scopes: vec![scope("p")] }]);
}

#[test]
fn trust_ends_where_the_certificate_is_neither_active_nor_inherited_any_more() {
    let projects: [(&str, &[&str]); 3] = [("p", &["a"]), ("q", &["b"]), ("r", &["a", "soon"])];
    let inventory = inventory(&["a", "b", "soon"], &["a"], &projects);
    let notices =
        |changes: &[Change]| preflight(changes, &inventory, &CallerIdentity::none(), now()).notices;
    assert_eq!(notices(&[deactivate("p", "a")]), [], "it is still inherited");
    let ends = |scopes: &[&str], remaining: &[&str]| Notice::EndsTrust {
        certificate: id("a").into(),
        scopes: scopes.iter().map(|text| scope(text)).collect(),
        remaining: remaining.iter().map(|name| id(name).into()).collect(),
    };
    let soon = Notice::RemainingExpiresSoon {
        scopes: vec![scope("r")],
        certificate: id("soon").into(),
        expires_at: at(NOW + 10 * DAY),
    };
    let everywhere = [deactivate("p", "a"), deactivate("r", "a"), deactivate("organization", "a")];
    assert_eq!(
        notices(&everywhere),
        [ends(&["organization", "p"], &[]), ends(&["q"], &["b"]), ends(&["r"], &["soon"]), soon]
    );
}

#[test]
fn removing_an_expired_certificate_ends_no_trust() {
    let inventory = inventory(&["a", "old", "unknown"], &[], &[("p", &["a", "old", "unknown"])]);
    let notices = |name| {
        preflight(&[deactivate("p", name)], &inventory, &CallerIdentity::none(), now())
            .notices
            .len()
    };
    assert_eq!(notices("old"), 0);
    assert_eq!(notices("unknown"), 1, "it may be valid");
}

#[test]
fn scopes_that_were_not_read_are_not_considered() {
    let mut inventory = Inventory::new();
    inventory.observe_projects([crate::testing::project("p")]);
    let list = [crate::testing::listed("a", true)];
    inventory.observe(&Scope::Organization, list, now()).unwrap();
    let changes = [deactivate("organization", "a")];
    assert_eq!(hazards(&changes, &inventory), [unenforced(&["organization"])]);
    assert_eq!(hazards(&[deactivate("p", "a"), activate("q", "a")], &inventory), []);
}

#[test]
fn the_json_has_a_kind_for_each_hazard_and_notice() {
    let inventory = inventory(&["a"], &["a"], &[]);
    let identity = CallerIdentity::none();
    let preflight = preflight(&[deactivate("organization", "a")], &inventory, &identity, now());
    assert_eq!(
        serde_json::to_string(&preflight).unwrap(),
        r#"{"hazards":[{"kind":"unenforced","scopes":["organization"]}],"notices":[{"kind":"ends_trust","certificate":"a","scopes":["organization"],"remaining":[]}]}"#
    );
    assert_eq!(serde_json::to_string(&Hazard::LockOut).unwrap(), r#"{"kind":"lock_out"}"#);
}

#[test]
fn each_hazard_is_allowed_by_its_own_flag() {
    let hazards = vec![unenforced(&["p"]), Hazard::LockOut];
    let preflight = Preflight { hazards, notices: Vec::new() };
    let refusal = |unenforced, lock_out| {
        preflight.refusal(Allowed { unenforced, lock_out }).map(|refusal| refusal.code())
    };
    use crate::refusal::RefusalCode::{WouldLockOut, WouldUnenforce};
    assert_eq!(refusal(false, false), Some(WouldUnenforce));
    assert_eq!(refusal(true, false), Some(WouldLockOut));
    assert_eq!(refusal(false, true), Some(WouldUnenforce));
    assert_eq!(refusal(true, true), None);
}

#[test]
fn a_new_certificate_vouches_under_its_id_once_it_has_one() {
    let [vouching, other] = [1, 2].map(|byte| Fingerprint::new([byte; 32]));
    let mut identity = CallerIdentity::new([vouching.into()], Presentation::Presented);
    assert!(!identity.is_vouched_for_by(&id("a").into()));
    identity.resolve(vouching, &id("a"));
    identity.resolve(other, &id("b"));
    assert!(identity.is_vouched_for_by(&id("a").into()));
    assert!(!identity.is_vouched_for_by(&id("b").into()));
}
