use super::*;
use crate::hazard::CallerIdentity;
use crate::testing::{DAY, NOW, at, id, inventory, now, scope};
use crate::validity::Validity;

fn with<T>(inventory: &Inventory, act: impl FnOnce(PlanInput<'_>) -> T) -> T {
    act(PlanInput::new(inventory, &CallerIdentity::none(), now()))
}

fn lines(plan: Result<Plan, Refusal>) -> Vec<String> {
    plan.unwrap().changes.iter().map(ToString::to_string).collect()
}

fn rotation() -> Rotation {
    Rotation::new(id("a"), id("b")).unwrap()
}

fn new_certificate() -> NewCertificate {
    let validity = Validity::new(at(NOW - DAY), at(NOW + 365 * DAY));
    crate::testing::new_certificate(0xab, validity).with_name("Root 2027")
}

#[test]
fn beginning_adds_the_new_one_wherever_the_old_one_is_and_removes_nothing() {
    let projects: [(&str, &[&str]); 4] =
        [("arch", &["a"]), ("p", &["a"]), ("q", &["a", "b"]), ("r", &["b"])];
    let inventory = inventory(&["a", "b"], &["a"], &projects);
    let known = Replacement::Known(id("b"));
    let plan = with(&inventory, |input| begin_rotation(input, &id("a"), &known));
    assert_eq!(
        lines(plan),
        ["activate b in the organization", "activate b in project p", "activate b in project arch"]
    );
}

#[test]
fn a_certificate_that_is_not_there_is_uploaded_first() {
    let inventory = inventory(&["a"], &[], &[("p", &["a"])]);
    let new = Replacement::New(new_certificate());
    let plan = with(&inventory, |input| begin_rotation(input, &id("a"), &new));
    let reference = format!("sha256:{}", "ab".repeat(32));
    assert_eq!(
        plan.as_ref().unwrap().lines().collect::<Vec<_>>(),
        [
            format!("upload \"Root 2027\" ({reference})"),
            "activate \"Root 2027\" in project p".to_owned()
        ]
    );
    assert!(plan.unwrap().preflight.hazards.is_empty());
}

#[test]
fn a_certificate_does_not_replace_itself() {
    let inventory = inventory(&["a"], &[], &[]);
    let same = Refusal::SameCertificate { certificate: id("a") };
    let itself = Replacement::Known(id("a"));
    let plan = with(&inventory, |input| begin_rotation(input, &id("a"), &itself));
    assert_eq!(plan.unwrap_err(), same);
    assert_eq!(Rotation::new(id("a"), id("a")), Err(same));
}

#[test]
fn the_refusal_of_a_fifty_first_certificate_lists_the_unused_ones() {
    let names: Vec<String> = (0..48).map(|n| format!("c{n}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    let new = Replacement::New(new_certificate());
    let plan = |names: &[&str]| {
        let inventory = inventory(names, &[], &[("p", &["old_active"])]);
        with(&inventory, |input| begin_rotation(input, &id("c0"), &new)).map(|_| ())
    };
    names.push("old_active");
    assert_eq!(plan(&names), Ok(()));
    names.push("old");
    let unused = vec![id("old")];
    assert_eq!(plan(&names), Err(Refusal::Full { count: 50, max: 50, unused }));
}

#[test]
fn the_status_names_what_is_behind_and_leaves_archived_projects_aside() {
    let projects: [(&str, &[&str]); 5] =
        [("arch", &["a"]), ("arch_refused", &["!"]), ("p", &["a"]), ("q", &["a", "b"]), ("r", &[])];
    let mut inventory = inventory(&["a", "b"], &["b"], &projects);
    let status = rotation().status(&inventory);
    assert_eq!(status.behind(), [scope("p")]);
    assert!(!status.is_caught_up());
    let refused = status.scopes.iter().find(|row| row.scope == scope("arch_refused")).unwrap();
    assert_eq!((refused.old, refused.new, refused.is_archived), (None, None, true));

    let list = ["a", "b"].map(|name| crate::testing::listed(name, true));
    inventory.observe(&scope("p"), list, now()).unwrap();
    assert!(rotation().status(&inventory).is_caught_up());
    inventory.observe_projects([crate::testing::project("s")]);
    assert!(!rotation().status(&inventory).is_caught_up(), "s is not read");
}

#[test]
fn finishing_waits_until_the_new_one_is_everywhere() {
    let behind = inventory(&["a", "b"], &["a", "b"], &[("p", &["a"]), ("q", &["a", "b"])]);
    let refused = with(&behind, |input| rotation().finish(input, false)).unwrap_err();
    let scopes = vec![scope("p")];
    assert_eq!(refused, Refusal::NotEverywhere { old: id("a"), new: id("b"), scopes });

    let ready = inventory(&["a", "b"], &["a", "b"], &[("arch", &["a"]), ("q", &["a", "b"])]);
    let plan = with(&ready, |input| rotation().finish(input, true));
    assert_eq!(
        lines(plan),
        [
            "deactivate a in project arch",
            "deactivate a in project q",
            "deactivate a in the organization",
            "delete a"
        ]
    );
}

#[test]
fn finishing_needs_a_new_certificate_that_is_valid_now() {
    for (name, reason) in [
        ("old", NotValidReason::Expired),
        ("later", NotValidReason::NotYet),
        ("unknown", NotValidReason::UnknownDates),
    ] {
        let inventory = inventory(&["a", name], &["a", name], &[]);
        let rotation = Rotation::new(id("a"), id(name)).unwrap();
        let refused = with(&inventory, |input| rotation.finish(input, false)).unwrap_err();
        assert_eq!(refused, Refusal::NotValid { certificate: id(name), reason });
    }
}

#[test]
fn aborting_removes_the_new_one_only_beside_the_old_one() {
    let projects: [(&str, &[&str]); 3] = [("p", &["a", "b"]), ("q", &["b"]), ("r", &["a"])];
    let inventory = inventory(&["a", "b"], &["b"], &projects);
    let plan = with(&inventory, |input| rotation().abort(input));
    assert_eq!(lines(plan), ["deactivate b in project p"]);
}

#[test]
fn names_a_certificate_that_does_not_exist() {
    let inventory = inventory(&["b"], &[], &[]);
    let missing = Refusal::NotFound { what: "a".into() };
    with(&inventory, |input| {
        let known = Replacement::Known(id("b"));
        assert_eq!(begin_rotation(input, &id("a"), &known).unwrap_err(), missing);
        assert_eq!(rotation().finish(input, false).unwrap_err(), missing);
        assert_eq!(rotation().abort(input).unwrap_err(), missing);
    });
}

#[test]
fn a_copy_makes_an_upload_unnecessary() {
    let inventory = inventory(&["a", "b", "c"], &[], &[("p", &["a", "c"]), ("q", &["b"])]);
    let replacement = |copies: &[&str]| {
        let copies: Vec<_> = copies.iter().map(|name| id(name)).collect();
        Replacement::new(new_certificate(), &copies, &id("a"), &inventory)
    };
    assert_eq!(replacement(&["b", "c"]), Replacement::Known(id("c")), "active where a is");
    assert_eq!(replacement(&[]), Replacement::New(new_certificate()));
    assert_eq!(replacement(&["c", "a"]), Replacement::Known(id("a")), "it is the old one");
}
