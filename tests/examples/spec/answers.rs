//! What the emulator was made to answer elsewhere, a line of JSON each, against the document.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::document::Document;

/// How many answers there are, and what is wrong with them.
pub(crate) fn judge(
    document: &mut Document,
    path: &Path,
) -> Result<(usize, BTreeSet<String>), Box<dyn Error>> {
    let operations = document.all();
    let (mut count, mut complaints) = (0, BTreeSet::new());
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    for line in text.lines() {
        let Line { operation, status, answer } = serde_json::from_str(line)?;
        let id = operation.as_deref().unwrap_or("no endpoint");
        let described = operations.iter().find(|described| described.operation_id == id);
        let schema = match described {
            _ if status != 200 => "/components/schemas/ErrorResponse".into(),
            Some(described) => {
                let answers = "responses/200/content/application~1json/schema";
                format!("{}/{answers}", described.pointer)
            }
            // What stands for the work of a workload.
            None => continue,
        };
        // A toggle of older documents answers a list.
        if id.contains("activate") && answer["object"] == "list" {
            continue;
        }
        let faults = document.faults(&schema, &answer)?;
        complaints.extend(faults.iter().map(|fault| format!("{id}: emulator, {status}: {fault}")));
        count += 1;
    }
    Ok((count, complaints))
}

#[derive(serde::Deserialize)]
struct Line {
    operation: Option<String>,
    status: u16,
    #[serde(rename = "response")]
    answer: Value,
}
