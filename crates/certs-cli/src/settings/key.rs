//! Reads the admin key, and explains the usual mistakes with it.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;
use std::process::{Command, Stdio};

use certs_core::AdminKey;
use zeroize::Zeroizing;

use super::{KeySource, Settings};
use crate::environment;
use crate::error::Error;
use crate::terminal::print_status;

/// The maximum length, so that an endless device is not read forever.
const MAX_LEN: u64 = 16 * 1024;

/// Reads the admin key. There is no default.
pub(crate) fn read(settings: &Settings) -> Result<AdminKey, Error> {
    match &settings.key {
        KeySource::Flag(key) => {
            print_status(
                "warning: others on this machine can see --admin-key; \
                 use OPENAI_ADMIN_KEY or --admin-key-file",
            );
            parse("--admin-key", key.clone().into_bytes())
        }
        KeySource::File(file) => {
            from_file(&file.value, &format!("{} {}", file.source, file.value.display()))
        }
        KeySource::Variable => match environment::text(VARIABLE)? {
            Some(key) => parse(VARIABLE, key.into_bytes()),
            None => Err(missing()),
        },
        KeySource::Command(command) => from_command(&command.value),
        KeySource::Missing => Err(missing()),
    }
}

pub(crate) const VARIABLE: &str = "OPENAI_ADMIN_KEY";

fn missing() -> Error {
    let error = Error::usage(
        "no admin key: set OPENAI_ADMIN_KEY, or give --admin-key-file FILE (`-` reads stdin)",
    );
    if environment::is_set("OPENAI_API_KEY") {
        error.with_hint(
            "OPENAI_API_KEY is set, but a project's key cannot administer certificates: \
             an owner creates an admin key (sk-admin-…) in the organization's settings",
        )
    } else {
        error
    }
}

fn from_file(file: &Path, name: &str) -> Result<AdminKey, Error> {
    let mut key = Vec::with_capacity(256);
    let read = if file == Path::new("-") {
        stdin().lock().take(MAX_LEN).read_to_end(&mut key)
    } else {
        warn_if_world_readable(file);
        File::open(file).and_then(|file| file.take(MAX_LEN).read_to_end(&mut key))
    };
    read.map_err(|error| Error::invalid(name, &error))?;
    parse(name, key)
}

/// Runs a program that prints the key, such as a password manager's.
fn from_command(command: &[String]) -> Result<AdminKey, Error> {
    const NAME: &str = "admin_key_command";
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::usage(format!("{NAME} is empty")));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::inherit()).stderr(Stdio::inherit());
    let output =
        command.output().map_err(|error| Error::invalid(format!("{NAME} {program}"), &error))?;
    if output.status.success() {
        parse(NAME, output.stdout)
    } else {
        Err(Error::usage(format!("{NAME} {program} ended with {}", output.status)))
    }
}

/// Parses a key, or explains what is wrong with it.
fn parse(source: &str, key: Vec<u8>) -> Result<AdminKey, Error> {
    let key = Zeroizing::new(key);
    let wrong = |what: &str| Err(Error::usage(format!("{source}: {what}")));
    if key.starts_with(b"\xff\xfe")
        || key.starts_with(b"\xfe\xff")
        || key.get(..2).is_some_and(|two| two.contains(&0))
    {
        return wrong("the key is in UTF-16: save it as plain text (`iconv -f UTF-16 -t UTF-8`)");
    }
    // Editors on Windows begin a text file with a byte order mark.
    let key = key.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&key);
    let Ok(key) = std::str::from_utf8(key) else { return wrong("the key is not UTF-8") };
    let key = key.trim();
    if key.starts_with(['"', '\'']) || key.ends_with(['"', '\'']) {
        return wrong("the key is in quotes: remove them");
    }
    if key.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return wrong("the key begins with `Bearer`: remove that");
    }
    let name = key.split_once('=').map(|(name, _)| name.trim_end());
    if name.is_some_and(|name| name.ends_with("KEY") || name.contains(char::is_whitespace)) {
        return wrong("this is an assignment, NAME=KEY: give the key alone");
    }
    if key.contains(['\n', '\r']) {
        return wrong("there is more than one line: give the key alone");
    }
    AdminKey::new(key.to_owned()).map_err(|error| Error::invalid(source, &error))
}

/// Warns if everyone on this machine can read the file.
#[cfg(unix)]
pub(crate) fn warn_if_world_readable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = std::fs::metadata(file) else { return };
    if metadata.is_file() && metadata.permissions().mode() & 0o004 != 0 {
        let file = file.display();
        print_status(&format!("warning: everyone on this machine can read {file}: `chmod 600` it"));
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_world_readable(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(key: &[u8]) -> String {
        parse("KEY", key.into()).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_key_with_a_byte_order_mark_or_line_break_is_accepted() {
        for key in ["sk-admin-x", " sk-admin-x\n", "\u{feff}sk-admin-x\r\n", "sk=admin=x"] {
            assert!(parse("KEY", key.into()).is_ok(), "{key:?}");
        }
    }

    #[test]
    fn usual_mistakes_are_explained() {
        for (key, what) in [
            (&b"\"sk-admin-x\""[..], "quotes"),
            (b"'sk-admin-x'\n", "quotes"),
            (b"OPENAI_ADMIN_KEY=sk-admin-x", "assignment"),
            (b"export OPENAI_ADMIN_KEY=sk-admin-x", "assignment"),
            (b"Bearer sk-admin-x", "Bearer"),
            (b"\xff\xfes\0k\0", "UTF-16"),
            (b"\xfe\xff\0s\0k", "UTF-16"),
            (b"s\0k\0", "UTF-16"),
            (b"\0s\0k", "UTF-16"),
            (b"\xffsk", "UTF-8"),
            (b"sk-1\nsk-2\n", "line"),
            (b"", "empty"),
        ] {
            let complaint = complaint(key);
            assert!(complaint.contains(what) && !complaint.contains("sk-"), "{complaint}");
        }
    }
}
