//! `config.toml`: profiles of settings. It never contains admin keys, only where to find them.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use serde::Deserialize;

use crate::environment;
use crate::error::Error;

/// The settings in a profile. Relative paths are relative to the configuration file.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Profile {
    pub(super) base_url: Option<String>,
    pub(super) admin_key_file: Option<PathBuf>,
    pub(super) admin_key_command: Option<Vec<String>>,
    pub(super) client_cert: Option<PathBuf>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) pace: Option<Pace>,
    pub(super) timeout: Option<String>,
    pub(super) max_retries: Option<u32>,
    pub(super) output: Option<String>,
    pub(super) protected: bool,
    pub(super) completion_cache: Option<bool>,
}

/// A pace, as a number or a word.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Pace {
    PerMinute(u32),
    Word(String),
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PerMinute(pace) => pace.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    profile: BTreeMap<String, Profile>,
}

/// The profile that is used by default, if it exists.
pub(super) const DEFAULT: &str = "default";

/// A profile with its name and its file.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) profile: Profile,
}

/// Reads the profile of this name, or the default one.
pub(super) fn read(name: Option<&str>) -> Result<Option<Found>, Error> {
    let Some(file) = path()? else {
        return match name {
            Some(_) => Err(Error::usage(
                "a profile needs a configuration file, and there is no home directory",
            )),
            None => Ok(None),
        };
    };
    let shown = file.display();
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::invalid(shown, &error)),
    };
    let mut profiles = toml::from_str::<File>(&text)
        .map_err(|error| Error::usage(format!("{shown}: {}", error.to_string().trim_end())))?
        .profile;
    match (name, profiles.remove(name.unwrap_or(DEFAULT))) {
        (_, Some(profile)) => {
            let profile = profile.relative_to(file.parent().unwrap_or(Path::new("")));
            Ok(Some(Found { name: name.unwrap_or(DEFAULT).into(), file, profile }))
        }
        (None, None) => Ok(None),
        (Some(name), None) => {
            let others: Vec<_> = profiles.into_keys().collect();
            let error = Error::usage(format!("{shown} has no profile `{name}`"));
            Err(if others.is_empty() {
                error
            } else {
                error.with_hint(format!("it has: {}", others.join(", ")))
            })
        }
    }
}

/// Where the configuration is. `None` without a home directory.
pub(super) fn path() -> Result<Option<PathBuf>, Error> {
    Ok(directory("XDG_CONFIG_HOME", BaseStrategy::config_dir)?.map(|dir| dir.join("config.toml")))
}

/// The directory of this command for state, such as the learned rate limit.
pub(crate) fn state_directory() -> Result<Option<PathBuf>, Error> {
    directory("XDG_STATE_HOME", |xdg| xdg.state_dir().unwrap_or_else(|| xdg.data_dir()))
}

/// The directory of this command for caches.
pub(crate) fn cache_directory() -> Result<Option<PathBuf>, Error> {
    directory("XDG_CACHE_HOME", BaseStrategy::cache_dir)
}

fn directory(variable: &str, of: fn(&Xdg) -> PathBuf) -> Result<Option<PathBuf>, Error> {
    // The XDG specification ignores a relative path, and another file would be used silently.
    if environment::path(variable).is_some_and(|path| path.is_relative()) {
        return Err(Error::usage(format!("{variable} is not an absolute path")));
    }
    if variable_is_unset(variable) && variable_is_unset("HOME") {
        return Ok(None);
    }
    Ok(Xdg::new().ok().map(|xdg| of(&xdg).join("certs")))
}

fn variable_is_unset(name: &str) -> bool {
    !environment::is_set(name)
}

impl Profile {
    fn relative_to(mut self, directory: &Path) -> Self {
        let files = [
            &mut self.admin_key_file,
            &mut self.client_cert,
            &mut self.client_key,
            &mut self.ca_file,
        ];
        for file in files.into_iter().flatten() {
            *file = directory.join(&file);
        }
        self
    }
}
