//! The requests of the last minute, as the server may count them.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a request counts: a minute, plus a second for servers whose clocks count in whole seconds.
pub(super) const WINDOW: Duration = Duration::from_secs(61);

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Requests that are this close together are counted as one entry, which bounds the memory.
const RESOLUTION: Duration = Duration::from_millis(250);

/// The requests of the last [`WINDOW`], by the time of their responses.
///
/// The server counts a request when it arrives, at some time between sending and response. Counted from the
/// response on, it has certainly left the server's window when it leaves this one.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    /// Oldest first.
    entries: VecDeque<Entry>,
    /// The requests of all entries.
    total: u32,
}

/// Requests within [`RESOLUTION`]. All of them count until the last one expires.
#[derive(Debug, Clone, Copy)]
struct Entry {
    first: Duration,
    last: Duration,
    requests: u32,
}

impl Recent {
    /// Counts a request from `at` on.
    pub(super) fn add(&mut self, at: Duration) {
        self.forget_expired(at);
        self.total = self.total.saturating_add(1);
        match self.entries.back_mut() {
            Some(entry) if at.saturating_sub(entry.first) < RESOLUTION => {
                entry.last = entry.last.max(at);
                entry.requests = entry.requests.saturating_add(1);
            }
            _ => self.entries.push_back(Entry { first: at, last: at, requests: 1 }),
        }
    }

    /// These requests and others.
    pub(super) fn with(&self, others: Vec<(Duration, u32)>) -> Self {
        let mut entries: Vec<Entry> = self.entries.iter().copied().collect();
        let entry = |(at, requests)| Entry { first: at, last: at, requests };
        entries.extend(others.into_iter().map(entry));
        entries.sort_by_key(|entry| entry.last);
        let total = entries.iter().fold(0u32, |sum, entry| sum.saturating_add(entry.requests));
        Self { entries: entries.into(), total }
    }

    /// The requests that still count, by time.
    pub(super) fn requests(&self, now: Duration) -> Vec<(Duration, u32)> {
        let counting = self.entries.iter().filter(|entry| entry.counts(WINDOW, now));
        counting.map(|entry| (entry.last, entry.requests)).collect()
    }

    /// The number of requests in the `time` before now, which is at most [`WINDOW`].
    pub(super) fn count(&self, time: Duration, now: Duration) -> u32 {
        let expired = self.entries.iter().take_while(|entry| !entry.counts(time, now));
        expired.fold(self.total, |rest, entry| rest.saturating_sub(entry.requests))
    }

    /// When at most `limit` of the requests after `since` still count, which may be now.
    pub(super) fn at_most(&self, limit: u32, since: Duration, now: Duration) -> Duration {
        let mut rest = self.total;
        for entry in &self.entries {
            if rest <= limit {
                break;
            }
            rest = rest.saturating_sub(entry.requests);
            if rest <= limit && entry.last > since {
                return entry.last.saturating_add(WINDOW).max(now);
            }
        }
        now
    }

    fn forget_expired(&mut self, now: Duration) {
        while let Some(entry) = self.entries.front()
            && !entry.counts(WINDOW, now)
        {
            self.total = self.total.saturating_sub(entry.requests);
            self.entries.pop_front();
        }
    }

    pub(super) fn move_back(&mut self, by: Duration) {
        for entry in &mut self.entries {
            entry.first = entry.first.saturating_sub(by);
            entry.last = entry.last.saturating_sub(by);
        }
    }
}

impl Entry {
    fn counts(&self, time: Duration, now: Duration) -> bool {
        self.last.saturating_add(time) > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);
    const NANOSECOND: Duration = Duration::from_nanos(1);

    fn recent(times: impl IntoIterator<Item = Duration>) -> Recent {
        let mut recent = Recent::default();
        times.into_iter().for_each(|time| recent.add(time));
        recent
    }

    #[test]
    fn requests_within_a_quarter_of_a_second_are_one_entry() {
        assert_eq!(recent([START, START + RESOLUTION - NANOSECOND]).entries.len(), 1);
        assert_eq!(recent([START, START + RESOLUTION]).entries.len(), 2);
    }

    #[test]
    fn a_request_counts_until_its_window_has_passed_and_is_forgotten_then() {
        let mut recent = recent([START]);
        assert_eq!(recent.count(WINDOW, START + WINDOW - NANOSECOND), 1);
        assert_eq!(recent.count(WINDOW, START + WINDOW), 0);
        recent.add(START + WINDOW);
        assert_eq!((recent.entries.len(), recent.total), (1, 1));
    }

    #[test]
    fn only_requests_after_the_given_time_delay_another() {
        let recent = recent([START]);
        let next = |since| recent.at_most(0, since, START + RESOLUTION);
        assert_eq!(next(START - NANOSECOND), START + WINDOW);
        assert_eq!(next(START), START + RESOLUTION);
    }
}
