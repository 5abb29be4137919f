//! Whose types a crate shows in its public API: who upgrades those breaks its users.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A crate, and the crates outside of the standard library that its API may show.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("certs-types", &["serde_core"]),
    ("certs-core", &["certs_types", "http", "serde_core"]),
    ("certs-hyper", &["bytes", "certs_core", "http", "http_body", "tower_service"]),
    ("certs-ureq", &["certs_core", "http"]),
    ("certs-emulator", &["certs_types", "http", "serde_core", "serde_json", "tokio"]),
    ("certs-conformance", &["certs_core", "certs_emulator", "http"]),
];

/// Holds what rustdoc says about a crate, as JSON, against the table.
pub(super) fn judge(name: &str, rustdoc: &Value) -> Vec<String> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![format!("{name}: not in the table of public dependencies")];
    };
    let shown = shown(rustdoc);
    if shown.is_empty() {
        return vec![format!("{name}: nothing could be read of its API")];
    }
    let known = |shown: &str| ["core", "alloc", "std"].contains(&shown) || allowed.contains(&shown);
    let strange = shown.iter().filter(|(shown, _)| !known(shown));
    let strange =
        strange.map(|(shown, at)| format!("{name}: {at} shows {shown}")).collect::<Vec<_>>();
    let unused = allowed.iter().filter(|allowed| !shown.contains_key(**allowed));
    let unused = unused.map(|unused| format!("{name}: {unused} is allowed and never shown"));
    strange.into_iter().chain(unused).collect()
}

/// The crates whose items are named, and an item that names each.
fn shown(rustdoc: &Value) -> BTreeMap<&str, &str> {
    let index = || rustdoc["index"].as_object().into_iter().flatten();
    // What the compiler implements of its own accord is not the crate's doing.
    let given: BTreeSet<u64> = index()
        .map(|(_, item)| item)
        .filter(|item| {
            let block = &item["inner"]["impl"];
            block["is_synthetic"] == true || block["blanket_impl"].is_object()
        })
        .flat_map(|item| {
            let items = item["inner"]["impl"]["items"].as_array().into_iter().flatten();
            items.chain([&item["id"]]).filter_map(Value::as_u64)
        })
        .collect();
    let mut shown = BTreeMap::new();
    for (_, item) in index() {
        if item["id"].as_u64().is_some_and(|id| !given.contains(&id)) {
            let name = item["name"].as_str().unwrap_or("an impl");
            collect(&item["inner"], &mut |id| {
                let home = &rustdoc["paths"][id.to_string()]["crate_id"];
                let home = &rustdoc["external_crates"][home.to_string()]["name"];
                if let Some(home) = home.as_str() {
                    shown.entry(home).or_insert(name);
                }
            });
        }
    }
    shown
}

/// Every reference to an item is an object with its path and id.
fn collect(value: &Value, take: &mut impl FnMut(u64)) {
    match value {
        Value::Object(fields) => {
            if let (Some(_), Some(id)) = (value["path"].as_str(), value["id"].as_u64()) {
                take(id);
            }
            fields.values().for_each(|field| collect(field, take));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, take)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn api(shows: &[u64]) -> Value {
        let inputs: Vec<_> = shows
            .iter()
            .map(|id| json!(["a", {"resolved_path": {"path": "A", "id": id}}]))
            .collect();
        json!({
            "index": {
                "1": {"id": 1, "name": "send", "inner": {"function": {"sig": {"inputs": inputs}}}},
                "2": {"id": 2, "name": null, "inner": {"impl": {
                    "is_synthetic": true, "items": [], "trait": {"path": "Send", "id": 30}}}},
            },
            "paths": {
                "10": {"crate_id": 1}, "20": {"crate_id": 2}, "30": {"crate_id": 3}, "40": {"crate_id": 0},
            },
            "external_crates": {"1": {"name": "certs_core"}, "2": {"name": "http"}, "3": {"name": "ureq"}},
        })
    }

    #[test]
    fn an_api_shows_what_the_table_allows_and_all_of_it() {
        assert!(judge("certs-ureq", &api(&[10, 20, 40])).is_empty());
        assert_eq!(judge("certs-ureq", &api(&[10, 20, 30])), ["certs-ureq: send shows ureq"]);
        assert_eq!(
            judge("certs-ureq", &api(&[10])),
            ["certs-ureq: http is allowed and never shown"]
        );
    }

    #[test]
    fn an_api_that_cannot_be_read_does_not_pass() {
        assert_eq!(judge("certs-ureq", &json!({})).len(), 1);
        assert_eq!(judge("certs-new", &api(&[10])).len(), 1);
    }
}
