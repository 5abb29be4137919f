//! The client's table of endpoints, and the requests it really makes, against the document.

use std::error::Error;

use certs_core::call::Call;
use certs_core::operation::Operation;
use certs_core::operations::{
    Activate, Deactivate, Delete, ENDPOINTS, Get, List, ListProjects, Modify, Order, PageSize,
    Scope, Upload,
};
use certs_core::paging::Paged;
use certs_core::types::ProjectId;
use certs_core::{AdminKey, Api, BaseUrl, Retry};
use http::Request;
use serde_json::Value;

use crate::document::{Described, Document};

/// The document and the table must have the same lines.
pub(crate) fn table(operations: &[Described]) -> Vec<String> {
    let documented = |operation: &Described| {
        format!("{} {} {}", operation.operation_id, operation.method, operation.path)
    };
    let ours = ENDPOINTS.iter().map(|endpoint| format!("{} {endpoint}", endpoint.operation_id));
    let ours: Vec<_> = ours.collect();
    let theirs: Vec<String> = operations.iter().map(documented).collect();
    let unknown = ours.iter().filter(|line| !theirs.contains(line));
    let missing = theirs.iter().filter(|line| !ours.contains(line));
    let unknown = unknown.map(|line| format!("{line}: not in the document"));
    unknown.chain(missing.map(|line| format!("{line}: not in the client's table"))).collect()
}

/// Each operation of the document is asked for, with everything that can be said in it.
pub(crate) fn judge(
    document: &mut Document,
    operations: &[Described],
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut complaints = Vec::new();
    let requests = requests()?;
    for operation in operations {
        let id = &operation.operation_id;
        match requests.iter().find(|(made, _)| made == id) {
            Some((_, request)) => {
                let faults = faults(document, operation, request)?;
                complaints.extend(faults.into_iter().map(|fault| format!("{id}: {fault}")));
            }
            None => complaints.push(format!("{id}: the client never asks for it")),
        }
    }
    Ok(complaints)
}

pub(crate) const KEY: &str = "sk-admin-example";

/// A call that was not yet sent.
pub(crate) fn call<O: Operation>(operation: O, key: &str) -> Result<Call<O>, Box<dyn Error>> {
    let api = Api::new(BaseUrl::default(), AdminKey::new(key.into())?);
    Ok(Call::new(&api, operation, Retry::default())?)
}

type Made = (&'static str, Request<Vec<u8>>);

fn requests() -> Result<Vec<Made>, Box<dyn Error>> {
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
        made(Activate::new(Scope::Organization, ids()?))?,
        made(Activate::new(project()?, ids()?))?,
        made(Deactivate::new(Scope::Organization, ids()?))?,
        made(Deactivate::new(project()?, ids()?))?,
        made(list(Scope::Organization))?,
        made(list(project()?.into()))?,
        made(Upload::new(pem).with_name("Build farm"))?,
        made(Get::new(id()?).with_content())?,
        made(Modify::new(id()?, "Build farm"))?,
        made(Delete::new(id()?))?,
        made(ListProjects::new().with_page_size(PageSize::MAX).with_archived().after("proj_Lk3"))?,
    ])
}

fn made(operation: impl Operation) -> Result<Made, Box<dyn Error>> {
    let call = call(operation, KEY)?;
    Ok((call.endpoint().operation_id, call.request()))
}

fn faults(
    document: &mut Document,
    operation: &Described,
    request: &Request<Vec<u8>>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut faults = Vec::new();
    if request.method().as_str() != operation.method {
        faults.push(format!("sent as {}", request.method()));
    }
    if !fits(&format!("/v1{}", operation.path), request.uri().path()) {
        faults.push(format!("sent to {}", request.uri().path()));
    }
    faults.extend(query_faults(document, operation, request.uri().query().unwrap_or_default())?);
    faults.extend(body_faults(document, operation, request)?);
    Ok(faults)
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, is)| wanted.starts_with('{') || wanted == is)
}

fn query_faults(
    document: &mut Document,
    operation: &Described,
    query: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut faults = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        // A list is sent as `name[]`; the document gives the name with or without the brackets.
        let (name, is_list) =
            name.strip_suffix("%5B%5D").map_or((name, false), |name| (name, true));
        let described = document.at(&format!("{}/parameters", operation.pointer)).as_array();
        let found = described.into_iter().flatten().position(|parameter| {
            let described = parameter["name"].as_str().unwrap_or_default();
            parameter["in"] == "query" && described.trim_end_matches("[]") == name
        });
        let Some(at) = found else {
            faults.push(format!("query `{name}` is not in the document"));
            continue;
        };
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        let value = if is_list { Value::from(vec![value]) } else { value };
        let schema = format!("{}/parameters/{at}/schema", operation.pointer);
        faults.extend(document.fault(&schema, &value)?.map(|why| format!("query `{name}`: {why}")));
    }
    Ok(faults)
}

fn body_faults(
    document: &mut Document,
    operation: &Described,
    request: &Request<Vec<u8>>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let described = format!("{}/requestBody/content/application~1json/schema", operation.pointer);
    match (document.at(&described).is_null(), request.body().is_empty()) {
        (true, true) => Ok(vec![]),
        (true, false) => Ok(vec!["sent with a body, described without".into()]),
        (false, true) => Ok(vec!["sent without a body, described with one".into()]),
        (false, false) => {
            let mut faults =
                document.faults(&described, &serde_json::from_slice(request.body())?)?;
            if request.headers().get("content-type").is_none_or(|kind| kind != "application/json") {
                faults.push("body: not sent as application/json".into());
            }
            Ok(faults)
        }
    }
}
