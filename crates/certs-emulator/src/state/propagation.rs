//! Changes that become visible after a delay.

use std::time::Duration;

use certs_types::Timestamp;
use serde::{Deserialize, Serialize};

/// When a change becomes visible in lists. A toggle also takes effect for mTLS then.
///
/// The response to a toggle shows the new state at once. The vendor documents no propagation time
/// for certificates; authentication changes in general can take up to 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagation {
    /// After this time by the emulator's clock, in whole seconds.
    After(Duration),
    /// After this many lists. For a toggle, a list of its scope counts if it contains the certificate;
    /// for an upload, every list of certificates counts.
    Reads(u32),
}

/// A change that is not visible yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingChange {
    /// The state that is shown while the change is pending.
    pub(crate) shown: bool,
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Moment(Timestamp),
    Reads(u32),
}

impl Propagation {
    /// Returns the change from the shown state, pending from now on.
    pub(crate) fn pending_change(self, shown: bool, now: Timestamp) -> PendingChange {
        let until = match self {
            Self::After(time) => {
                let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
                let moment = now.as_secs().saturating_add(seconds);
                Until::Moment(Timestamp::try_from(moment).unwrap_or(Timestamp::MAX))
            }
            Self::Reads(count) => Until::Reads(count),
        };
        PendingChange { shown, until }
    }
}

impl PendingChange {
    pub(crate) fn is_pending(&self, now: Timestamp) -> bool {
        match self.until {
            Until::Moment(moment) => now < moment,
            Until::Reads(left) => left > 0,
        }
    }

    /// Counts a list, which has shown the old state.
    pub(crate) fn count_read(&mut self) {
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

    fn is_shown_active(emulator: &Emulator, scope: &str) -> bool {
        let page = emulator.get(&format!("/organization/{scope}certificates")).1;
        page["data"][0]["active"].as_bool().unwrap()
    }

    #[test]
    fn toggle_can_become_visible_after_reads() {
        let emulator = builder().propagation(Propagation::Reads(2)).build();
        let ids = emulator.uploads(1);
        let response = emulator.toggle("", "activate", &ids).1;
        assert_eq!(response["data"][0]["active"], true, "its own response shows the new state");
        assert!(!is_shown_active(&emulator, "projects/proj_a/"), "other scopes are unaffected");
        assert_eq!([(); 4].map(|()| is_shown_active(&emulator, "")), [false, false, true, true]);
        emulator.toggle("", "activate", &ids);
        assert!(is_shown_active(&emulator, ""), "a toggle that changes nothing does not propagate");
    }

    #[test]
    fn toggle_can_become_visible_after_time() {
        let seconds = Arc::new(AtomicI64::new(1_717_200_000));
        let clock = Arc::clone(&seconds);
        let emulator = builder()
            .clock(move || clock.load(Ordering::Relaxed).try_into().unwrap())
            .propagation(Propagation::After(Duration::from_secs(900)))
            .build();
        let ids = emulator.uploads(1);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        seconds.fetch_add(899, Ordering::Relaxed);
        assert!(!is_shown_active(&emulator, "projects/proj_a/"));
        let copy = serde_json::to_string(&emulator.snapshot()).unwrap();
        assert_eq!(serde_json::from_str::<crate::Snapshot>(&copy).unwrap(), emulator.snapshot());
        seconds.fetch_add(1, Ordering::Relaxed);
        assert!(is_shown_active(&emulator, "projects/proj_a/"));
    }

    #[test]
    fn upload_can_appear_in_lists_after_reads() {
        let emulator = builder().upload_propagation(Propagation::Reads(2)).build();
        let id = emulator.upload();
        let is_listed = || !emulator.get("/organization/certificates").1["first_id"].is_null();
        assert_eq!([(); 4].map(|()| is_listed()), [false, false, true, true]);
        let hidden = emulator.upload();
        assert_eq!(emulator.get(&format!("/organization/certificates/{hidden}")).0, 200);
        let copy = serde_json::to_string(&emulator.snapshot()).unwrap();
        assert_eq!(serde_json::from_str::<crate::Snapshot>(&copy).unwrap(), emulator.snapshot());
        assert_eq!(emulator.get("/organization/certificates").1["first_id"], id);
    }

    #[test]
    fn reverted_toggle_never_becomes_visible() {
        let emulator = builder().propagation(Propagation::Reads(5)).build();
        let ids = emulator.uploads(1);
        emulator.toggle("", "activate", &ids);
        emulator.toggle("", "deactivate", &ids);
        assert_eq!([(); 7].map(|()| is_shown_active(&emulator, "")), [false; 7]);
    }
}
