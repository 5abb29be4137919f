//! Where the admin key comes from.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use certs_core::AdminKey;

use crate::arguments::Settings;
use crate::environment::variable;
use crate::failure::{Exit, Failure};
use crate::text;

/// The key by flag, else by environment. There is no default.
pub(crate) fn find(settings: &Settings) -> Result<AdminKey, Failure> {
    if let Some(file) = &settings.admin_key_file {
        return read(file);
    }
    if let Some(key) = &settings.admin_key {
        text::say(
            "warning: others on this machine can see --admin-key; \
             use OPENAI_ADMIN_KEY or --admin-key-file",
        );
        return take("--admin-key", key.clone());
    }
    match variable("OPENAI_ADMIN_KEY") {
        Some(key) => take("OPENAI_ADMIN_KEY", key),
        None => Err(Failure::usage(
            "no admin key: set OPENAI_ADMIN_KEY, or give --admin-key-file FILE (`-` reads stdin)",
        )),
    }
}

fn read(file: &Path) -> Result<AdminKey, Failure> {
    // No key is longer; a device that never ends is not read for ever.
    const MOST: u64 = 16 * 1024;
    let mut key = String::with_capacity(256);
    let read = if file == Path::new("-") {
        stdin().lock().take(MOST).read_to_string(&mut key)
    } else {
        File::open(file).and_then(|file| file.take(MOST).read_to_string(&mut key))
    };
    let name = format!("--admin-key-file {}", file.display());
    read.map_err(|error| Failure::with_source(Exit::Usage, &name, &error))?;
    take(&name, key)
}

fn take(source: &str, mut key: String) -> Result<AdminKey, Failure> {
    // In place: the type clears the one copy there is.
    key.truncate(key.trim_end().len());
    AdminKey::new(key).map_err(|error| Failure::with_source(Exit::Usage, source, &error))
}
