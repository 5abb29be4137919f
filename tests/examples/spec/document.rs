//! An OpenAPI document: its operations, and values held against its schemas.

use std::error::Error;
use std::fs;
use std::path::Path;

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

/// The document, from which nothing outside of it is ever loaded.
pub(crate) struct Document {
    json: Value,
    compiler: Compiler,
    schemas: Schemas,
}

/// An operation of the document.
pub(crate) struct Described {
    pub(crate) operation_id: String,
    /// Whether it is about certificates.
    is_ours: bool,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Where it stands in the document.
    pub(crate) pointer: String,
}

const URL: &str = "https://openapi.invalid/";

impl Document {
    pub(crate) fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let json: Value = serde_saphyr::from_str(&fs::read_to_string(path)?)?;
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource(URL, json.clone())?;
        Ok(Self { json, compiler, schemas: Schemas::new() })
    }

    /// Everything about certificates, and the one operation beside them that retiring one needs.
    pub(crate) fn operations(&self) -> Vec<Described> {
        let mut found = self.all();
        found.retain(|operation| operation.is_ours || operation.operation_id == "list-projects");
        found
    }

    /// Every operation of the document.
    pub(crate) fn all(&self) -> Vec<Described> {
        let mut found = Vec::new();
        for (path, methods) in fields(&self.json["paths"]) {
            for (method, operation) in fields(methods) {
                let tags = operation["tags"].as_array().into_iter().flatten();
                found.push(Described {
                    operation_id: operation["operationId"].as_str().unwrap_or_default().into(),
                    is_ours: tags.clone().any(|tag| tag == "Certificates"),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    pointer: format!("/paths/{}/{method}", path.replace('/', "~1")),
                });
            }
        }
        found
    }

    /// What stands at a JSON pointer, null when nothing does.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Why a value is not valid by the schema at a JSON pointer; `None` when it is.
    pub(crate) fn fault(
        &mut self,
        pointer: &str,
        value: &Value,
    ) -> Result<Option<String>, Box<dyn Error>> {
        // In a URL the braces of a path's parameters are not themselves.
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = self.compiler.compile(&format!("{URL}#{fragment}"), &mut self.schemas)?;
        Ok(self.schemas.validate(value, schema).err().map(|fault| fault.to_string()))
    }

    /// As [`fault`](Self::fault), and the fields that the schema does not describe: it allows any other,
    /// so a misspelt optional field would pass it.
    pub(crate) fn faults(
        &mut self,
        pointer: &str,
        value: &Value,
    ) -> Result<Vec<String>, Box<dyn Error>> {
        let mut faults: Vec<String> = self.fault(pointer, value)?.into_iter().collect();
        self.undescribed(self.at(pointer), value, &mut faults);
        Ok(faults)
    }

    fn undescribed(&self, schema: &Value, value: &Value, faults: &mut Vec<String>) {
        for (name, field) in fields(value) {
            match self.property(schema, name) {
                None => faults.push(format!("`{name}` is not described")),
                Some(described) => self.undescribed(described, field, faults),
            }
        }
        for item in value.as_array().into_iter().flatten() {
            self.undescribed(&self.resolved(schema)["items"], item, faults);
        }
    }

    /// What a schema, or one of its alternatives, says about a field.
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
