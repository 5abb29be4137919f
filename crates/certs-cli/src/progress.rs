//! How far a long reading is: a bar on a terminal, else a line at the start and every 30 seconds.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::print_status;

/// The time between two lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(30);

/// A reading on its way.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Begins; `what` names the things that are read, such as `projects read`.
    pub(crate) fn start(what: &'static str, total: usize) -> Self {
        let bar = stderr().is_terminal().then(|| bar(what, total));
        if bar.is_none() {
            print_status(&format!("{what}: 0 of {total}"));
        }
        let now = Instant::now();
        Self { what, total, done: 0, bar, started: now, last_line: now }
    }

    /// So many are done now.
    pub(crate) fn set(&mut self, done: usize) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(done.try_into().unwrap_or(u64::MAX));
        } else if self.last_line.elapsed() >= INTERVAL {
            self.last_line = Instant::now();
            let left = match self.left() {
                Some(left) => format!(", about {} s left", left.as_secs()),
                None => String::new(),
            };
            print_status(&format!("{}: {done} of {}{left}", self.what, self.total));
        }
    }

    /// One more is done.
    pub(crate) fn advance(&mut self) {
        self.set(self.done + 1);
    }

    /// A line beside the bar.
    pub(crate) fn print_line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| print_status(line)),
            None => print_status(line),
        }
    }

    fn left(&self) -> Option<Duration> {
        let each = self.started.elapsed().checked_div(self.done.try_into().ok()?)?;
        Some(each * u32::try_from(self.total.saturating_sub(self.done)).ok()?)
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
