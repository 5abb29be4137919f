//! Exports the current state as a declaration.

use std::collections::BTreeMap;

use certs_core::operations::Scope;
use toml::{Table, Value};

use crate::inventory::{Inventory, KnownCertificate};
use crate::refusal::Refusal;

/// Declares every certificate of the organization in its current state, by id. A plan for this file is empty until
/// the file is edited.
///
/// # Errors
///
/// [`Refusal::Incomplete`], because scopes that were not read would be declared as inactive.
pub fn export(inventory: &Inventory) -> Result<String, Refusal> {
    if !inventory.is_complete() {
        return Err(Refusal::Incomplete);
    }
    let mut count_by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for name in inventory.certificates().filter_map(|known| known.name.as_deref()) {
        *count_by_name.entry(name).or_default() += 1;
    }
    // A name that equals the id of another certificate would make a duplicate key.
    let is_id = |name: &str| inventory.certificates().any(|known| known.id.as_str() == name);
    let key = |known: &KnownCertificate| match known.name.as_deref() {
        Some(name) if count_by_name.get(name) == Some(&1) && !is_id(name) => name.to_owned(),
        _ => known.id.to_string(),
    };
    let entry = |known: &KnownCertificate| {
        let scopes = inventory.active_scopes(&known.id);
        let organization = scopes.organization.filter(|is_active| *is_active);
        let organization = organization.map(|_| Scope::Organization.to_string());
        let projects = scopes.projects.into_iter().map(ToString::to_string);
        let active: Vec<_> = organization.into_iter().chain(projects).map(Value::String).collect();
        Table::from_iter([
            ("id".to_owned(), Value::String(known.id.to_string())),
            ("active".to_owned(), Value::Array(active)),
        ])
    };
    let certificates: Table =
        inventory.certificates().map(|known| (key(known), entry(known).into())).collect();
    Ok(Table::from_iter([("certificate".to_owned(), Value::Table(certificates))]).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::{Contents, Declaration};
    use crate::hazard::CallerIdentity;
    use crate::plan::PlanInput;
    use crate::testing::{inventory, listed, now};

    #[test]
    fn declares_every_certificate_by_id() {
        let projects: [(&str, &[&str]); 2] = [("p", &["a", "hidden"]), ("q", &["a"])];
        let inventory = inventory(&["a", "b"], &["a"], &projects);
        let expected = r#"[certificate."Root a"]
id = "a"
active = ["organization", "p", "q"]

[certificate."Root b"]
id = "b"
active = []

[certificate."Root hidden"]
id = "hidden"
active = ["p"]
"#;
        assert_eq!(export(&inventory).unwrap(), expected);
    }

    #[test]
    fn plans_nothing_whatever_the_names_contain() {
        let mut inventory = inventory(&[], &[], &[]);
        let names = [
            None,
            Some("same"),
            Some("same"),
            Some(""),
            Some("a.b]\"'\\\n\u{1}\u{7f}ü"),
            Some("'''"),
            Some("c0"),
        ];
        let list = names.iter().enumerate().map(|(number, name)| {
            let mut certificate = listed(&format!("c{number}"), true);
            certificate.name = name.map(str::to_owned);
            certificate
        });
        inventory.observe(&Scope::Organization, list, now()).unwrap();
        let declaration: Declaration = export(&inventory).unwrap().parse().unwrap();
        let identity = CallerIdentity::none();
        let input = PlanInput::new(&inventory, &identity, now());
        let plan = declaration.plan(input, &Contents::new()).unwrap();
        assert!(plan.is_empty() && plan.unmanaged.is_empty());
    }

    #[test]
    fn an_incomplete_reading_is_not_exported() {
        assert_eq!(export(&Inventory::new()), Err(Refusal::Incomplete));
    }
}
