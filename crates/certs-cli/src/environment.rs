//! What the environment says.

use std::path::{Path, PathBuf};

/// An environment variable; an empty one counts as unset.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A file named by flag, else by environment.
pub(crate) fn file(flag: Option<&Path>, name: &str) -> Option<PathBuf> {
    flag.map(Into::into).or_else(|| variable(name).map(Into::into))
}
