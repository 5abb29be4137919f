//! Rules about documentation: what a newcomer looks for is there.

use super::files::Source;

/// Where a reader begins, by file and item: each shows an example.
const ENTRY_POINTS: [(&str, &str); 20] = [
    ("certs-core/src/client.rs", "pub struct Client"),
    ("certs-core/src/transport.rs", "pub trait Transport"),
    ("certs-core/src/operation.rs", "pub trait Operation"),
    ("certs-core/src/endpoint.rs", "pub struct Endpoint"),
    ("certs-core/src/pacer.rs", "pub struct Pacer"),
    ("certs-core/src/paging.rs", "pub struct Paging"),
    ("certs-core/src/api.rs", "pub struct Api"),
    ("certs-core/src/api.rs", "pub struct BaseUrl"),
    ("certs-core/src/operations/activate.rs", "pub struct Activate"),
    ("certs-core/src/operations/deactivate.rs", "pub struct Deactivate"),
    ("certs-core/src/operations/list.rs", "pub struct List"),
    ("certs-core/src/operations/upload.rs", "pub struct Upload"),
    ("certs-hyper/src/transport.rs", "pub struct HyperTransport"),
    ("certs-hyper/src/service.rs", "pub struct ServiceTransport"),
    ("certs-ureq/src/client.rs", "pub struct Client"),
    ("certs-emulator/src/emulator.rs", "pub fn handle"),
    ("certs-emulator/src/server.rs", "pub async fn bind"),
    ("certs-emulator/src/misbehaviour/fault.rs", "pub struct Fault"),
    ("certs-conformance/src/memory.rs", "pub struct InMemory"),
    ("certs-conformance/src/block_on.rs", "pub fn block_on"),
];

/// A library's front page says who it is for and what it will never do, and shows an example.
pub(super) fn front_page(Source { path, text }: &Source) -> Option<String> {
    if !path.starts_with("crates/") || !path.ends_with("/src/lib.rs") {
        return None;
    }
    let page: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let missing =
        [("For ", "whom it is for"), ("never", "what it will never do"), ("```", "an example")];
    let (_, what) = missing.into_iter().find(|(sign, _)| !page.contains(sign))?;
    Some(format!("{path}: the front page does not say {what}"))
}

/// Who knows the API finds an operation by its `operationId`.
pub(super) fn alias(Source { path, text }: &Source) -> Option<String> {
    if !path.starts_with("crates/certs-core/src/operations/") {
        return None;
    }
    let ids = text.split("Endpoint::").skip(1).filter_map(|call| {
        let (method, rest) = call.split_once('(')?;
        let id = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        ["get", "post", "delete"].contains(&method).then_some(id)
    });
    let missing = |id: &&str| !text.contains(&format!("#[doc(alias = \"{id}\")]"));
    let id = ids.into_iter().find(missing)?;
    Some(format!("{path}: no `#[doc(alias = \"{id}\")]`"))
}

/// Entry points without an example.
pub(super) fn entry_points(sources: &[Source]) -> Vec<String> {
    let shows = |(file, item): &(&str, &str)| {
        let path = format!("crates/{file}");
        sources.iter().filter(|source| source.path == path).any(|source| {
            let lines: Vec<_> = source.text.lines().map(str::trim_start).collect();
            let named = |line: &&str| {
                let rest = line.strip_prefix(item);
                rest.is_some_and(|rest| rest.starts_with([' ', '<', '(', ';', ':']))
            };
            lines.iter().position(named).is_some_and(|at| {
                let above = lines[..at].iter().rev();
                let mut above =
                    above.take_while(|line| line.starts_with("///") || line.starts_with('#'));
                above.any(|line| line.starts_with("/// ```"))
            })
        })
    };
    ENTRY_POINTS
        .iter()
        .filter(|entry| !shows(entry))
        .map(|(file, item)| format!("crates/{file}: `{item}` shows no example"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_front_page_says_all_three() {
        let page = |text: &str| front_page(&source("crates/a/src/lib.rs", text));
        assert_eq!(page("//! For all. It will never lie.\n//! ```\n//! ```\nmod a;"), None);
        assert!(page("//! For all.\n//! ```\n//! ```\n// never").unwrap().ends_with("never do"));
        assert!(page("//! For all. It will never lie.").unwrap().ends_with("an example"));
        assert_eq!(front_page(&source("crates/a/src/b.rs", "")), None);
    }

    #[test]
    fn every_operation_id_is_an_alias() {
        let operation = |text: &str| alias(&source("crates/certs-core/src/operations/a.rs", text));
        let endpoints = "Endpoint::get(\"a\", \"/\"); Endpoint::post(\n    \"b\", \"/\")";
        let aliases = "#[doc(alias = \"a\")] #[doc(alias = \"b\")]";
        assert_eq!(operation(&format!("{aliases} {endpoints}")), None);
        assert!(
            operation(&format!("#[doc(alias = \"a\")] {endpoints}")).unwrap().contains("\"b\"")
        );
    }

    #[test]
    fn an_entry_point_shows_an_example() {
        let text = "/// A.\n/// ```\n/// ```\n#[derive(Debug)]\npub struct Client(u8);\n";
        let count =
            |text: &str| entry_points(&[source("crates/certs-ureq/src/client.rs", text)]).len();
        assert_eq!(count(text), ENTRY_POINTS.len() - 1);
        assert_eq!(count(&text.replace("```", "")), ENTRY_POINTS.len());
        assert_eq!(count(&text.replace("Client", "Clients")), ENTRY_POINTS.len());
    }
}
