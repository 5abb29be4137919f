//! The file in which runs of the command share what they know about the server's rate limit.
//!
//! There is one for each key and server, in the user's state directory. Concurrent and successive runs share one
//! budget through it. If it cannot be used, the run does not share its pace, and reports that once with `-v`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use certs_core::pacer::{PaceState, PaceStore, SharedPacer};

use crate::account::Account;
use crate::files;

/// How long to wait for the lock. Another run holds it for a shorter time, unless it is suspended.
const MAX_LOCK_WAIT: Duration = Duration::from_millis(100);

/// The maximum size of a state: several runs at hundreds of requests a minute need less.
const MAX_LEN: u64 = 1024 * 1024;

/// Makes this pacer share its budget with other runs that use the same key at the same server.
///
/// `directory` is the user's state directory, if there is one. `report` is called once if the state cannot be shared.
pub(crate) fn share(
    pacer: SharedPacer,
    directory: Option<&Path>,
    account: &Account,
    report: fn(&str),
) -> SharedPacer {
    let Some(directory) = directory else {
        report("the pace is not shared with other runs: there is no home directory");
        return pacer;
    };
    let started = unix_time().as_nanos();
    let run = format!("{}-{started}", std::process::id());
    pacer.with_store(PaceFile::new(directory, account, report), run)
}

/// The limit that runs with this account have learned in the last ten minutes, in requests per minute.
pub(crate) fn learned_limit(directory: &Path, account: &Account) -> Option<u32> {
    let mut file = PaceFile::new(directory, account, |_| {}).open().ok()?;
    read(&mut file).ok()?.learned_limit(unix_time())
}

/// A [`PaceStore`] in a file.
#[derive(Debug)]
struct PaceFile {
    path: PathBuf,
    report: fn(&str),
    has_reported: AtomicBool,
    /// Whether the lock was not available in time the last time. It is not waited for again.
    was_locked: AtomicBool,
}

impl PaceFile {
    fn new(directory: &Path, account: &Account, report: fn(&str)) -> Self {
        let path = directory.join(format!("pace-{}.json", account.key));
        Self {
            path,
            report,
            has_reported: AtomicBool::new(false),
            was_locked: AtomicBool::new(false),
        }
    }

    /// Opens the file, which only its owner can read, and locks it.
    fn open(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent() {
            files::create_private_directory(directory)?;
        }
        // A pipe or a device would block.
        if self.path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::other("not a regular file"));
        }
        let file = options().open(&self.path)?;
        files::restrict(&file, 0o600)?;
        self.lock(&file)?;
        Ok(file)
    }

    fn lock(&self, file: &File) -> io::Result<()> {
        let was_locked = self.was_locked.load(Ordering::Relaxed);
        let wait = if was_locked { Duration::ZERO } else { MAX_LOCK_WAIT };
        let locked = lock_within(file, wait);
        self.was_locked.store(locked.is_err(), Ordering::Relaxed);
        locked
    }

    fn report(&self, problem: &io::Error) {
        if !self.has_reported.swap(true, Ordering::Relaxed) {
            (self.report)(&format!(
                "the pace is not shared with other runs: {}: {problem}",
                self.path.display()
            ));
        }
    }
}

impl PaceStore for PaceFile {
    fn update(&self, change: &mut dyn FnMut(PaceState, Duration) -> PaceState) {
        let mut file = match self.open() {
            Ok(file) => file,
            Err(error) => return self.report(&error),
        };
        let state = read(&mut file).unwrap_or_else(|error| {
            self.report(&error);
            PaceState::default()
        });
        if let Err(error) = write(&mut file, &change(state, unix_time())) {
            self.report(&error);
        }
        // Closing the file releases the lock.
    }
}

fn read(file: &mut File) -> io::Result<PaceState> {
    let mut text = String::new();
    file.take(MAX_LEN).read_to_string(&mut text)?;
    // A new file is empty.
    if text.is_empty() { Ok(PaceState::default()) } else { Ok(serde_json::from_str(&text)?) }
}

