//! How many requests of the last minute the server has counted, and when they no longer count.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a request counts: a minute, and a second for servers whose clocks count in whole seconds.
pub(super) const WINDOW: Duration = Duration::from_secs(61);

/// Requests that are this close to one another are counted as one entry, which bounds the memory.
const RESOLUTION: Duration = Duration::from_millis(100);

/// The requests of the last [`WINDOW`], by the time of their responses.
///
/// The server counts a request when it arrives, somewhere between sending and response. Counted from the
/// response on, it has surely left the server's minute when it leaves this one.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    /// Time of the last response and number of requests, oldest first.
    entries: VecDeque<(Duration, u32)>,
}

impl Recent {
    /// Counts `requests` from `at` on.
    pub(super) fn add(&mut self, at: Duration, requests: u32) {
        self.forget_expired(at);
        match self.entries.back_mut() {
            Some((last, count)) if at.saturating_sub(*last) < RESOLUTION => {
                *last = at.max(*last);
                *count = count.saturating_add(requests);
            }
            _ => self.entries.push_back((at, requests)),
        }
    }

    /// The number of requests that still count.
    pub(super) fn count(&self, now: Duration) -> u32 {
        self.counting(now).fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// When at most `limit` requests still count; now, if that is so already.
    pub(super) fn below(&self, limit: u32, now: Duration) -> Duration {
        let mut excess = self.count(now).saturating_sub(limit);
        for (at, count) in self.counting(now) {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(count);
            if excess == 0 {
                return at.saturating_add(WINDOW);
            }
        }
        now
    }

    pub(super) fn move_back(&mut self, by: Duration) {
        for (at, _) in &mut self.entries {
            *at = at.saturating_sub(by);
        }
    }

    fn counting(&self, now: Duration) -> impl Iterator<Item = (Duration, u32)> + '_ {
        self.entries.iter().copied().filter(move |(at, _)| at.saturating_add(WINDOW) > now)
    }

    fn forget_expired(&mut self, now: Duration) {
        while self.entries.front().is_some_and(|(at, _)| at.saturating_add(WINDOW) <= now) {
            self.entries.pop_front();
        }
    }
}
