//! Compares the client's endpoints and requests with the document.

use std::error::Error;

use certs_core::bytes::Bytes;
use certs_core::call::Call;
use certs_core::operation::Operation;
use certs_core::operations::{
    Activate, Deactivate, Delete, ENDPOINTS, Get, List, ListAuditLogs, ListProjects, Modify, Order,
    PageSize, Scope, Upload,
};
use certs_core::paging::Paged;
use certs_core::types::ProjectId;
use certs_core::{AdminKey, Api, BaseUrl, Retry};
use http::Request;
use serde_json::Value;

use crate::document::{Document, DocumentedOperation};

/// Checks that the document and the client have the same operations.
pub(crate) fn table(operations: &[DocumentedOperation]) -> Vec<String> {
    let documented = |operation: &DocumentedOperation| {
        format!("{} {} {}", operation.operation_id, operation.method, operation.path)
    };
    let ours = ENDPOINTS.iter().map(|endpoint| format!("{} {endpoint}", endpoint.operation_id));
    let ours: Vec<_> = ours.collect();
    let theirs: Vec<String> = operations.iter().map(documented).collect();
    let unknown = ours.iter().filter(|line| !theirs.contains(line));
    let missing = theirs.iter().filter(|line| !ours.contains(line));
    let unknown = unknown.map(|line| format!("{line}: not in the document"));
    unknown.chain(missing.map(|line| format!("{line}: not in the client"))).collect()
}

/// Checks the client's request for each operation, with all parameters.
pub(crate) fn check(
    document: &mut Document,
    operations: &[DocumentedOperation],
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut problems = Vec::new();
    let requests = requests()?;
    for operation in operations {
        let id = &operation.operation_id;
        match requests.iter().find(|(built, _)| built == id) {
            Some((_, request)) => {
                let violations = violations(document, operation, request)?;
                problems
                    .extend(violations.into_iter().map(|violation| format!("{id}: {violation}")));
            }
            None => problems.push(format!("{id}: the client has no request for it")),
        }
    }
    Ok(problems)
}

pub(crate) const KEY: &str = "sk-admin-example";

/// A call of this operation.
pub(crate) fn call<O: Operation>(operation: O, key: &str) -> Result<Call<O>, Box<dyn Error>> {
    let api = Api::new(BaseUrl::default(), AdminKey::new(key.into())?);
    Ok(Call::new(&api, operation, Retry::default())?)
}

/// The id of an operation, and a request for it.
type BuiltRequest = (&'static str, Request<Bytes>);

fn requests() -> Result<Vec<BuiltRequest>, Box<dyn Error>> {
    let id = || "cert_7Hn2".parse();
    let ids = || Ok::<_, Box<dyn Error>>([id()?, "cert_9Qx4".parse()?]);
    let project = || "proj_Lk3".parse::<ProjectId>();
    let pem = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----".parse()?;
    let list = |scope: Scope| {
        List::new(scope)
            .with_page_size(PageSize::MAX)
            .with_order(Order::Ascending)
            .after("cert_7Hn2")
    };
    Ok(vec![
        build(Activate::new(Scope::Organization, ids()?))?,
        build(Activate::new(project()?, ids()?))?,
        build(Deactivate::new(Scope::Organization, ids()?))?,
        build(Deactivate::new(project()?, ids()?))?,
        build(list(Scope::Organization))?,
        build(list(project()?.into()))?,
        build(Upload::new(pem).with_name("Build farm"))?,
        build(Get::new(id()?).with_content())?,
        build(Modify::new(id()?, "Build farm"))?,
        build(Delete::new(id()?))?,
        build(ListProjects::new().with_page_size(PageSize::MAX).with_archived().after("proj_Lk3"))?,
        build(
            ListAuditLogs::certificate_events()
                .with_certificates(ids()?)
                .with_page_size(PageSize::MAX)
                .after("audit_log-1"),
        )?,
    ])
}

fn build(operation: impl Operation) -> Result<BuiltRequest, Box<dyn Error>> {
    let call = call(operation, KEY)?;
    Ok((call.endpoint().operation_id, call.request()))
}

fn violations(
    document: &mut Document,
    operation: &DocumentedOperation,
    request: &Request<Bytes>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut violations = Vec::new();
    if request.method().as_str() != operation.method {
        violations.push(format!("sent as {}", request.method()));
    }
    if !matches_template(&format!("/v1{}", operation.path), request.uri().path()) {
        violations.push(format!("sent to {}", request.uri().path()));
    }
    violations.extend(query_violations(
        document,
        operation,
        request.uri().query().unwrap_or_default(),
    )?);
    violations.extend(body_violations(document, operation, request)?);
    Ok(violations)
}

fn matches_template(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(expected, segment)| expected.starts_with('{') || expected == segment)
}

fn query_violations(
    document: &mut Document,
    operation: &DocumentedOperation,
    query: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut violations = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        // A list is sent as `name[]`; the document has the name with or without the brackets.
        let (name, is_list) =
            name.strip_suffix("%5B%5D").map_or((name, false), |name| (name, true));
        let described = document.at(&format!("{}/parameters", operation.pointer)).as_array();
        let found = described.into_iter().flatten().position(|parameter| {
            let described = parameter["name"].as_str().unwrap_or_default();
            parameter["in"] == "query" && described.trim_end_matches("[]") == name
        });
        let Some(at) = found else {
            violations.push(format!("query `{name}` is not in the document"));
            continue;
        };
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        let value = if is_list { Value::from(vec![value]) } else { value };
        let schema = format!("{}/parameters/{at}/schema", operation.pointer);
        violations.extend(
            document.violation(&schema, &value)?.map(|why| format!("query `{name}`: {why}")),
        );
    }
    Ok(violations)
}

fn body_violations(
    document: &mut Document,
    operation: &DocumentedOperation,
    request: &Request<Bytes>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let described = format!("{}/requestBody/content/application~1json/schema", operation.pointer);
    match (document.at(&described).is_null(), request.body().is_empty()) {
        (true, true) => Ok(vec![]),
        (true, false) => Ok(vec!["sent with a body, described without".into()]),
        (false, true) => Ok(vec!["sent without a body, described with one".into()]),
        (false, false) => {
            let mut violations =
                document.violations(&described, &serde_json::from_slice(request.body())?)?;
            if request.headers().get("content-type").is_none_or(|kind| kind != "application/json") {
                violations.push("body: not sent as application/json".into());
            }
            Ok(violations)
        }
    }
}
