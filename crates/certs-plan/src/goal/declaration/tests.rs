use super::*;
use crate::change::Change;
use crate::hazard::CallerIdentity;
use crate::plan::{Plan, PlanInput};
use crate::testing::{DAY, NOW, at, id, inventory, now, scope};
use crate::validity::Validity;

fn fingerprint(byte: u8) -> Fingerprint {
    Fingerprint::new([byte; 32])
}

/// `a.pem` and `new.pem`, of which `a` and `copy` are copies of the first.
fn contents() -> Contents {
    let validity = Validity::new(at(NOW - 100 * DAY), at(NOW + 365 * DAY));
    let file = |byte| crate::testing::new_certificate(byte, validity);
    let mut contents = Contents::new();
    contents.files.insert("a.pem".into(), file(1));
    contents.files.insert("new.pem".into(), file(9));
    let copies = [("a", 1), ("copy", 1), ("b", 2), ("old", 3)];
    contents.fingerprints = copies.map(|(name, byte)| (id(name), fingerprint(byte))).into();
    contents
}

fn plan_with(text: &str, inventory: &Inventory, contents: &Contents) -> Result<Plan, Refusal> {
    let declaration: Declaration = text.parse()?;
    declaration.plan(PlanInput::new(inventory, &CallerIdentity::none(), now()), contents)
}

fn changes(text: &str, inventory: &Inventory) -> Vec<String> {
    let plan = plan_with(text, inventory, &contents()).unwrap();
    plan.changes.iter().map(ToString::to_string).collect()
}

fn organization() -> Inventory {
    let projects: [(&str, &[&str]); 4] =
        [("arch", &["old"]), ("p", &["a", "b"]), ("q", &["copy"]), ("refused_arch", &[])];
    inventory(&["a", "b", "copy", "old"], &["old"], &projects)
}

/// Where a mistake is reported, and how.
fn mistake_in(text: &str) -> (usize, String) {
    let refusal = plan_with(text, &organization(), &contents()).unwrap_err();
    let Refusal::Declaration { line, message } = refusal else { return (0, refusal.to_string()) };
    (line, message)
}

#[test]
fn uploads_a_missing_certificate_with_the_name_of_its_table() {
    let text = "[certificate.\"Root 2027\"]\npem = \"new.pem\"\nactive = [\"q\", \"organization\"]";
    let reference = format!("sha256:{}", "09".repeat(32));
    assert_eq!(
        changes(text, &organization()),
        [
            format!("upload \"Root 2027\" ({reference})"),
            format!("activate {reference} in the organization"),
            format!("activate {reference} in project q"),
        ]
    );
}

#[test]
fn a_certificate_is_known_by_its_content_and_every_copy_counts() {
    let active = |scopes: &str| format!("[certificate.x]\npem = \"a.pem\"\nactive = {scopes}");
    let sha = fingerprint(1).to_string();
    for text in [
        active("['p', 'q']"),
        active("['p', 'q']").replace("pem = \"a.pem\"", &format!("sha256 = \"{sha}\"")),
    ] {
        assert_eq!(changes(&text, &organization()), [""; 0], "{text}");
    }
    assert_eq!(changes(&active("['q']"), &organization()), ["deactivate a in project p"]);
    assert_eq!(
        changes(&active("['q', 'organization']"), &organization()),
        ["activate copy in the organization", "deactivate a in project p"],
        "the copy that is active in most wanted scopes"
    );
    let without_active = active("[]").replace("active = []", "");
    let not_retired = active("[]").replace("active = []", "retired = false");
    for text in [active("[]"), without_active, not_retired, active("[]\nretired = false")] {
        assert_eq!(
            changes(&text, &organization()),
            ["deactivate a in project p", "deactivate copy in project q"]
        );
    }
}

#[test]
fn an_id_means_that_one_copy() {
    let text = "[certificate.x]\nid = 'copy'\nactive = ['p', 'q']\n[certificate.y]\nid = 'a'";
    assert_eq!(
        changes(text, &organization()),
        ["activate copy in project p", "deactivate a in project p"]
    );
}

#[test]
fn a_retired_certificate_is_deactivated_everywhere_and_deleted() {
    let retired = |identity: &str| format!("[certificate.x]\n{identity}\nretired = true");
    assert_eq!(
        changes(&retired("id = 'old'"), &organization()),
        ["deactivate old in project arch", "deactivate old in the organization", "delete old"]
    );
    let all_copies = changes(&retired("pem = 'a.pem'"), &organization());
    assert_eq!(all_copies[2..], ["delete a", "delete copy"]);
    for gone in ["id = 'gone'", "pem = 'new.pem'", &format!("sha256 = '{}'", fingerprint(9))] {
        assert_eq!(changes(&retired(gone), &organization()), [""; 0], "{gone} is gone already");
    }
}

#[test]
fn uploads_come_first_then_activations_deactivations_and_deletes() {
    let text = "[certificate.new]\npem = 'new.pem'\nactive = ['p']\n\
        [certificate.b]\nid = 'b'\nactive = ['organization']\n\
        [certificate.old]\nid = 'old'\nretired = true";
    let plan = plan_with(text, &organization(), &contents()).unwrap();
    let kind = |change: &Change| match change {
        Change::Upload(_) => 0,
        Change::Activate { .. } => 1,
        Change::Deactivate { .. } => 2,
        Change::Delete { .. } => 3,
    };
    let kinds: Vec<_> = plan.changes.iter().map(kind).collect();
    assert_eq!(kinds, [0, 1, 1, 2, 2, 2, 3]);
}

