//! The ids and names of the last lists, for completions.
//!
//! They are in the user's cache directory, readable only by the user, in one file for each server, profile and
//! source of the admin key. Nothing else reads them, and no command fails because they cannot be written.

use std::fs;
use std::path::PathBuf;

use certs_types::{Certificate, Project};
use serde::{Deserialize, Serialize};

use crate::account::fingerprint;
use crate::environment;
use crate::files;
use crate::settings::{KeySource, Settings, cache_directory, key};

/// The kind of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Certificates,
    Projects,
}

/// A certificate or a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// No shell shows a longer list.
const MAX_ENTRIES: usize = 1000;

/// The files for one account.
pub(crate) struct CompletionCache {
    directory: PathBuf,
    account: String,
    is_on: bool,
}

impl CompletionCache {
    /// The cache for these settings; `None` without a cache directory, or if it is not known which key is used.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let profile = settings.profile.as_ref().map_or("", |(name, _)| name);
        // Completions must not run a password manager, so the file depends on the source of the key, not on the key.
        let key = match &settings.key {
            KeySource::Flag(key) => key.clone(),
            KeySource::Variable => environment::text(key::VARIABLE).ok()??,
            KeySource::File(_) if settings.reads_stdin() => return None,
            KeySource::File(file) => file.value.to_string_lossy().into_owned(),
            KeySource::Command(command) => command.value.join("\0"),
            KeySource::Missing => return None,
        };
        let account = fingerprint(&(&settings.base_url.value, profile, key));
        let directory = cache_directory().ok()??;
        Some(Self { directory, account, is_on: settings.completion_cache })
    }

    /// The entries of the last list; none if there is no readable file.
    pub(crate) fn read(&self, kind: Kind) -> Vec<Entry> {
        if !self.is_on {
            return Vec::new();
        }
        let text = fs::read(self.path(kind)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Replaces the entries, unless the cache is switched off.
    fn write(&self, kind: Kind, entries: &[Entry]) {
        let path = self.path(kind);
        let text = serde_json::to_vec(entries).unwrap_or_default();
        // The cache is a convenience: a command does not fail because of it.
        let _ = if self.is_on {
            files::create_private_directory(&self.directory)
                .and_then(|()| files::replace_private(&path, &text))
        } else {
            fs::remove_file(&path)
        };
    }

    fn path(&self, kind: Kind) -> PathBuf {
        let name = match kind {
            Kind::Certificates => "certificates",
            Kind::Projects => "projects",
        };
        self.directory.join(format!("{name}-{}.json", self.account))
    }
}

/// The entries listed so far, written to the cache when the list is complete.
#[derive(Default)]
pub(crate) struct Listed(Vec<Entry>);

impl Listed {
    pub(crate) fn certificates(&mut self, listed: &[Certificate]) -> &Self {
        self.extend(listed.iter().map(|one| (one.id.as_str(), one.name.as_deref())))
    }

    pub(crate) fn projects(&mut self, listed: &[Project]) -> &Self {
        self.extend(listed.iter().map(|one| (one.id.as_str(), one.name.as_deref())))
    }

    pub(crate) fn keep(&self, kind: Kind, settings: &Settings) {
        if let Some(cache) = CompletionCache::of(settings) {
            cache.write(kind, &self.0);
        }
    }

    fn extend<'a>(&mut self, listed: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> &Self {
        let entries = listed.map(|(id, name)| Entry { id: id.into(), name: name.map(Into::into) });
        self.0.extend(entries.take(MAX_ENTRIES - self.0.len()));
        self
    }
}
