//! Reading the files that the rules check.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::shell::Outcome;

/// A Rust source file. Its path is relative to the root of the workspace, with `/`.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// All Rust source files of the workspace, sorted by path.
pub(super) fn sources(root: &Path) -> Outcome<Vec<Source>> {
    let mut sources = Vec::new();
    for path in ["crates", "tests", "xtask"].map(|folder| walk(&root.join(folder))) {
        for file in path? {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&file).map_err(|error| at(&file, &error))?;
                sources.push(Source { path: relative(&file, root), text });
            }
        }
    }
    Ok(sources)
}

/// The paths of all files in a folder, relative to it.
pub(super) fn names(folder: &Path) -> Outcome<Vec<String>> {
    Ok(walk(folder)?.iter().map(|file| relative(file, folder)).collect())
}

fn walk(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> =
        entries.map_err(|error| at(folder, &error))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_file() {
            files.push(path);
        } else if !path.ends_with("target") {
            files.extend(walk(&path)?);
        }
    }
    Ok(files)
}

fn relative(file: &Path, root: &Path) -> String {
    let path = file.strip_prefix(root).unwrap_or(file);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
