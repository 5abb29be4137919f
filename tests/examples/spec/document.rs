//! An OpenAPI document: its operations, and validation by its schemas.

use std::error::Error;
use std::fs;
use std::path::Path;

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

/// The document. References to other documents are not loaded.
pub(crate) struct Document {
    json: Value,
    compiler: Compiler,
    schemas: Schemas,
}

/// An operation of the document.
pub(crate) struct DocumentedOperation {
    pub(crate) operation_id: String,
    is_about_certificates: bool,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The JSON pointer of the operation.
    pub(crate) pointer: String,
}

const URL: &str = "https://openapi.invalid/";

/// The operations of other groups that the client has.
const RELATED: [&str; 2] = ["list-projects", "list-audit-logs"];

impl Document {
    pub(crate) fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let json: Value = serde_saphyr::from_str(&fs::read_to_string(path)?)?;
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource(URL, json.clone())?;
        Ok(Self { json, compiler, schemas: Schemas::new() })
    }

    /// The operations that the client has: those about certificates, and a few others.
    pub(crate) fn operations(&self) -> Vec<DocumentedOperation> {
        let mut found = self.all();
        found.retain(|operation| {
            operation.is_about_certificates || RELATED.contains(&&*operation.operation_id)
        });
        found
    }

    /// Every operation of the document.
    pub(crate) fn all(&self) -> Vec<DocumentedOperation> {
        let mut found = Vec::new();
        for (path, methods) in fields(&self.json["paths"]) {
            for (method, operation) in fields(methods) {
                let tags = operation["tags"].as_array().into_iter().flatten();
                found.push(DocumentedOperation {
                    operation_id: operation["operationId"].as_str().unwrap_or_default().into(),
                    is_about_certificates: tags.clone().any(|tag| tag == "Certificates"),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    pointer: format!("/paths/{}/{method}", path.replace('/', "~1")),
                });
            }
        }
        found
    }

    /// The value at a JSON pointer, or null.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Returns why the schema at a JSON pointer does not allow a value, or `None` if it does.
    pub(crate) fn violation(
        &mut self,
        pointer: &str,
        value: &Value,
    ) -> Result<Option<String>, Box<dyn Error>> {
        // The braces of path parameters must be encoded in a URL.
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = self.compiler.compile(&format!("{URL}#{fragment}"), &mut self.schemas)?;
        Ok(self.schemas.validate(value, schema).err().map(|violation| violation.to_string()))
    }

    /// Like [`violation`](Self::violation), and also reports fields that the schema does not describe. The schema
    /// allows any of them, so that a misspelled optional field would be valid.
    pub(crate) fn violations(
        &mut self,
        pointer: &str,
        value: &Value,
    ) -> Result<Vec<String>, Box<dyn Error>> {
        let mut violations: Vec<String> = self.violation(pointer, value)?.into_iter().collect();
        self.undescribed(self.at(pointer), value, &mut violations);
        Ok(violations)
    }

    fn undescribed(&self, schema: &Value, value: &Value, violations: &mut Vec<String>) {
        for (name, field) in fields(value) {
            match self.property(schema, name) {
                None => violations.push(format!("`{name}` is not described")),
                Some(described) => self.undescribed(described, field, violations),
            }
        }
        for item in value.as_array().into_iter().flatten() {
            self.undescribed(&self.resolved(schema)["items"], item, violations);
        }
    }

    /// The schema of a field, in a schema or one of its alternatives.
    fn property<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let schema = self.resolved(schema);
        let alternatives = ["anyOf", "oneOf"].map(|kind| schema[kind].as_array());
        let own = schema["properties"].get(name);
        let others = || alternatives.into_iter().flatten().flatten();
        own.or_else(|| others().find_map(|other| self.property(other, name)))
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema["$ref"].as_str().map_or(schema, |to| self.at(&to[1..]))
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
