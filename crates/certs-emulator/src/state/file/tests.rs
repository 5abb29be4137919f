use std::error::Error as _;

use serde_json::json;

use super::*;
use crate::Emulator;
use crate::testing::{Calls, builder};

/// A temporary folder, removed after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("emulator-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("state.json")
    }

    fn open(&self) -> Emulator {
        builder().open(self.file()).unwrap()
    }

    fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn rename(emulator: &Emulator, id: &str, name: &str) -> (u16, serde_json::Value) {
    emulator.post(&format!("/organization/certificates/{id}"), json!({ "name": name }))
}

#[test]
fn a_reopened_file_contains_the_state() {
    let folder = Folder::new("reopened");
    let emulator = folder.open();
    let ids = emulator.uploads(3);
    emulator.toggle("", "activate", &ids);
    emulator.toggle("projects/proj_a/", "activate", &ids);
    emulator.toggle("", "deactivate", &ids[..1]);
    emulator.toggle("projects/proj_a/", "deactivate", &ids[..1]);
    rename(&emulator, &ids[1], "Root");
    assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
    let left = emulator.snapshot();
    drop(emulator);
    assert_eq!(Snapshot::from_slice(folder.read().as_bytes()).unwrap(), left);
    assert_eq!(folder.open().snapshot(), left);
    let reopened = builder().project("proj_c".parse().unwrap()).open(folder.file()).unwrap();
    assert_eq!(reopened.get("/organization/projects/proj_c/certificates").0, 200);
    assert_ne!(reopened.snapshot(), left, "a project was added");
    reopened.restore(left.clone()).unwrap();
    drop(reopened);
    assert_eq!(folder.open().snapshot(), left);
}

#[test]
fn appends_changes_and_compacts_a_file_that_grows() {
    let folder = Folder::new("compacts");
    let emulator = folder.open();
    let id = emulator.upload();
    let first = folder.read();
    rename(&emulator, &id, "Root");
    assert!(folder.read().starts_with(&first), "appended");
    let mut longest = 0;
    for n in 0..150 {
        assert_eq!(rename(&emulator, &id, &n.to_string()).0, 200);
        longest = longest.max(folder.read().len());
    }
    assert!((50_000..1_000_000).contains(&longest), "{longest}");
    assert!(folder.read().len() <= longest);
    let left = emulator.snapshot();
    drop(emulator);
    assert_eq!(folder.open().snapshot(), left);
}

#[test]
fn an_interruption_at_any_byte_leaves_the_old_or_the_new_state() {
    let folder = Folder::new("interrupted");
    let emulator = folder.open();
    let id = emulator.upload();
    let before = emulator.snapshot();
    let stored = folder.read();
    rename(&emulator, &id, "Root");
    let after = emulator.snapshot();
    drop(emulator);
    let whole = folder.read();
    for end in (stored.len()..whole.len()).step_by(41) {
        fs::write(folder.file(), &whole[..end]).unwrap();
        assert_eq!(folder.open().snapshot(), before, "at {end}");
    }
    // Compaction: the snapshot is appended, then copied to the beginning.
    fs::write(folder.file(), &whole).unwrap();
    drop(folder.open());
    let snapshot = folder.read();
    for end in (1..snapshot.len()).step_by(97) {
        fs::write(folder.file(), whole.clone() + &snapshot[..end]).unwrap();
        assert_eq!(folder.open().snapshot(), after, "at {end}");
        let overwritten = [&snapshot[..end], &whole[end..], &snapshot].concat();
        fs::write(folder.file(), overwritten).unwrap();
        assert_eq!(folder.open().snapshot(), after, "at {end}");
    }
    // A new file: the first byte is written last.
    for end in (0..snapshot.len()).step_by(97) {
        let unfinished = if end == 0 { String::new() } else { format!(" {}", &snapshot[1..end]) };
        if end == 0 || end > UNFINISHED.len() {
            fs::write(folder.file(), unfinished).unwrap();
            assert_eq!(folder.open().snapshot(), builder().build().snapshot(), "at {end}");
        }
    }
}

