//! The progress of a long reading: a bar on a terminal, otherwise a line at the start and every 30 seconds.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{IsTerminal, stderr};
use std::pin::pin;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::SignedDuration;

use crate::terminal::print_status;

/// Runs a future, and prints lines of its progress in time even while it has nothing to report.
pub(crate) async fn report_while<F: Future>(progress: &RefCell<Progress>, work: F) -> F::Output {
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(INTERVAL);
    poll_fn(|context| {
        while ticks.poll_tick(context).is_ready() {
            progress.borrow_mut().print_if_due();
        }
        work.as_mut().poll(context)
    })
    .await
}

/// The time between two lines without a terminal.
const INTERVAL: Duration = Duration::from_secs(30);

/// The progress of a reading.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Starts; `what` names what is counted, such as `projects read`.
    pub(crate) fn start(what: &'static str, total: usize) -> Self {
        let bar = stderr().is_terminal().then(|| bar(what, total));
        if bar.is_none() {
            print_status(&format!("{what}: 0 of {total}"));
        }
        let now = Instant::now();
        Self { what, total, done: 0, bar, started: now, last_line: now }
    }

    /// Sets how many are done, and how many are known.
    pub(crate) fn set(&mut self, done: usize, total: usize) {
        (self.done, self.total) = (done, total);
        if let Some(bar) = &self.bar {
            bar.set_length(total.try_into().unwrap_or(u64::MAX));
            bar.set_position(done.try_into().unwrap_or(u64::MAX));
        }
        self.print_if_due();
    }

    /// Without a bar, prints a line if the last one was long enough ago.
    fn print_if_due(&mut self) {
        if self.bar.is_some() || self.last_line.elapsed() < INTERVAL {
            return;
        }
        self.last_line = Instant::now();
        let left = self.left().map_or(String::new(), |left| format!(", about {left:#} left"));
        print_status(&format!("{}: {} of {}{left}", self.what, self.done, self.total));
    }

    /// Counts one more as done.
    pub(crate) fn advance(&mut self) {
        self.set(self.done + 1, self.total);
    }

    /// The estimated time for the rest, to the second.
    fn left(&self) -> Option<SignedDuration> {
        let each = self.started.elapsed().checked_div(self.done.try_into().ok()?)?;
        let left = u32::try_from(self.total.saturating_sub(self.done)).ok()?;
        Some(SignedDuration::from_secs(each.checked_mul(left)?.as_secs().try_into().ok()?))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &'static str, total: usize) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some(total.try_into().unwrap_or(u64::MAX)), target);
    let style = ProgressStyle::with_template("{msg}: {pos} of {len}, {eta} left {wide_bar}");
    bar.with_message(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
