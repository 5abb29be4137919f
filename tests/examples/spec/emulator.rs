//! A walk through the emulator: what it answers to each operation, done and refused, against the document.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

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

use crate::document::{Described, Document};
use crate::requests::{KEY, call};

/// Everything the API can do, and every operation refused once.
pub(crate) fn judge(
    document: &mut Document,
    operations: &[Described],
) -> Result<Vec<String>, Box<dyn Error>> {
    let project: ProjectId = "proj_Lk3".parse()?;
    let emulator = Emulator::builder()
        .admin_key(KEY)
        .project(project.clone())
        .archived_project("proj_Mm8".parse()?)
        .build();
    let mut walk = Walk { emulator, document, operations, met: BTreeSet::new(), faults: vec![] };

    let first = walk.done(&Upload::new(authority()?).with_name("Build farm"))?.id;
    let second = walk.done(&Upload::new(authority()?))?.id;
    let ids = [first.clone(), second.clone()];
    for scope in [Scope::Organization, project.clone().into()] {
        walk.done(&Activate::new(scope.clone(), ids.clone()))?;
        walk.done(&List::new(scope.clone()).with_page_size(PageSize::try_from(1)?))?;
        walk.refused(&Delete::new(first.clone()))?;
        walk.done(&Deactivate::new(scope.clone(), ids.clone()))?;
        walk.done(&List::new(scope.clone()))?;
    }
    walk.done(&Get::new(first.clone()))?;
    walk.done(&Get::new(first.clone()).with_content())?;
    walk.done(&Modify::new(first.clone(), "Build farm, second floor"))?;
    walk.done(&Delete::new(first.clone()))?;
    walk.done(&ListProjects::new())?;
    walk.done(&ListProjects::new().with_archived())?;

    // The first is gone by now, and the second project was never there.
    let nowhere: ProjectId = "proj_nowhere".parse()?;
    walk.refused(&Activate::new(Scope::Organization, ids.clone()))?;
    walk.refused(&Deactivate::new(Scope::Organization, ids.clone()))?;
    walk.refused(&Activate::new(nowhere.clone(), [second.clone()]))?;
    walk.refused(&Deactivate::new(nowhere.clone(), [second]))?;
    walk.refused(&List::new(nowhere))?;
    walk.refused(&Get::new(first.clone()))?;
    walk.refused(&Modify::new(first, "Build farm"))?;
    let garbage = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----";
    walk.refused(&Upload::new(garbage.parse()?))?;
    walk.turned_away(&List::new(Scope::Organization))?;
    walk.turned_away(&ListProjects::new())?;
    Ok(walk.end())
}

struct Walk<'a> {
    emulator: Emulator,
    document: &'a mut Document,
    operations: &'a [Described],
    /// The operations that were met, and whether they were done or refused.
    met: BTreeSet<(&'static str, bool)>,
    faults: Vec<String>,
}

impl Walk<'_> {
    /// Asks for something that is done, and gives what the client reads in the answer.
    fn done<O: Operation>(&mut self, operation: &O) -> Result<O::Output, Box<dyn Error>> {
        let call = call(operation, KEY)?;
        let id = call.endpoint().operation_id;
        let response = self.emulator.handle(call.request());
        let described = self.operations.iter().find(|described| described.operation_id == id);
        if let Some(described) = described {
            let answers = format!("{}/responses/{}", described.pointer, response.status().as_u16());
            self.hold(id, &format!("{answers}/content/application~1json/schema"), &response)?;
        }
        self.met.insert((id, true));
        match call.handle_response(Ok(response), Duration::ZERO) {
            Step::Done(answer) => Ok(answer?.value),
            Step::Retry(..) => Err(format!("{id}: refused for now").into()),
        }
    }

    /// Asks for something that cannot be.
    fn refused(&mut self, operation: &impl Operation) -> Result<(), Box<dyn Error>> {
        self.refusal(operation, KEY)
    }

    /// Asks with a key that is not one.
    fn turned_away(&mut self, operation: &impl Operation) -> Result<(), Box<dyn Error>> {
        self.refusal(operation, "sk-admin-stranger")
    }

    fn refusal(&mut self, operation: &impl Operation, key: &str) -> Result<(), Box<dyn Error>> {
        let call = call(operation, key)?;
        let id = call.endpoint().operation_id;
        let response = self.emulator.handle(call.request());
        if !response.status().is_client_error() {
            self.faults.push(format!("{id}: {} where it must refuse", response.status()));
        }
        self.hold(id, "/components/schemas/ErrorResponse", &response)?;
        self.met.insert((id, false));
        Ok(())
    }

    fn hold(
        &mut self,
        id: &str,
        schema: &str,
        response: &Response<Vec<u8>>,
    ) -> Result<(), Box<dyn Error>> {
        let answer: Value = serde_json::from_slice(response.body())?;
        let faults = self.document.faults(schema, &answer)?;
        let status = response.status();
        self.faults.extend(faults.iter().map(|fault| format!("{id}: emulator, {status}: {fault}")));
        Ok(())
    }

    /// Nothing may have been passed by.
    fn end(mut self) -> Vec<String> {
        for operation in self.operations {
            let id = operation.operation_id.as_str();
            for (done, what) in [(true, "done"), (false, "refused")] {
                if !self.met.contains(&(id, done)) {
                    self.faults
                        .push(format!("{id}: the emulator was never seen to answer: {what}"));
                }
            }
        }
        self.faults
    }
}

fn authority() -> Result<CertificatePem, Box<dyn Error>> {
    Ok(Authority::new("Root")?.certificate().parse()?)
}
