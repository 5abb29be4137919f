//! The request log on stderr: a line of JSON for each request.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use certs_emulator::JournalEntry;

/// Writes lines on a separate thread, so that a slow reader of stderr does not delay requests.
#[derive(Clone)]
pub(super) struct Log {
    queue: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

enum Item {
    Line(String),
    /// Requests a message once everything before it is written.
    Flush(SyncSender<()>),
}

/// The capacity of the queue. Further lines are dropped and counted.
const QUEUE_CAPACITY: usize = 1024;

impl Log {
    pub(super) fn start() -> Self {
        let (queue, items) = sync_channel(QUEUE_CAPACITY);
        let dropped = Arc::new(AtomicU64::new(0));
        let log = Self { queue, dropped: Arc::clone(&dropped) };
        thread::spawn(move || write_all(&items, &dropped));
        log
    }

    pub(super) fn write(&self, entry: &JournalEntry) {
        let Ok(line) = serde_json::to_string(entry) else { return };
        let line = to_ascii(&line) + "\n";
        if self.queue.try_send(Item::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything is written, but only for a short time because stderr may have no reader.
    pub(super) fn flush(self) {
        let (done, written) = sync_channel(1);
        for _ in 0..ATTEMPTS {
            if self.queue.try_send(Item::Flush(done.clone())).is_ok() {
                let _ = written.recv_timeout(PAUSE * ATTEMPTS);
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Escapes what is not printable ASCII in a line of JSON, so that no control character and no
/// direction mark of a client reaches a terminal.
fn to_ascii(line: &str) -> String {
    let mut ascii = String::with_capacity(line.len());
    for c in line.chars() {
        if (' '..='~').contains(&c) {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

const PAUSE: Duration = Duration::from_millis(10);
const ATTEMPTS: u32 = 100;

/// Writes queued lines, several with one write.
fn write_all(items: &Receiver<Item>, dropped: &AtomicU64) {
    while let Ok(first) = items.recv() {
        let mut text = String::new();
        let mut flushes = Vec::new();
        for item in std::iter::once(first).chain(items.try_iter().take(QUEUE_CAPACITY)) {
            match item {
                Item::Line(line) => text.push_str(&line),
                Item::Flush(done) => flushes.push(done),
            }
        }
        let count = dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            text.push_str(&format!("{{\"dropped_lines\":{count}}}\n"));
        }
        // An error means that stderr has no reader, which does not matter here.
        let _ = stderr().lock().write_all(text.as_bytes());
        for done in flushes {
            let _ = done.try_send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_ascii_and_the_same_json() {
        let text = "a\u{7f}\u{85}\u{202e}\u{2066}\u{feff}\u{e0041}ü𝄞\n\"";
        let line = to_ascii(&serde_json::to_string(text).unwrap());
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
