//! Validates the JSON that commands print by the schemas in the repository.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use serde_json::{Deserializer, Value};

use crate::support::{Organization, Run};

/// Validates the output of a command, if its format is JSON.
pub(crate) fn check<'a>(arguments: impl Iterator<Item = &'a OsStr>, run: &Run) {
    let words: Vec<_> = arguments.map(|word| word.to_str().unwrap_or_default()).collect();
    let Some(format) = json_format(&words) else { return };
    for document in Deserializer::from_str(&run.out).into_iter() {
        let document: Value = document.unwrap_or_else(|error| panic!("{error}: {run:?}"));
        assert_valid(schema(&words, format), &document);
    }
    let is_check = words.contains(&"check");
    let is_result = matches!(run.exit, 0 | 6) || is_check && matches!(run.exit, 1 | 2);
    let last = run.err.lines().last().unwrap_or_default();
    if last.starts_with("{\"error\"") || !is_result {
        let error = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        assert_valid("error", &error);
        assert_eq!(error["error"]["exit"], run.exit, "{run:?}");
    }
}

/// The value of the last `--output`, which applies, if it is JSON.
fn json_format<'a>(words: &[&'a str]) -> Option<&'a str> {
    let value = |(at, word): (usize, &&'a str)| match *word {
        "--output" | "-o" => words.get(at + 1).copied(),
        word => word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")),
    };
    let before_names = words.iter().take_while(|word| **word != "--").enumerate();
    before_names.filter_map(value).last().filter(|format| ["json", "jsonl"].contains(format))
}

/// The name of the schema for what a command prints.
fn schema(words: &[&str], format: &str) -> &'static str {
    let named = |name: &str| words.contains(&name);
    let commands = [
        "list",
        "ls",
        "get",
        "upload",
        "rename",
        "activate",
        "deactivate",
        "delete",
        "projects",
        "where",
        "verify",
        "check",
        "log",
        "doctor",
        "config",
        "retire",
        "rotate",
        "plan",
        "apply",
    ];
    let command = words.iter().find(|word| commands.contains(word)).expect("a command");
    match *command {
        "plan" => "plan",
        "activate" | "deactivate" | "delete" | "retire" | "rotate" | "apply"
            if named("--dry-run") =>
        {
            "plan"
        }
        "list" | "ls" | "activate" | "deactivate" if format == "json" => "certificates",
        "list" | "ls" | "activate" | "deactivate" | "get" | "upload" | "rename" => "certificate",
        "projects" if format == "json" => "projects",
        "projects" => "project",
        "delete" => "deleted",
        "where" => "where",
        "verify" => "verify",
        "check" => "check",
        "log" => "log",
        "doctor" => "doctor",
        "config" => "config-show",
        "retire" => "retire",
        "apply" => "apply",
        _ if named("begin") => "rotate-begin",
        _ if named("status") => "rotate-status",
        _ if named("abort") => "rotate-abort",
        _ => "retire",
    }
}

/// Validates a document against one of the schemas.
fn assert_valid(name: &str, document: &Value) {
    let mut compiler = Compiler::new();
    for (name, schema) in schemas() {
        compiler.add_resource(&url(&name), schema).unwrap();
    }
    let mut schemas = Schemas::new();
    let index = compiler.compile(&url(&format!("{name}.schema.json")), &mut schemas).unwrap();
    if let Err(error) = schemas.validate(document, index) {
        panic!("{name}: {error:#}\n{document:#}");
    }
}

fn url(file: &str) -> String {
    format!("file:///schemas/{file}")
}

/// The name and the content of each schema.
fn schemas() -> Vec<(String, Value)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let schemas = files.filter(|file| file.extension() == Some(OsStr::new("json")));
    schemas.map(|file| (name_of(&file), content_of(&file))).collect()
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap().to_str().unwrap().to_owned()
}

fn content_of(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn the_readme_names_each_schema() {
    let readme = include_str!("../../schemas/README.md");
    for (file, _) in schemas() {
        let name = file.strip_suffix(".schema.json").unwrap();
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn schemas_describe_the_json_of_all_commands_that_read_or_plan() {
    let organization = Organization::new();
    let root = organization.upload("Root");
    let rehearsals = ["activate", "delete", "retire"];
    for command in rehearsals {
        let run = organization.run([command, &root, "--dry-run", "--allow-lockout", "-o", "json"]);
        assert_eq!(run.exit, 0, "{run:?}");
    }
    let active = ["activate", &root, "--project", "proj_a", "--yes", "-o", "jsonl"];
    assert_eq!(organization.run(active).exit, 0);
    for (line, exit) in [
        ("list --output json", 0),
        ("list --output jsonl", 0),
        ("get Root --content --output json", 0),
        ("projects --output json", 0),
        ("projects --include-archived --output jsonl", 0),
        ("where --output json", 0),
        ("check --output json", 1),
        ("log --output json", 0),
        ("doctor --output json", 0),
        ("config show --output json", 0),
        ("rotate status Root Root --output json", 2),
        ("deactivate Root --project proj_a --dry-run --output json", 2),
        ("get Nobody --output json", 2),
        ("list --bogus --output json", 2),
    ] {
        let run = organization.run(line.split(' '));
        assert_eq!(run.exit, exit, "{line}: {run:?}");
        assert!(!run.out.is_empty() || exit == 2, "{line}");
    }
}

#[test]
fn a_field_that_the_schema_does_not_describe_is_refused() {
    let error = std::panic::catch_unwind(|| {
        assert_valid("deleted", &serde_json::json!({ "object": "x", "id": "cert_a", "more": 1 }));
    });
    assert!(error.is_err());
}
