use super::*;
use crate::goal::{Replacement, Retire, begin_rotation};
use crate::testing::{DAY, NOW, at, id, inventory, listed, now, scope};
use crate::validity::Validity;

fn retire(inventory: &Inventory, name: &str) -> Plan {
    let identity = CallerIdentity::none();
    let input = PlanInput::new(inventory, &identity, now());
    Retire::new([id(name)]).with_delete().plan(input).unwrap()
}

fn lines(changes: Result<Vec<Change>, Refusal>) -> Vec<String> {
    changes.unwrap().iter().map(ToString::to_string).collect()
}

/// A project in which these are active now.
fn change(inventory: &mut Inventory, in_scope: &str, active: &[&str]) {
    let list = active.iter().map(|name| listed(name, true));
    inventory.observe(&scope(in_scope), list, now()).unwrap();
}

#[test]
fn survives_json_and_is_described_with_names() {
    let inventory = inventory(&["a"], &["a"], &[("p", &["a"])]);
    let plan = retire(&inventory, "a");
    let json = serde_json::to_string(&plan).unwrap();
    let again: Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(again, plan);
    assert_eq!(
        again.to_string(),
        "deactivate a \"Root a\" in project p\n\
         deactivate a \"Root a\" in the organization\n\
         delete a \"Root a\"\n"
    );
    assert!(json.contains(r#""hazards":[{"kind":"unenforced""#), "{json}");
    let other = json.replace("\"version\":1", "\"version\":2");
    assert!(serde_json::from_str::<Plan>(&other).is_err());
}

#[test]
fn a_plan_may_be_empty_or_without_removals() {
    let inventory = inventory(&["a", "b"], &[], &[("p", &["a"])]);
    let removal = retire(&inventory, "a");
    assert!(!removal.is_empty() && removal.has_removals());
    let identity = CallerIdentity::none();
    let input = PlanInput::new(&inventory, &identity, now());
    let addition = begin_rotation(input, &id("a"), &Replacement::Known(id("b"))).unwrap();
    assert!(!addition.is_empty() && !addition.has_removals());
    let input = PlanInput::new(&inventory, &identity, now());
    let nothing = Retire::new([id("b")]).plan(input).unwrap();
    assert!(nothing.is_empty() && !nothing.has_removals());
}

#[test]
fn a_plan_continues_after_any_of_its_changes() {
    let mut inventory = inventory(&["a", "b"], &["a", "b"], &[("p", &["a"]), ("q", &["a", "b"])]);
    let plan = retire(&inventory, "a");
    let remaining = |inventory: &Inventory| lines(plan.remaining(inventory, &BTreeMap::new()));
    assert_eq!(remaining(&inventory).len(), 4);
    change(&mut inventory, "q", &["b"]);
    assert_eq!(
        remaining(&inventory),
        ["deactivate a in project p", "deactivate a in the organization", "delete a"]
    );
    change(&mut inventory, "p", &[]);
    let list = [listed("a", false), listed("b", true)];
    inventory.observe(&Scope::Organization, list, now()).unwrap();
    assert_eq!(remaining(&inventory), ["delete a"]);
    inventory.observe(&Scope::Organization, [listed("b", true)], now()).unwrap();
    assert_eq!(remaining(&inventory), [""; 0]);
}

#[test]
fn a_plan_is_refused_where_another_change_was_made() {
    let mut inventory = inventory(&["a", "b"], &["a", "b"], &[("p", &["a"]), ("q", &["b"])]);
    let plan = retire(&inventory, "a");
    change(&mut inventory, "q", &[]);
    let refused = plan.remaining(&inventory, &BTreeMap::new());
    assert_eq!(refused, Err(Refusal::StateMoved { scopes: vec![scope("q")] }));
}

#[test]
fn a_project_that_is_gone_is_a_moved_state_and_one_that_was_not_read_is_unknown() {
    let mut inventory = inventory(&["a"], &["a"], &[("p", &["a"])]);
    let plan = retire(&inventory, "a");
    let remaining = |inventory: &Inventory| plan.remaining(inventory, &BTreeMap::new());
    inventory.forget_outside(at(NOW + 1), at(NOW + 1));
    assert_eq!(remaining(&inventory), Err(Refusal::Incomplete));
    let without = crate::testing::inventory(&["a"], &["a"], &[]);
    assert_eq!(remaining(&without), Err(Refusal::StateMoved { scopes: vec![scope("p")] }));
}

#[test]
fn a_project_is_gone_only_by_the_list_of_projects_read_to_its_end() {
    let plan = retire(&inventory(&["a"], &["a"], &[("p", &["a"])]), "a");
    let remaining = |inventory: &Inventory| plan.remaining(inventory, &BTreeMap::new());
    let mut listed_and_unread = inventory(&["a"], &["a"], &[]);
    listed_and_unread.observe_projects([crate::testing::project("p")]);
    assert!(listed_and_unread.lists_all_projects());
    assert_eq!(remaining(&listed_and_unread), Err(Refusal::Incomplete));
    let mut list_unread = inventory(&["a"], &["a"], &[]);
    list_unread.listing = crate::inventory::Listing::Unread;
    assert_eq!(remaining(&list_unread), Err(Refusal::Incomplete));
}

#[test]
fn a_plan_for_a_project_rests_on_the_organization_as_well() {
    let mut inventory = inventory(&["a", "b"], &["b"], &[("p", &["a"])]);
    let plan = retire(&inventory, "a");
    inventory.observe(&Scope::Organization, [listed("b", false)], now()).unwrap();
    let refused = plan.remaining(&inventory, &BTreeMap::new());
    assert_eq!(refused, Err(Refusal::StateMoved { scopes: vec![Scope::Organization] }));
}

#[test]
fn scopes_that_do_not_matter_may_change() {
    let mut inventory = inventory(&["a", "b"], &["b"], &[("p", &["a"]), ("q", &["b"])]);
    let plan = retire(&inventory, "a");
    change(&mut inventory, "q", &[]);
    assert_eq!(lines(plan.remaining(&inventory, &BTreeMap::new())).len(), 2);
}

#[test]
fn an_upload_that_was_made_is_recognized() {
    let mut inventory = inventory(&["a"], &[], &[("p", &["a"]), ("q", &["a"])]);
    let fingerprint = Fingerprint::new([1; 32]);
    let validity = Validity::new(at(NOW - DAY), at(NOW + DAY));
    let new = Replacement::New(crate::testing::new_certificate(1, validity));
    let identity = CallerIdentity::none();
    let plan =
        begin_rotation(PlanInput::new(&inventory, &identity, now()), &id("a"), &new).unwrap();
    assert_eq!(lines(plan.remaining(&inventory, &BTreeMap::new())).len(), 3);

    let list = [listed("a", false), listed("b", false)];
    inventory.observe(&Scope::Organization, list, now()).unwrap();
    change(&mut inventory, "p", &["a", "b"]);
    let uploaded = [(fingerprint, id("b"))].into();
    let reference = CertificateRef::New(fingerprint);
    let expected = [format!("activate {reference} in project q")];
    assert_eq!(lines(plan.remaining(&inventory, &uploaded)), expected);
    let unrecognized = plan.remaining(&inventory, &BTreeMap::new());
    assert_eq!(unrecognized, Err(Refusal::StateMoved { scopes: vec![scope("p")] }));
}

#[test]
fn a_certificate_to_activate_that_is_gone_is_a_moved_state() {
    let mut inventory = inventory(&["a", "b"], &[], &[("p", &["a"])]);
    let identity = CallerIdentity::none();
    let input = PlanInput::new(&inventory, &identity, now());
    let plan = begin_rotation(input, &id("a"), &Replacement::Known(id("b"))).unwrap();
    inventory.observe(&Scope::Organization, [listed("a", false)], now()).unwrap();
    let refused = plan.remaining(&inventory, &BTreeMap::new());
    assert_eq!(refused, Err(Refusal::StateMoved { scopes: vec![scope("p")] }));
}

#[test]
fn each_new_certificate_has_its_own_name() {
    let inventory = inventory(&["a"], &[], &[("q", &[])]);
    let validity = Validity::new(at(NOW - DAY), at(NOW + DAY));
    let file = |byte, name| crate::testing::new_certificate(byte, validity).with_name(name);
    let [one, two] = [file(1, "One"), file(2, "Two")];
    let reference = CertificateRef::New(two.fingerprint);
    let mut changes = vec![Change::Upload(one), Change::Upload(two)];
    changes.extend(Change::activate(&scope("q"), [reference.clone()]));
    let plan = Plan::new(changes, PlanInput::new(&inventory, &CallerIdentity::none(), now()));
    assert_eq!(plan.name_of(&reference), Some("Two"));
    let last = plan.lines().last().unwrap();
    assert!(last.starts_with("activate \"Two\""), "{last}");
}
