//! The `certs` command: arguments in, results out.

mod account;
mod arguments;
mod backup;
mod candidate;
mod commands;
mod completion_cache;
mod consent;
mod contents;
mod declaration;
mod deferred;
mod duration;
mod environment;
mod error;
mod exit;
mod files;
mod format;
mod glob;
mod help;
mod hint;
mod identity;
mod interrupt;
mod inventory;
mod job;
mod json;
mod names;
mod observer;
mod output;
mod pace_file;
mod preflight;
mod progress;
mod resume;
mod runtime;
mod saved_plan;
mod scope_lists;
mod session;
mod settings;
mod terminal;
mod tls;
mod transport;
mod undo;
mod x509;

use std::process::ExitCode;

use crate::arguments::{Arguments, ReadError};
use crate::error::Error;
use crate::exit::{Exit, Outcome};

fn main() -> ExitCode {
    if let Some(exit) = commands::complete(Arguments::all) {
        return exit;
    }
    let as_json = || arguments::requests_json(std::env::args_os().skip(1));
    let outcome = match Arguments::read() {
        Ok(arguments) => run(arguments),
        Err(ReadError::Invalid(error)) => Err(error),
        Err(ReadError::Help(help)) => {
            // It does not matter whether stdout is read.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) if arguments::names_check(std::env::args_os()) => {
            let error = error.of_check();
            if !as_json() {
                // Monitoring reads stdout. A closed stdout does not change the exit code.
                let _ = output::print(&commands::unknown_check(error.message()));
            }
            error.report(as_json())
        }
        Err(error) => error.report(as_json()),
    }
}

fn run(arguments: Arguments) -> Result<Outcome, Error> {
    let runtime = runtime::start().map_err(|error| {
        Error::with_source(Exit::Unreachable, "cannot start the runtime", &error)
    })?;
    let outcome = runtime.block_on(commands::run(arguments, Arguments::all));
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    outcome
}
