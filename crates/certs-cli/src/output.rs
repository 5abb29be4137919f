//! Results on stdout, as tables, JSON and other formats.

mod certificates;
mod projects;
pub(crate) mod table;

use std::io::{self, ErrorKind, Write, stderr, stdin, stdout};

use serde::Serialize;
use terminal_size::terminal_size_of;

use crate::environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::format::Format;
use crate::json;
use crate::settings::Settings;
use crate::terminal;

pub(crate) use self::certificates::{
    Activity, InScope, certificate_table, day, display_name, expiry_of,
};
pub(crate) use self::table::{Cell, Table};

/// How results are printed.
pub(crate) struct Output {
    pub(crate) format: Format,
    /// The width of the terminal, if there is one.
    pub(crate) columns: Option<usize>,
    pub(crate) colors: bool,
}

impl Output {
    /// The output of a command with these formats, the default first.
    ///
    /// # Errors
    ///
    /// A usage error when `--output` names a format that the command does not have. A profile's format
    /// is ignored by commands that do not have it.
    pub(crate) fn new(
        settings: &Settings,
        formats: &[Format],
        command: &str,
    ) -> Result<Self, Error> {
        use crate::settings::Source;
        let default = formats.first().copied().unwrap_or(Format::Table);
        let format = match &settings.output {
            None => default,
            Some(output) if formats.contains(&output.value) => output.value,
            Some(output) => match output.source {
                Source::Profile { .. } if output.value == Format::Jsonl => Format::Json,
                Source::Profile { .. } => default,
                _ => {
                    return Err(Error::usage(format!(
                        "--output {}: `certs {command}` prints {}",
                        output.value.name(),
                        Format::names(formats)
                    )));
                }
            },
        };
        let (columns, colors) = (columns()?, settings.color.colors_stdout());
        Ok(Self { format, columns, colors })
    }

    /// Prints a value as indented JSON, or on one line for `jsonl`.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Error> {
        let written = match self.format {
            Format::Jsonl => json::write_line(value, stdout().lock()),
            _ => json::write_pretty(value, stdout().lock()),
        };
        accept_broken_pipe(written.map_err(io::Error::from))
    }

    /// Prints a table.
    pub(crate) fn table(&self, table: &Table) -> Result<(), Error> {
        self.print(&table.render(self.columns, self.colors))
    }

    /// Prints what was changed: as JSON, or as a sentence.
    ///
    /// # Errors
    ///
    /// Those of [`after_change`].
    pub(crate) fn done(&self, document: &impl Serialize, sentence: &str) -> Result<(), Error> {
        let printed = match self.format {
            Format::Json => self.json(document),
            _ => self.print(&format!("{sentence}\n")),
        };
        after_change(printed, sentence)
    }

    /// Prints to stdout. A closed pipe is not an error.
    pub(crate) fn print(&self, text: &str) -> Result<(), Error> {
        print(text)
    }
}

/// Refuses to run with a closed stdout, as after `>&-`.
///
/// # Errors
///
/// Exit 2 when stdout is closed.
#[cfg(target_os = "linux")]
pub(crate) fn require_stdout() -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    // At startup the standard library opens /dev/null for reading and writing in place of a closed stdout, while
    // a redirection opens it only for writing.
    let is_null = |file: &str| std::fs::metadata(file).map(|metadata| metadata.rdev()).ok();
    let flags = std::fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    let flags = flags.lines().find_map(|line| line.strip_prefix("flags:")?.trim().chars().last());
    let reads_and_writes = flags == Some('2');
    if reads_and_writes && is_null("/proc/self/fd/1") == is_null("/dev/null") {
        Err(Error::usage("stdout is closed: the result cannot be printed"))
    } else {
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn require_stdout() -> Result<(), Error> {
    Ok(())
}

/// Prints to stdout. A closed pipe is not an error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = stdout().lock();
    accept_broken_pipe(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

fn accept_broken_pipe(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let what = "the result cannot be printed";
            Err(Error::with_source(Exit::Unreachable, what, &error))
        }
        _ => Ok(()),
    }
}

/// The width of the terminal in columns, also if stdout is a pipe; `None` without a terminal.
pub(crate) fn columns() -> Result<Option<usize>, Error> {
    if let Some(columns) = environment::parsed::<u16>("COLUMNS")? {
        return Ok(Some(columns.into()).filter(|&columns| columns > 0));
    }
    let size = terminal_size_of(stdout())
        .or_else(|| terminal_size_of(stderr()))
        .or_else(|| terminal_size_of(stdin()));
    Ok(size.map(|(width, _)| width.0.into()).filter(|&columns| columns > 0))
}

/// If the result of a change could not be printed, makes the error state that the change was made.
pub(crate) fn after_change(printed: Result<(), Error>, change: &str) -> Result<(), Error> {
    printed.map_err(|error| error.after_change(change))
}

/// A field of a line of tab-separated values, with tabs and line breaks escaped.
pub(crate) fn tsv_field(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\t', "\\t");
    terminal::sanitize(&escaped.replace('\n', "\\n").replace('\r', "\\r"))
}
