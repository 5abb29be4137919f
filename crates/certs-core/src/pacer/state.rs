//! The state of pacers that processes and later runs share.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recent::WINDOW;

/// The version that this crate writes and reads.
const VERSION: u32 = 1;

/// How long a learned limit is used.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// The maximum wait that a state can cause.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Storage for the state that the pacers of several processes share, for example a file.
///
/// See [`SharedPacer::with_store`](crate::pacer::SharedPacer::with_store).
pub trait PaceStore: Debug + Send + Sync {
    /// Reads the state, passes it to `change`, and writes the result, atomically if possible.
    ///
    /// The arguments of `change` are the state, [`PaceState::default`] if there is none, and the time since the Unix
    /// epoch. Call `change` at most once, and not at all if the store is not available: the pacer then works alone.
    /// Return quickly, because the pacer is locked meanwhile.
    fn update(&self, change: &mut dyn FnMut(PaceState, Duration) -> PaceState);
}

/// What the pacers of one key share: the limits they learned, and the requests of the last minute.
///
/// Store it with serde. It contains no keys and no names of certificates. Entries that are older than ten minutes or
/// in the future are ignored, and no entry makes a call wait for more than a minute.
///
/// ```
/// use certs_core::pacer::PaceState;
///
/// let state: PaceState = serde_json::from_str(r#"{"version":1,"endpoints":{}}"#)?;
/// assert_eq!(state, PaceState::default());
/// assert!(serde_json::from_str::<PaceState>(r#"{"version":2,"endpoints":{}}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceState {
    version: Version,
    /// Until when all endpoints are blocked.
    #[serde(default)]
    pub(super) blocked_until: u64,
    pub(super) endpoints: BTreeMap<String, EndpointState>,
}

/// What is known about one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndpointState {
    /// The learned limit, if any, and when it was learned or confirmed.
    #[serde(default)]
    per_minute: Option<u32>,
    #[serde(default)]
    learned_at: u64,
    #[serde(default)]
    blocked_until: u64,
    /// For each pacer, the requests of the last minute: the second and their number.
    #[serde(default)]
    requests: BTreeMap<String, Vec<(u64, u32)>>,
}

/// What one pacer contributes to an endpoint, with times of its own clock.
pub(super) struct Contribution {
    pub(super) learned: Option<(u32, Duration)>,
    pub(super) blocked_until: Duration,
    pub(super) requests: Vec<(Duration, u32)>,
}

/// The same moment on the clock of a pacer and in Unix time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    pub(super) now: Duration,
    pub(super) unix: Duration,
}

impl PaceState {
    /// The lowest limit of an endpoint that was learned in the ten minutes before `unix`, in requests per minute.
    ///
    /// `unix` is the time since the Unix epoch. The result is `None` if no limit was learned.
    #[must_use]
    pub fn learned_limit(&self, unix: Duration) -> Option<u32> {
        let clocks = Clocks { now: unix, unix };
        let learned = self.endpoints.values().filter_map(|endpoint| endpoint.learned(clocks));
        learned.map(|(limit, _)| limit).min()
    }

    /// Until when all endpoints are blocked.
    pub(super) fn blocked_until(&self, clocks: Clocks) -> Duration {
        clocks.until(self.blocked_until)
    }

    pub(super) fn block_until(&mut self, time: Duration, clocks: Clocks) {
        self.blocked_until = clocks.to_unix_rounded_up(time).max(self.blocked_until);
    }

    /// Removes entries that are too old to be used.
    pub(super) fn forget_expired(&mut self, clocks: Clocks) {
        for endpoint in self.endpoints.values_mut() {
            endpoint.forget_expired(clocks);
        }
        self.endpoints.retain(|_, endpoint| *endpoint != EndpointState::default());
    }
}

impl EndpointState {
    /// The limit that was learned last, and when it was learned.
    pub(super) fn learned(&self, clocks: Clocks) -> Option<(u32, Duration)> {
        let at = clocks.past(self.learned_at, MAX_AGE)?;
        Some((self.per_minute?, at))
    }

    pub(super) fn blocked_until(&self, clocks: Clocks) -> Duration {
        clocks.until(self.blocked_until)
    }

    /// The requests of all other pacers. Each counts from the end of its second on, but none causes a wait of more
    /// than a minute.
    pub(super) fn requests_of_others(&self, own: &str, clocks: Clocks) -> Vec<(Duration, u32)> {
        let others = self.requests.iter().filter(|(pacer, _)| *pacer != own);
        let requests = others.flat_map(|(_, requests)| requests);
        let past = |&(second, count): &(u64, u32)| {
            let end = clocks.past(second, WINDOW)?.saturating_add(Duration::from_secs(1));
            Some((end.min(clocks.now.saturating_sub(WINDOW - MAX_WAIT)), count))
        };
        requests.filter_map(past).collect()
    }

