//! Compares the client, the fixtures and the emulator with an OpenAPI document: `cargo xtask spec PATH`.

mod document;
mod emulator;
mod fixtures;
mod requests;
mod responses;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use document::Document;

fn main() -> ExitCode {
    let (Some(path), Some(responses)) = (env::args_os().nth(1), env::args_os().nth(2)) else {
        eprintln!("usage: spec OPENAPI_DOCUMENT RESPONSES");
        return ExitCode::from(2);
    };
    match problems(Path::new(&path), Path::new(&responses)) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn problems(path: &Path, responses: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut document = Document::open(path)?;
    let operations = document.operations();
    let mut problems = requests::table(&operations);
    problems.extend(requests::check(&mut document, &operations)?);
    problems.extend(fixtures::validate(&mut document)?);
    problems.extend(emulator::check(&mut document, &operations)?);
    let (responses, violations) = responses::check(&mut document, responses)?;
    problems.extend(violations);
    if problems.is_empty() {
        println!(
            "spec: {} operations, {} fixtures and {responses} responses of the emulator conform to {}",
            operations.len(),
            fixtures::ALL.len(),
            path.display()
        );
    }
    Ok(problems)
}
