//! Compares the responses that the emulator's tests recorded, a JSON object on each line, with the document.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::document::Document;

/// Returns the number of responses, and the problems with them.
pub(crate) fn check(
    document: &mut Document,
    path: &Path,
) -> Result<(usize, BTreeSet<String>), Box<dyn Error>> {
    let operations = document.all();
    let (mut count, mut problems) = (0, BTreeSet::new());
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    for line in text.lines() {
        let Line { operation, status, response } = serde_json::from_str(line)?;
        let id = operation.as_deref().unwrap_or("no endpoint");
        let described = operations.iter().find(|described| described.operation_id == id);
        let schema = match described {
            _ if status != 200 => "/components/schemas/ErrorResponse".into(),
            Some(described) => {
                let responses = "responses/200/content/application~1json/schema";
                format!("{}/{responses}", described.pointer)
            }
            // The emulator's `/models` stands for all requests of a workload.
            None => continue,
        };
        // Older documents show a list as the response to a toggle.
        if id.contains("activate") && response["object"] == "list" {
            continue;
        }
        let violations = document.violations(&schema, &response)?;
        problems.extend(
            violations.iter().map(|violation| format!("{id}: emulator, {status}: {violation}")),
        );
        count += 1;
    }
    Ok((count, problems))
}

#[derive(serde::Deserialize)]
struct Line {
    operation: Option<String>,
    status: u16,
    response: Value,
}