    pub(super) fn contribute(&mut self, own: &str, contribution: Contribution, clocks: Clocks) {
        if let Some((per_minute, at)) = contribution.learned
            && self.learned(clocks).is_none_or(|(_, other)| other < at)
        {
            (self.per_minute, self.learned_at) = (Some(per_minute), clocks.to_unix(at));
        }
        self.blocked_until =
            clocks.to_unix_rounded_up(contribution.blocked_until).max(self.blocked_until);
        let mut requests: Vec<(u64, u32)> = Vec::new();
        for (at, count) in contribution.requests {
            let second = clocks.to_unix(at);
            match requests.last_mut() {
                Some((last, sum)) if *last == second => *sum = sum.saturating_add(count),
                _ => requests.push((second, count)),
            }
        }
        self.requests.insert(own.to_owned(), requests);
    }

    fn forget_expired(&mut self, clocks: Clocks) {
        if self.learned(clocks).is_none() {
            (self.per_minute, self.learned_at) = (None, 0);
        }
        if self.blocked_until(clocks) <= clocks.now {
            self.blocked_until = 0;
        }
        for requests in self.requests.values_mut() {
            requests.retain(|(second, _)| clocks.past(*second, WINDOW).is_some());
        }
        self.requests.retain(|_, requests| !requests.is_empty());
    }
}

impl Clocks {
    /// A time in the past; `None` if it is older than `max_age` or in the future.
    fn past(self, second: u64, max_age: Duration) -> Option<Duration> {
        let age = self.unix.checked_sub(Duration::from_secs(second))?;
        (age <= max_age).then(|| self.now.saturating_sub(age))
    }

    /// A time in the future, but not too far; now for one in the past.
    fn until(self, second: u64) -> Duration {
        let wait = Duration::from_secs(second).saturating_sub(self.unix);
        self.now.saturating_add(wait.min(MAX_WAIT))
    }

    fn to_unix(self, time: Duration) -> u64 {
        self.unix_time(time).as_secs()
    }

    /// Rounded up, so that no request is too early; zero for a time in the past.
    fn to_unix_rounded_up(self, time: Duration) -> u64 {
        let unix = self.unix_time(time);
        if time <= self.now { 0 } else { unix.as_secs() + u64::from(unix.subsec_nanos() > 0) }
    }

    fn unix_time(self, time: Duration) -> Duration {
        let later = self.unix.saturating_add(time.saturating_sub(self.now));
        later.saturating_sub(self.now.saturating_sub(time))
    }
}

/// The version, which must be [`VERSION`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
struct Version;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        VERSION
    }
}

impl TryFrom<u32> for Version {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == VERSION { Ok(Self) } else { Err("a state of another version") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const CLOCKS: Clocks =
        Clocks { now: Duration::from_secs(5_000), unix: Duration::from_secs(9_000) };

    fn contribution(learned: Option<(u32, Duration)>, requests: &[Duration]) -> Contribution {
        let requests = requests.iter().map(|at| (*at, 1)).collect();
        Contribution { learned, blocked_until: Duration::ZERO, requests }
    }

    #[test]
    fn the_lowest_limit_of_the_last_ten_minutes_is_the_learned_one() {
        let text = r#"{"version":1,"endpoints":{
            "a":{"per_minute":60,"learned_at":1000},"b":{"per_minute":7,"learned_at":900},"c":{}}}"#;
        let state: PaceState = serde_json::from_str(text).unwrap();
        let learned = |unix| state.learned_limit(Duration::from_secs(unix));
        assert_eq!([1000, 1500, 1501, 1601].map(learned), [Some(7), Some(7), Some(60), None]);
    }

    #[test]
    fn requests_of_the_same_second_are_one_entry() {
        let mut state = EndpointState::default();
        let times = [CLOCKS.now - SECOND, CLOCKS.now - SECOND, CLOCKS.now];
        state.contribute("own", contribution(None, &times), CLOCKS);
        assert_eq!(state.requests["own"], [(8_999, 2), (9_000, 1)]);
    }

    #[test]
    fn a_limit_replaces_one_that_was_learned_earlier() {
        let mut state = EndpointState::default();
        for (limit, age, expected) in [(6, 3, 6), (7, 3, 6), (8, 4, 6), (9, 2, 9)] {
            state.contribute(
                "own",
                contribution(Some((limit, CLOCKS.now - age * SECOND)), &[]),
                CLOCKS,
            );
            assert_eq!(state.learned(CLOCKS).unwrap().0, expected);
        }
    }

    #[test]
    fn forgets_old_entries() {
        let mut endpoint = EndpointState::default();
        let learned = Some((6, CLOCKS.now - MAX_AGE));
        endpoint.contribute("own", contribution(learned, &[CLOCKS.now - WINDOW]), CLOCKS);
        let mut state = PaceState::default();
        state.endpoints.insert("list".into(), endpoint.clone());
        state.forget_expired(CLOCKS);
        assert_eq!(state.endpoints["list"], endpoint);
        let later = Clocks { now: CLOCKS.now + SECOND, unix: CLOCKS.unix + SECOND };
        state.forget_expired(later);
        assert!(state.endpoints.is_empty(), "{state:?}");
    }
}
