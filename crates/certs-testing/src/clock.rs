//! A clock for tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use certs_types::Timestamp;

/// A clock that advances only by [`advance`](Self::advance).
///
/// Clones share the time. A transport of this crate advances its clock when it sleeps and when a response takes
/// time; a test advances it with [`advance`](Self::advance).
///
/// ```
/// use std::time::Duration;
/// use certs_testing::TestClock;
///
/// let clock = TestClock::default();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.elapsed(), Duration::from_secs(60));
/// assert_eq!(clock.timestamp().to_string(), "1767225660");
/// ```
#[derive(Debug, Clone)]
pub struct TestClock {
    start: Timestamp,
    elapsed: Arc<Mutex<Duration>>,
}

impl TestClock {
    /// A clock that starts at this time.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, elapsed: Arc::default() }
    }

    /// Advances the clock.
    pub fn advance(&self, time: Duration) {
        let mut elapsed = self.elapsed.lock().unwrap_or_else(PoisonError::into_inner);
        *elapsed = elapsed.saturating_add(time);
    }

    /// The time since the clock was created.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current time of the clock, in whole seconds.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        let elapsed = i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX);
        let seconds = self.start.as_secs().saturating_add(elapsed);
        Timestamp::try_from(seconds).unwrap_or(Timestamp::MAX)
    }
}

impl Default for TestClock {
    /// A clock that starts at 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::starting_at(Timestamp::try_from(1_767_225_600).unwrap_or(Timestamp::MIN))
    }
}