#[test]
fn certificates_outside_the_file_are_reported_and_never_changed() {
    let text = "[certificate.x]\npem = 'a.pem'\nactive = ['p', 'q']\n";
    let unmanaged = |text: &str| plan_with(text, &organization(), &contents()).unwrap().unmanaged;
    assert_eq!(unmanaged(text), [id("b"), id("old")]);
    assert_eq!(unmanaged(&format!("{text}[settings]\nunmanaged = 'report'")).len(), 2);
    assert_eq!(unmanaged(&format!("{text}[settings]\nunmanaged = 'ignore'")), []);
    assert_eq!(unmanaged("").len(), 4);
}

#[test]
fn mistakes_are_reported_with_their_line() {
    let sha = fingerprint(7);
    for (text, line, message) in [
        ("[certificate.x]\nid = 'a'\nactiv = []", 3, "unknown field"),
        ("\n[certficate.x]\nid = 'a'", 2, "unknown field"),
        ("[settings]\n\nunmanged = 'report'", 3, "unknown field"),
        ("[settings]\nunmanaged = 'delete'", 2, "\"report\" or \"ignore\""),
        (
            "[certificate.x]\nid = 'a'\nactive = ['p',\n 'nowhere']",
            4,
            "there is no project nowhere",
        ),
        ("[certificate.x]\nid = 'a'\nactive = ['p',\n 'p']", 4, "project p is named twice"),
        ("[certificate.x]\nid = 'gone'", 2, "there is no such certificate"),
        (&format!("[certificate.x]\nsha256 = '{sha}'"), 2, "there is no such certificate"),
        ("[certificate.x]\nsha256 = '12'", 2, "a SHA-256 has 64 hex digits"),
        ("[certificate.x]\nid = 'a b'", 2, "white space"),
        ("[certificate.x]\nactive = []", 1, "exactly one of"),
        ("[certificate.x]\nid = 'a'\npem = 'a.pem'", 1, "exactly one of"),
        ("[certificate.x]\nid = 'a'\nretired = true\nactive = []", 3, "retired"),
        ("[certificate.x]\nid = 'a'\n[certificate.y]\nid = 'a'", 4, "named in line 2"),
        ("[certificate.x]\nid = 'a'\n[certificate.y]\npem = 'a.pem'", 4, "named in line 2"),
        (
            &format!(
                "[certificate.x]\npem = 'new.pem'\n[certificate.y]\nsha256 = '{}'\nretired = true",
                fingerprint(9)
            ),
            4,
            "named in line 2",
        ),
        ("[certificate.x]\nid = 'a'\n[certificate.x]\nid = 'b'", 3, "duplicate key"),
        ("[certificate.x]\nid = 'a'\nactive = 'p'", 3, "invalid type"),
        ("[certificate.x]\nid = 'a'\nid = ", 3, ""),
    ] {
        let (found, why) = mistake_in(text);
        assert_eq!(found, line, "{text}: {why}");
        assert!(why.contains(message), "{text}: {why}");
    }
}

#[test]
fn only_contents_of_possible_copies_are_needed() {
    let needed = |text: &str| {
        let declaration: Declaration = text.parse().unwrap();
        let needed = declaration.needed_contents(&organization(), &contents().files);
        needed.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(needed("[certificate.x]\npem = 'a.pem'"), ["a", "b", "copy"], "not the expired one");
    assert_eq!(needed("[certificate.x]\nid = 'a'"), [""; 0]);
    let by_sha = format!("[certificate.x]\nsha256 = '{}'\nretired = true", fingerprint(1));
    assert_eq!(needed(&by_sha), ["a", "b", "copy", "old"]);

    let mut unread = contents();
    unread.fingerprints.remove(&id("b"));
    let refused = plan_with("[certificate.x]\npem = 'a.pem'", &organization(), &unread);
    assert_eq!(refused.unwrap_err(), Refusal::Incomplete);
}

#[test]
fn replacing_the_only_valid_certificate_in_one_go_is_a_cut_over() {
    let text = "[certificate.new]\npem = 'new.pem'\nactive = ['q']\n[certificate.x]\nid = 'copy'";
    let plan = plan_with(text, &organization(), &contents()).unwrap();
    assert!(plan.preflight.hazards.is_empty());
    assert_eq!(plan.cut_over, [scope("q")]);
    assert!(matches!(plan.cut_over_refusal(), Some(Refusal::CutOver { .. })));

    let add = text.replace("id = 'copy'", "id = 'copy'\nactive = ['q']");
    assert_eq!(plan_with(&add, &organization(), &contents()).unwrap().cut_over, []);
    let remove_one_of_two = "[certificate.x]\nid = 'a'";
    assert_eq!(plan_with(remove_one_of_two, &organization(), &contents()).unwrap().cut_over, []);
    let end_it = "[certificate.x]\nid = 'copy'";
    let plan = plan_with(end_it, &inventory(&["copy"], &[], &[("q", &["copy"])]), &contents());
    assert_eq!(plan.unwrap().cut_over, [], "that is a hazard of its own");
}

#[test]
fn the_files_that_are_to_be_read_are_named_with_their_lines() {
    let text = "[certificate.x]\nactive = ['p']\npem = 'a.pem'\n[certificate.y]\nid = 'b'";
    let declaration: Declaration = text.parse().unwrap();
    assert_eq!(declaration.pem_files().collect::<Vec<_>>(), [(3, "a.pem")]);
}
