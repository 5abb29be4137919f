//! The request log: a line of JSON for each request, on stderr.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use certs_emulator::JournalEntry;

/// Writes on a thread of its own: whoever reads stderr slowly, or not at all, holds up no request.
#[derive(Clone)]
pub(super) struct Log {
    queue: SyncSender<Item>,
    missed: Arc<AtomicU64>,
}

enum Item {
    Line(String),
    /// Everything before it is written: tell so.
    Mark(SyncSender<()>),
}

/// The most lines that wait. What comes then is left out and counted.
const QUEUE: usize = 1024;

impl Log {
    pub(super) fn start() -> Self {
        let (queue, items) = sync_channel(QUEUE);
        let missed = Arc::new(AtomicU64::new(0));
        let log = Self { queue, missed: Arc::clone(&missed) };
        thread::spawn(move || write(&items, &missed));
        log
    }

    pub(super) fn show(&self, entry: &JournalEntry) {
        let Ok(mut line) = serde_json::to_string(entry) else { return };
        line.push('\n');
        if self.queue.try_send(Item::Line(line)).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything is written, but not long: nobody may be reading.
    pub(super) fn finish(self) {
        let (done, written) = sync_channel(1);
        for _ in 0..PATIENCE {
            if self.queue.try_send(Item::Mark(done.clone())).is_ok() {
                let _ = written.recv_timeout(PAUSE * PATIENCE);
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

const PAUSE: Duration = Duration::from_millis(10);
const PATIENCE: u32 = 100;

/// Writes what has come as one piece, then waits for more.
fn write(items: &Receiver<Item>, missed: &AtomicU64) {
    while let Ok(first) = items.recv() {
        let mut piece = String::new();
        let mut marks = Vec::new();
        for item in std::iter::once(first).chain(items.try_iter().take(QUEUE)) {
            match item {
                Item::Line(line) => piece.push_str(&line),
                Item::Mark(mark) => marks.push(mark),
            }
        }
        let count = missed.swap(0, Ordering::Relaxed);
        if count > 0 {
            piece.push_str(&format!("{{\"left_out\":{count}}}\n"));
        }
        // Nobody may be listening, and that changes nothing.
        let _ = stderr().lock().write_all(piece.as_bytes());
        for mark in marks {
            let _ = mark.try_send(());
        }
    }
}
