//! Files that are replaced whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces a file, or makes it, so that a reader sees either what was there before or all of the new
/// content, whenever this process is killed.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // A symbolic link stays one: what it points to is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(path)?;
    let written = write(&beside, path, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // It may never have been made.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write(beside: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(beside)?;
    if let Ok(there) = fs::metadata(path) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(content)?;
    file.sync_data()
}

/// A hidden file in the same directory: renaming works within one file system only.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty directory that is gone when the test is over.
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
    fn leaves_nothing_but_the_file() {
        let directory = Directory::new("replace");
        let file = directory.0.join("file");
        replace(&file, b"one").unwrap();
        replace(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let directory = Directory::new("failure");
        assert!(replace(&directory.0, b"x").is_err(), "it is a directory");
        assert!(replace(Path::new("/"), b"x").is_err());
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 0);
    }
}
