//! A range of waiting times.

use std::time::Duration;

/// A range of waiting times. The wait is a random time in it, so that many clients do not retry at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a range has two ends")]
pub struct Delay {
    /// The shortest wait.
    pub min: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Delay {
    /// A wait of exactly this length.
    #[must_use]
    pub const fn exactly(wait: Duration) -> Self {
        Self { min: wait, max: wait }
    }

    /// Maps a random number to a wait in the range: 0 to `min`, `u64::MAX` to `max`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use certs_core::transport::Delay;
    ///
    /// let delay = Delay { min: Duration::from_millis(375), max: Duration::from_millis(500) };
    /// assert_eq!(delay.sample(0), delay.min);
    /// assert_eq!(delay.sample(u64::MAX), delay.max);
    /// assert_eq!(delay.sample(u64::MAX / 5), Duration::from_millis(400));
    /// assert_eq!(Delay::exactly(delay.max).sample(7), delay.max);
    /// assert_eq!(Delay { max: Duration::MAX, ..delay }.sample(u64::MAX), Duration::MAX);
    /// ```
    #[must_use]
    pub fn sample(self, random: u64) -> Duration {
        let span = self.max.saturating_sub(self.min);
        let share = span.as_secs_f64() * (random as f64 / u64::MAX as f64);
        self.min + Duration::try_from_secs_f64(share).map_or(span, |share| share.min(span))
    }
}