fn write(file: &mut File, state: &PaceState) -> io::Result<()> {
    let text = serde_json::to_vec(state)?;
    file.rewind()?;
    file.write_all(&text)?;
    file.set_len(text.len() as u64)
}

fn lock_within(file: &File, wait: Duration) -> io::Result<()> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() < wait => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another run has locked it"));
            }
        }
    }
}

fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU32;

    use certs_core::operation::Endpoint;
    use certs_core::{AdminKey, BaseUrl};

    use super::*;

    /// A new directory, removed after the test.
    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("certs-pace-{}-{number}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn file(&self) -> PathBuf {
            PaceFile::new(&self.0, &account(), silent).path
        }

        /// A pacer of another run that allows three requests a minute.
        fn pacer(&self, report: fn(&str)) -> SharedPacer {
            share(SharedPacer::fixed(3), Some(&self.0), &account(), report)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
            let _ = fs::remove_file(&self.0);
        }
    }

    fn account() -> Account {
        Account::new(&BaseUrl::default(), &AdminKey::new("sk-admin-a".into()).unwrap())
    }

    fn silent(_: &str) {}

    /// How many requests the pacer allows at once.
    fn send(pacer: &SharedPacer) -> usize {
        static LIST: Endpoint = Endpoint::get("list", "/list");
        let reserve = || pacer.try_reserve(&LIST, Duration::ZERO).ok();
        let sent = std::iter::from_fn(reserve).map(|reservation| {
            reservation.start().finish(&Ok(http::Response::new("")), Duration::ZERO);
        });
        sent.take(10).count()
    }

    #[test]
    fn runs_share_one_budget() {
        let directory = Directory::new();
        assert_eq!(send(&directory.pacer(silent)), 3);
        assert_eq!(send(&directory.pacer(silent)), 0, "a later run");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let directory = Directory::new();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for _ in 0..2 {
            send(&directory.pacer(silent));
            assert_eq!((mode(&directory.0), mode(&directory.file())), (0o700, 0o600));
            // Permissions that were added are removed again.
            fs::set_permissions(&directory.0, fs::Permissions::from_mode(0o755)).unwrap();
            fs::set_permissions(directory.file(), fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn a_corrupt_file_is_reported_once_and_replaced() {
        static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let directory = Directory::new();
        for text in [&b"{\"version\":1,\"endp"[..], b"\xff", b"{\"version\":2,\"endpoints\":{}}"] {
            fs::create_dir_all(&directory.0).unwrap();
            fs::write(directory.file(), text).unwrap();
            assert_eq!(
                send(&directory.pacer(|report| REPORTS.lock().unwrap().push(report.into()))),
                3
            );
            let reports = std::mem::take(&mut *REPORTS.lock().unwrap());
            assert_eq!(reports.len(), 1, "{reports:?}");
            assert!(reports[0].contains("not shared with other runs"), "{reports:?}");
            assert_eq!(send(&directory.pacer(silent)), 0, "the next run shares again");
        }
    }

    #[test]
    fn an_unusable_path_is_reported_once() {
        static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let report: fn(&str) = |report| REPORTS.lock().unwrap().push(report.into());
        let directory = Directory::new();
        fs::create_dir_all(directory.file()).unwrap();
        assert_eq!(send(&directory.pacer(report)), 3);
        let not_a_directory = Directory::new();
        fs::write(&not_a_directory.0, "").unwrap();
        assert_eq!(send(&not_a_directory.pacer(report)), 3);
        let pacer = share(SharedPacer::fixed(3), None, &account(), report);
        assert_eq!(send(&pacer), 3);
        let reports = REPORTS.lock().unwrap().clone();
        assert_eq!(reports.len(), 3, "{reports:?}");
        assert!(reports[0].contains("not a regular file"), "{reports:?}");
        assert!(reports[2].contains("no home directory"), "{reports:?}");
    }

    #[test]
    fn a_file_that_another_run_keeps_locked_is_not_waited_for() {
        let directory = Directory::new();
        send(&directory.pacer(silent));
        let file = File::open(directory.file()).unwrap();
        file.lock().unwrap();
        assert!(send(&directory.pacer(silent)) > 0, "this run works alone");
    }
}
