use super::*;
use crate::testing::{DAY, NOW, at, id, inventory, listed, now, project, scope};

fn names(ids: Option<Vec<&CertificateId>>) -> Vec<&str> {
    ids.unwrap().into_iter().map(CertificateId::as_str).collect()
}

#[test]
fn own_and_inherited_activations_are_distinguished() {
    let inventory = inventory(&["a", "b"], &["a"], &[("p", &["b"]), ("q", &[])]);
    assert_eq!(names(inventory.active_in(&scope("p"))), ["b"]);
    assert_eq!(names(inventory.inherited_in(&scope("p"))), ["a"]);
    assert_eq!(names(inventory.active_in(&Scope::Organization)), ["a"]);
    assert!(names(inventory.inherited_in(&Scope::Organization)).is_empty());
    let by = |project: &str| inventory.enforced_by(&project.parse().unwrap());
    assert_eq!(by("p"), Some(Enforcement::Project));
    assert_eq!(by("q"), Some(Enforcement::Organization));
    assert_eq!(by("unheard"), None);
    let unenforced = crate::testing::inventory(&["a"], &[], &[("q", &[])]);
    assert_eq!(unenforced.enforced_by(&"q".parse().unwrap()), Some(Enforcement::Nothing));
}

#[test]
fn a_project_has_what_is_known_about_it() {
    let mut inventory = inventory(&["a"], &[], &[("p", &["a"])]);
    let mut named = project("p");
    named.name = Some("Payments".into());
    inventory.observe_projects([named]);
    let known = inventory.project(&"p".parse().unwrap()).unwrap();
    assert_eq!(known.name(), Some("Payments"));
    assert_eq!(names(known.active()), ["a"]);
    assert_eq!(known.enforced_by(), Some(Enforcement::Project));
    inventory.remove_project(&"p".parse().unwrap());
    assert_eq!(inventory.projects().count(), 0);
}

#[test]
fn expired_and_unknown_certificates_enforce_but_are_not_valid() {
    for name in ["old", "later", "unknown"] {
        let inventory = inventory(&[name], &[], &[("p", &[name])]);
        assert_eq!(inventory.is_enforced(&scope("p")), Some(true));
        assert_eq!(inventory.has_valid_certificate(&scope("p"), now()), Some(false), "{name}");
        assert_eq!(inventory.has_valid_certificate(&Scope::Organization, now()), Some(false));
        assert_eq!(inventory.is_enforced(&Scope::Organization), Some(false));
    }
}

#[test]
fn supplied_dates_fill_in_and_stay_when_the_list_is_read_again() {
    let mut inventory = inventory(&["unknown"], &["unknown"], &[]);
    inventory.supply_validity(&id("unknown"), Validity::new(at(NOW - DAY), at(NOW + DAY)));
    assert_eq!(inventory.has_valid_certificate(&Scope::Organization, now()), Some(true));
    inventory.observe(&Scope::Organization, [listed("unknown", true)], now()).unwrap();
    assert_eq!(inventory.has_valid_certificate(&Scope::Organization, now()), Some(true));
}

#[test]
fn a_certificate_is_active_nowhere_only_if_everything_was_read() {
    let whole = inventory(&["a", "b"], &[], &[("arch", &["!"]), ("p", &["b"])]);
    assert!(whole.is_complete());
    assert_eq!(whole.active_scopes(&id("a")).is_nowhere(), Some(true));
    assert_eq!(whole.active_scopes(&id("a")).refused.len(), 1);
    assert_eq!(whole.active_scopes(&id("b")).is_nowhere(), Some(false));
    assert_eq!(whole.active_scopes(&id("unheard")).is_nowhere(), Some(true));

    let mut partial = whole.clone();
    partial.observe_projects([project("q")]);
    assert!(!partial.is_complete());
    assert_eq!(partial.active_scopes(&id("a")).is_nowhere(), None);
    assert_eq!(partial.active_scopes(&id("a")).unread.len(), 1);
    assert_eq!(partial.active_scopes(&id("b")).is_nowhere(), Some(false), "it was seen in p");

    let mut unlisted = whole.clone();
    unlisted.listing = Listing::Partial { after: "p".into(), at: now() };
    assert_eq!(unlisted.active_scopes(&id("a")).is_nowhere(), None);
    assert!(!unlisted.is_complete());

    let mut without_organization = whole;
    without_organization.organization = None;
    assert_eq!(without_organization.active_scopes(&id("a")).is_nowhere(), None);
}

