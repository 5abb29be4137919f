//! Changes that take their time to show.

use std::time::Duration;

use certs_types::Timestamp;
use serde::{Deserialize, Serialize};

/// When a toggle shows in lists, and in what mTLS enforces.
///
/// The toggle's own answer shows it at once. The real server documents no propagation for
/// certificates; changes of authentication in general may take up to 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagation {
    /// After this time, in whole seconds of the emulator's clock.
    After(Duration),
    /// After it was overlooked in so many lists of its scope.
    Reads(u32),
}

/// A change that does not show yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lag {
    /// What is shown instead.
    pub(crate) shows: bool,
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Moment(Timestamp),
    Reads(u32),
}

impl Propagation {
    /// The lag of a change that is made now.
    pub(crate) fn lag(self, shows: bool, now: Timestamp) -> Lag {
        let until = match self {
            Self::After(time) => {
                let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
                let moment = now.as_secs().saturating_add(seconds);
                Until::Moment(Timestamp::try_from(moment).unwrap_or(Timestamp::MAX))
            }
            Self::Reads(count) => Until::Reads(count),
        };
        Lag { shows, until }
    }
}

impl Lag {
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        match self.until {
            Until::Moment(moment) => now < moment,
            Until::Reads(left) => left > 0,
        }
    }

    pub(crate) fn read(&mut self) {
        if let Until::Reads(left) = &mut self.until {
            *left = left.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::Emulator;
    use crate::testing::{Calls, builder};

    fn shown(emulator: &Emulator, scope: &str) -> bool {
        let page = emulator.get(&format!("/organization/{scope}certificates")).1;
        page["data"][0]["active"].as_bool().unwrap()
    }

    #[test]
    fn a_toggle_may_show_after_some_reads() {
        let emulator = builder().propagation(Propagation::Reads(2)).build();
        let ids = emulator.uploads(1);
        let answer = emulator.toggle("", "activate", &ids).1;
        assert_eq!(answer["data"][0]["active"], true, "its own answer is not late");
        assert!(!shown(&emulator, "projects/proj_a/"), "another scope's list is not its");
        assert_eq!([(); 4].map(|()| shown(&emulator, "")), [false, false, true, true]);
        emulator.toggle("", "activate", &ids);
        assert!(shown(&emulator, ""), "what changes nothing has nothing to propagate");
    }

    #[test]
    fn a_toggle_may_show_after_some_time() {
        let seconds = Arc::new(AtomicI64::new(1_717_200_000));
        let clock = Arc::clone(&seconds);
        let emulator = builder()
            .clock(move || clock.load(Ordering::Relaxed).try_into().unwrap())
            .propagation(Propagation::After(Duration::from_secs(900)))
            .build();
        let ids = emulator.uploads(1);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        seconds.fetch_add(899, Ordering::Relaxed);
        assert!(!shown(&emulator, "projects/proj_a/"));
        let copy = serde_json::to_string(&emulator.snapshot()).unwrap();
        assert_eq!(serde_json::from_str::<crate::Snapshot>(&copy).unwrap(), emulator.snapshot());
        seconds.fetch_add(1, Ordering::Relaxed);
        assert!(shown(&emulator, "projects/proj_a/"));
    }

    #[test]
    fn taking_a_change_back_before_it_shows_shows_nothing() {
        let emulator = builder().propagation(Propagation::Reads(5)).build();
        let ids = emulator.uploads(1);
        emulator.toggle("", "activate", &ids);
        emulator.toggle("", "deactivate", &ids);
        assert_eq!([(); 7].map(|()| shown(&emulator, "")), [false; 7]);
    }
}
