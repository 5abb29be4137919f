//! Atomic replacement of files.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces or creates a file, so that a reader sees either the previous content or all of the new
/// content, even if this process is killed.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, content, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Replaces or creates a file that only this user can read.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, content, private(OpenOptions::new().write(true).create(true).truncate(true)))
}

/// Creates a directory and its parents. Only this user can read it.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    create_directory(path)?;
    restrict(&File::open(path)?, 0o700)
}

/// Removes the permissions of everybody but the owner.
#[cfg(unix)]
pub(crate) fn restrict(file: &File, mode: u32) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let is_open = file.metadata()?.permissions().mode() & 0o077 != 0;
    if is_open { file.set_permissions(Permissions::from_mode(mode)) } else { Ok(()) }
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

fn replace_with(path: &Path, content: &[u8], options: &OpenOptions) -> io::Result<()> {
    // A symbolic link is kept: its target is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = temporary(path)?;
    let written =
        write(&temporary, path, content, options).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not exist.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write(temporary: &Path, path: &Path, content: &[u8], options: &OpenOptions) -> io::Result<()> {
    let mut file = options.open(temporary)?;
    if let Ok(previous) = fs::metadata(path) {
        file.set_permissions(previous.permissions())?;
    }
    file.write_all(content)?;
    file.sync_data()
}

/// A hidden file in the same directory, because a rename works only within one file system.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    Ok(path.with_file_name(hidden))
}

/// Creates a directory and its parents. Only this user can read those that did not exist.
#[cfg(unix)]
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty directory, removed after the test.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("certs-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn leaves_no_temporary_file() {
        let directory = Directory::new("replace");
        let file = directory.0.join("file");
        replace(&file, b"one").unwrap();
        replace(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_previous_content() {
        let directory = Directory::new("failure");
        assert!(replace(&directory.0, b"x").is_err(), "it is a directory");
        assert!(replace(Path::new("/"), b"x").is_err());
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 0);
    }
}