#[test]
fn a_certificate_that_only_a_project_knows_is_shown_while_it_is_active() {
    let mut inventory = inventory(&["a"], &[], &[("p", &["hidden"])]);
    let shown = |inventory: &Inventory| {
        inventory.certificates().map(|known| known.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&inventory), ["a", "hidden"]);
    assert!(!inventory.certificate(&id("hidden")).unwrap().is_listed);
    inventory.observe(&scope("p"), [listed("hidden", false)], now()).unwrap();
    assert_eq!(shown(&inventory), ["a"]);
}

#[test]
fn a_certificate_that_is_not_listed_any_more_is_gone() {
    let mut inventory = inventory(&["a", "b"], &["b"], &[]);
    inventory.observe(&Scope::Organization, [listed("a", false)], now()).unwrap();
    assert_eq!(inventory.certificates().count(), 1);
    assert_eq!(inventory.is_active(&Scope::Organization, &id("b")), Some(false));
}

#[test]
fn a_list_without_states_is_an_error() {
    let mut inventory = Inventory::new();
    let mut silent = listed("a", true);
    silent.active = None;
    let error = inventory.observe(&scope("p"), [listed("b", true), silent], now()).unwrap_err();
    assert_eq!(error.to_string(), "the list of p does not show whether a is active");
    assert_eq!(inventory.is_enforced(&scope("p")), None);
    assert_eq!(inventory.certificates().count(), 0);
}

#[test]
fn an_id_is_found_before_a_name_and_a_name_only_if_it_is_the_only_one() {
    let mut inventory = inventory(&["a", "b"], &[], &[]);
    assert_eq!(inventory.find("Root b").unwrap().id, id("b"));
    assert_eq!(inventory.find("c"), Err(Refusal::NotFound { what: "c".into() }));
    let [mut named_a, mut also_named_a] = ["c", "d"].map(|name| listed(name, false));
    named_a.name = Some("a".into());
    also_named_a.name = Some("Root b".into());
    let list = [listed("a", false), listed("b", false), named_a, also_named_a];
    inventory.observe(&Scope::Organization, list, now()).unwrap();
    assert_eq!(inventory.find("a").unwrap().id, id("a"));
    let ids = vec![id("b"), id("d")];
    assert_eq!(
        inventory.find("Root b"),
        Err(Refusal::AmbiguousName { name: "Root b".into(), ids })
    );
}

#[test]
fn forgets_lists_that_are_too_old_or_from_the_future() {
    let mut inventory = inventory(&["a"], &["a"], &[("p", &["a"]), ("arch", &["!"])]);
    inventory.observe(&scope("q"), [listed("a", true)], at(NOW + 1)).unwrap();
    assert_eq!(inventory.oldest_observation(), Some(now()));
    inventory.forget_outside(at(NOW - 10), now());
    assert_eq!(inventory.observed_at(&Scope::Organization), Some(now()));
    assert_eq!(inventory.listing, Listing::Complete { at: now() });
    assert!(!inventory.project(&"arch".parse().unwrap()).unwrap().is_unread());
    assert_eq!(inventory.observed_at(&scope("p")), Some(now()));
    assert_eq!(inventory.observed_at(&scope("q")), None);
    inventory.forget_outside(at(NOW + 1), at(NOW + 2));
    assert_eq!(inventory.oldest_observation(), None);
    assert_eq!(inventory.listing, Listing::Unread);
    assert!(inventory.projects().all(KnownProject::is_unread));
}

#[test]
fn survives_json_and_garbage_is_refused() {
    let inventory =
        inventory(&["a", "unknown"], &["a"], &[("arch", &["!"]), ("p", &["a", "hidden"])]);
    let json = serde_json::to_string(&inventory).unwrap();
    let again: Inventory = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    assert_eq!(names(again.active_in(&scope("p"))), ["a", "hidden"]);
    assert!(again.is_complete());

    for (from, to, why) in [
        ("\"version\":1", "\"version\":2", "version 2"),
        ("\"active\":[0]", "\"active\":[3]", "not listed"),
        ("\"id\":\"unknown\"", "\"id\":\"a\"", "twice"),
        ("\"certificates\"", "\"x\"", "missing field"),
    ] {
        assert!(json.contains(from), "{json}");
        let error = serde_json::from_str::<Inventory>(&json.replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}
