//! The `certs` command: arguments in, tables or JSON out.

mod arguments;
mod commands;
mod confirm;
mod environment;
mod failure;
mod interrupt;
mod key;
mod output;
mod session;
mod table;
mod text;
mod tls;
mod wire;
mod x509;

use std::process::ExitCode;

use crate::arguments::{Arguments, Unread};
use crate::failure::{Exit, Failure};

fn main() -> ExitCode {
    let outcome = match Arguments::read() {
        Ok(arguments) => carry_out(arguments),
        Err(Unread::Fault(failure)) => Err(failure),
        Err(Unread::Clap(error)) => {
            // Help and version among them; whether anyone reads them is their business.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn carry_out(arguments: Arguments) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            Failure::with_source(Exit::Unreachable, "this machine gives no runtime", &error)
        })?;
    let outcome = runtime.block_on(commands::run(arguments));
    // A name that is still being looked up must not hold the prompt.
    runtime.shutdown_background();
    outcome
}
