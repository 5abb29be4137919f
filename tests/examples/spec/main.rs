//! Holds the client, the fixtures and the emulator against an OpenAPI document: `cargo xtask spec PATH`.

mod answers;
mod document;
mod emulator;
mod fixtures;
mod requests;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use document::Document;

fn main() -> ExitCode {
    let (Some(path), Some(answers)) = (env::args_os().nth(1), env::args_os().nth(2)) else {
        eprintln!("which OpenAPI document, and which file of answers?");
        return ExitCode::from(2);
    };
    match complaints(Path::new(&path), Path::new(&answers)) {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            complaints.iter().for_each(|complaint| eprintln!("{complaint}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn complaints(path: &Path, answers: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut document = Document::open(path)?;
    let operations = document.operations();
    let mut complaints = requests::table(&operations);
    complaints.extend(requests::judge(&mut document, &operations)?);
    complaints.extend(fixtures::judge(&mut document)?);
    complaints.extend(emulator::judge(&mut document, &operations)?);
    let (answers, faults) = answers::judge(&mut document, answers)?;
    complaints.extend(faults);
    if complaints.is_empty() {
        println!(
            "spec: {} operations, {} fixtures and {answers} answers of the emulator agree with {}",
            operations.len(),
            fixtures::ALL.len(),
            path.display()
        );
    }
    Ok(complaints)
}
