//! The results of `certs verify` as a table and as JSON.

use std::collections::BTreeMap;

use certs_core::operations::Scope;
use certs_plan::Fingerprint;
use certs_types::CertificateId;
use serde::Serialize;

use super::{LeafResult, ScopeResult};
use crate::output::{Cell, Table};
use crate::terminal::style;

/// The results for all client certificates.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    object: &'static str,
    /// Whether everything was read.
    complete: bool,
    passes: bool,
    leaves: Vec<LeafReport<'a>>,
}

#[derive(Serialize)]
struct LeafReport<'a> {
    file: &'a str,
    subject: Option<&'a str>,
    sha256: Option<Fingerprint>,
    passes: bool,
    scopes: Vec<ScopeReport>,
}

#[derive(Serialize)]
struct ScopeReport {
    scope: Scope,
    passes: Option<bool>,
    vouched_by: Vec<CertificateId>,
    reason: Option<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(results: Vec<LeafResult<'a>>, complete: bool) -> Self {
        let leaves: Vec<_> = results.into_iter().map(LeafReport::new).collect();
        let passes = leaves.iter().all(|leaf| leaf.passes);
        Self { object: "certs.verify", complete, passes, leaves }
    }

    pub(super) fn all_pass(&self) -> bool {
        self.passes
    }

    /// A row for each client certificate and scope; scopes with the same result share one.
    pub(super) fn table(&self) -> Table {
        let header = ["LEAF", "SCOPE", "PASSES", "WHY"];
        let mut table = Table::new(header).with_details_column(3);
        for leaf in &self.leaves {
            let mut groups: BTreeMap<_, Vec<&Scope>> = BTreeMap::new();
            for result in &leaf.scopes {
                let key = (result.passes, result.why());
                groups.entry(key).or_default().push(&result.scope);
            }
            for ((passes, why), scopes) in groups {
                let passes = match passes {
                    Some(true) => "yes".into(),
                    Some(false) => Cell::styled("no", style::EXPIRED),
                    None => "?".into(),
                };
                table.row([leaf.file.into(), scope_names(&scopes).into(), passes, why.into()]);
            }
        }
        table
    }
}

impl<'a> LeafReport<'a> {
    fn new(result: LeafResult<'a>) -> Self {
        let LeafResult { leaf, scopes } = result;
        let facts = leaf.facts.as_ref();
        Self {
            file: &leaf.file,
            subject: facts.map(|facts| facts.subject.as_str()),
            sha256: facts.map(|facts| facts.fingerprint),
            passes: scopes.iter().all(|scope| scope.passes == Some(true)),
            scopes: scopes.into_iter().map(ScopeReport::from).collect(),
        }
    }
}

impl ScopeReport {
    fn why(&self) -> String {
        let vouching: Vec<_> = self.vouched_by.iter().map(CertificateId::as_str).collect();
        match &self.reason {
            Some(reason) => reason.clone(),
            None => format!("chains to {}", vouching.join(", ")),
        }
    }
}

impl From<ScopeResult> for ScopeReport {
    fn from(result: ScopeResult) -> Self {
        let ScopeResult { scope, passes, vouched_by, reason } = result;
        Self { scope, passes, vouched_by, reason }
    }
}

/// Up to three scopes by name, or two and how many more there are.
fn scope_names(scopes: &[&Scope]) -> String {
    let names: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    match names.len() {
        ..=3 => names.join(", "),
        count => format!("{} and {} more", names[..2].join(", "), count - 2),
    }
}