#[test]
fn reads_a_snapshot_however_it_is_formatted() {
    let folder = Folder::new("formatted");
    let emulator = builder().build();
    emulator.upload();
    let snapshot = emulator.snapshot();
    for text in [
        serde_json::to_string(&snapshot).unwrap(),
        serde_json::to_string_pretty(&snapshot).unwrap(),
        serde_json::to_string_pretty(&snapshot).unwrap() + "\n",
    ] {
        fs::write(folder.file(), &text).unwrap();
        assert_eq!(Snapshot::from_slice(text.as_bytes()).unwrap(), snapshot);
        assert_eq!(folder.open().snapshot(), snapshot);
        let reopened = folder.open();
        let id = reopened.upload();
        drop(reopened);
        let path = format!("/organization/certificates/{id}");
        assert_eq!(folder.open().get(&path).0, 200);
    }
}

#[test]
fn reports_a_damaged_file_and_leaves_it_unchanged() {
    let folder = Folder::new("damaged");
    let emulator = folder.open();
    let id = emulator.upload();
    rename(&emulator, &id, "Root");
    drop(emulator);
    let whole = folder.read();
    let snapshot = whole.lines().next().unwrap();
    for (text, why) in [
        (snapshot[..snapshot.len() / 2].to_owned(), "EOF"),
        (whole.replacen("\"version\":1", "\"version\":7", 1), "version 7"),
        (whole.replacen("proj_a", "proj_b", 1), "is repeated"),
        (whole.replacen("\"certificates\":[{", "\"certificates\":[", 2), "expected"),
        (whole.replacen("BEGIN", "BEGAN", 1), "its start is missing"),
        (whole.replacen("\n{", "\nx{", 1), "expected value"),
    ] {
        fs::write(folder.file(), &text).unwrap();
        let error = builder().open(folder.file()).unwrap_err();
        assert!(error.to_string().contains("state.json"), "{error}");
        let source = error.source().unwrap().to_string();
        assert!(source.contains(why), "{why}: {source}");
        assert_eq!(folder.read(), text);
    }
}

#[test]
fn only_one_emulator_uses_a_file() {
    let folder = Folder::new("two");
    let first = folder.open();
    let error = builder().open(folder.file()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    let clone = first.clone();
    drop(first);
    assert!(builder().open(folder.file()).is_err(), "a clone keeps the lock");
    drop(clone);
    assert!(builder().open(folder.file()).is_ok());
}

#[test]
fn refuses_anything_but_a_regular_file() {
    let folder = Folder::new("irregular");
    for path in [folder.0.clone(), "/dev/zero".into(), "/dev/null".into()] {
        if path.exists() {
            let error = builder().open(path).unwrap_err();
            assert!(matches!(error, OpenError::NotAFile { .. }), "{error:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn keeps_links_and_the_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("links");
    drop(folder.open());
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.0.join("link.json");
    symlink(folder.file(), &link).unwrap();
    let emulator = builder().open(&link).unwrap();
    let id = emulator.upload();
    assert!(builder().open(folder.file()).is_err(), "the file is locked under each of its names");
    drop(emulator);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.open().get(&format!("/organization/certificates/{id}")).0, 200);
    let names = fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(names, 2, "no files beside it");
}

#[cfg(unix)]
#[test]
fn does_not_make_a_change_that_cannot_be_stored() {
    type Damage = (&'static str, fn(&Path));
    let damages: [Damage; 3] = [
        ("No such file", |path| fs::remove_file(path).unwrap()),
        ("replaced", |path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "").unwrap();
        }),
        ("another program", |path| fs::write(path, "").unwrap()),
    ];
    for (why, damage) in damages {
        let folder = Folder::new("not-stored");
        let emulator = folder.open();
        let id = emulator.upload();
        let before = emulator.snapshot();
        damage(&folder.file());
        let (status, body) = rename(&emulator, &id, "New");
        assert_eq!((status, &body["error"]["type"]), (500, &json!("server_error")));
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains("cannot be stored") && message.contains(why), "{message}");
        let entry = emulator.journal().pop().unwrap();
        assert!(entry.storage_error.unwrap().contains(why));
        assert_eq!(emulator.snapshot(), before);
        assert_eq!(emulator.get("/organization/certificates").0, 200, "reading still works");
        assert!(emulator.reset().is_err());
    }
}
