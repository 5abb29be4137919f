//! Compares the emulator's responses to every operation, a success and an error, with the document.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::call::Step;
use certs_core::operation::Operation;
use certs_core::operations::{
    Activate, Deactivate, Delete, Get, List, ListProjects, Modify, PageSize, Scope, Upload,
};
use certs_core::types::{CertificatePem, ProjectId};
use certs_emulator::Emulator;
use certs_emulator::pki::Authority;
use http::Response;
use serde_json::Value;

use crate::document::{Document, DocumentedOperation};
use crate::requests::{KEY, call};

/// Calls every operation, with a success and with an error.
pub(crate) fn check(
    document: &mut Document,
    operations: &[DocumentedOperation],
) -> Result<Vec<String>, Box<dyn Error>> {
    let project: ProjectId = "proj_Lk3".parse()?;
    let emulator = Emulator::builder()
        .admin_key(KEY)
        .project(project.clone())
        .archived_project("proj_Mm8".parse()?)
        .build();
    let mut scenario =
        Scenario { emulator, document, operations, seen: BTreeSet::new(), violations: vec![] };

    let first = scenario.succeed(&Upload::new(authority()?).with_name("Build farm"))?.id;
    let second = scenario.succeed(&Upload::new(authority()?))?.id;
    let ids = [first.clone(), second.clone()];
    for scope in [Scope::Organization, project.clone().into()] {
        scenario.succeed(&Activate::new(scope.clone(), ids.clone()))?;
        scenario.succeed(&List::new(scope.clone()).with_page_size(PageSize::try_from(1)?))?;
        scenario.fail(&Delete::new(first.clone()))?;
        scenario.succeed(&Deactivate::new(scope.clone(), ids.clone()))?;
        scenario.succeed(&List::new(scope.clone()))?;
    }
    scenario.succeed(&Get::new(first.clone()))?;
    scenario.succeed(&Get::new(first.clone()).with_content())?;
    scenario.succeed(&Modify::new(first.clone(), "Build farm, second floor"))?;
    scenario.succeed(&Delete::new(first.clone()))?;
    scenario.succeed(&ListProjects::new())?;
    scenario.succeed(&ListProjects::new().with_archived())?;

    // The first certificate is deleted by now, and this project does not exist.
    let nowhere: ProjectId = "proj_nowhere".parse()?;
    scenario.fail(&Activate::new(Scope::Organization, ids.clone()))?;
    scenario.fail(&Deactivate::new(Scope::Organization, ids.clone()))?;
    scenario.fail(&Activate::new(nowhere.clone(), [second.clone()]))?;
    scenario.fail(&Deactivate::new(nowhere.clone(), [second]))?;
    scenario.fail(&List::new(nowhere))?;
    scenario.fail(&Get::new(first.clone()))?;
    scenario.fail(&Modify::new(first, "Build farm"))?;
    let garbage = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----";
    scenario.fail(&Upload::new(garbage.parse()?))?;
    scenario.unauthorized(&List::new(Scope::Organization))?;
    scenario.unauthorized(&ListProjects::new())?;
    Ok(scenario.finish())
}

struct Scenario<'a> {
    emulator: Emulator,
    document: &'a mut Document,
    operations: &'a [DocumentedOperation],
    /// The ids of the operations that were called, and whether they succeeded.
    seen: BTreeSet<(&'static str, bool)>,
    violations: Vec<String>,
}

impl Scenario<'_> {
    /// Calls an operation that succeeds, and returns its decoded response.
    fn succeed<O: Operation>(&mut self, operation: &O) -> Result<O::Output, Box<dyn Error>> {
        let call = call(operation, KEY)?;
        let id = call.endpoint().operation_id;
        let response = self.emulator.handle(call.request());
        let described = self.operations.iter().find(|described| described.operation_id == id);
        if let Some(described) = described {
            let responses =
                format!("{}/responses/{}", described.pointer, response.status().as_u16());
            self.check(id, &format!("{responses}/content/application~1json/schema"), &response)?;
        }
        self.seen.insert((id, true));
        match call.handle_response(Ok(response), Duration::ZERO) {
            Step::Done(response) => Ok(response?.value),
            Step::Retry(..) => Err(format!("{id}: the client would retry").into()),
        }
    }

    /// Calls an operation that fails.
    fn fail(&mut self, operation: &impl Operation) -> Result<(), Box<dyn Error>> {
        self.fail_with_key(operation, KEY)
    }

    /// Calls an operation with an unknown key.
    fn unauthorized(&mut self, operation: &impl Operation) -> Result<(), Box<dyn Error>> {
        self.fail_with_key(operation, "sk-admin-unknown")
    }

    fn fail_with_key(
        &mut self,
        operation: &impl Operation,
        key: &str,
    ) -> Result<(), Box<dyn Error>> {
        let call = call(operation, key)?;
        let id = call.endpoint().operation_id;
        let response = self.emulator.handle(call.request());
        if !response.status().is_client_error() {
            self.violations.push(format!("{id}: {} where an error is expected", response.status()));
        }
        self.check(id, "/components/schemas/ErrorResponse", &response)?;
        self.seen.insert((id, false));
        Ok(())
    }

    fn check(
        &mut self,
        id: &str,
        schema: &str,
        response: &Response<Bytes>,
    ) -> Result<(), Box<dyn Error>> {
        let body: Value = serde_json::from_slice(response.body())?;
        let violations = self.document.violations(schema, &body)?;
        let status = response.status();
        self.violations.extend(
            violations.iter().map(|violation| format!("{id}: emulator, {status}: {violation}")),
        );
        Ok(())
    }

    /// Returns the problems, including operations that were not called.
    fn finish(mut self) -> Vec<String> {
        for operation in self.operations {
            let id = operation.operation_id.as_str();
            for (success, what) in [(true, "success"), (false, "an error")] {
                if !self.seen.contains(&(id, success)) {
                    self.violations.push(format!("{id}: not called with {what}"));
                }
            }
        }
        self.violations
    }
}

fn authority() -> Result<CertificatePem, Box<dyn Error>> {
    Ok(Authority::new("Root")?.certificate().parse()?)
}
