//! Keeping below the server's rate limits, as a state machine without a clock.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Endpoint;

/// Spreads requests over time, endpoint by endpoint.
///
/// The admin endpoints are slow lanes: about 7 to 10 requests a minute each were observed, often refused
/// without a word on how long to wait. A pacer lets a burst through, then one request an interval, and
/// holds everybody when the server asks one of them to wait.
///
/// Time is given from outside: any duration that grows, as [`Transport::now`](crate::Transport::now).
///
/// ```
/// use std::time::Duration;
/// use certs_core::{Endpoint, Pacer};
///
/// static LIST: Endpoint = Endpoint::get("list-projects", "/organization/projects");
/// let mut pacer = Pacer::new(6, 2);
/// let now = Duration::ZERO;
/// assert_eq!(pacer.reserve(&LIST, now), Duration::ZERO);
/// assert_eq!(pacer.reserve(&LIST, now), Duration::ZERO);
/// assert_eq!(pacer.reserve(&LIST, now), Duration::from_secs(10));
/// ```
#[derive(Debug, Clone)]
pub struct Pacer {
    interval: Duration,
    tolerance: Duration,
    /// For each endpoint, when its bucket is full again.
    full_at: BTreeMap<&'static str, Duration>,
    hold_until: Duration,
}

impl Pacer {
    /// Allows `per_minute` requests a minute to each endpoint, `burst` of them at once. Zero counts as
    /// one.
    #[must_use]
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(60) / per_minute.max(1);
        Self {
            interval,
            tolerance: interval.saturating_mul(burst.max(1) - 1),
            full_at: BTreeMap::new(),
            hold_until: Duration::ZERO,
        }
    }

    /// What the admin endpoints were observed to bear: 7 requests a minute, 7 at once.
    #[must_use]
    pub fn admin() -> Self {
        Self::new(7, 7)
    }

    /// Takes the next place of this endpoint; gives how long to wait for it.
    pub fn reserve(&mut self, endpoint: &'static Endpoint, now: Duration) -> Duration {
        let full_at = self.full_at.entry(endpoint.operation_id).or_default();
        let start =
            (*full_at).max(now).saturating_sub(self.tolerance).max(self.hold_until).max(now);
        *full_at = (*full_at).max(start).saturating_add(self.interval);
        start - now
    }

    /// Gives back a place that was taken and not used.
    pub fn release(&mut self, endpoint: &'static Endpoint) {
        if let Some(full_at) = self.full_at.get_mut(endpoint.operation_id) {
            *full_at = full_at.saturating_sub(self.interval);
        }
    }

    /// Takes it that no place is left at this endpoint: the server refused one request more.
    ///
    /// Others may use the same key, this program's last run among them.
    pub fn drain(&mut self, endpoint: &'static Endpoint, now: Duration) {
        let empty = now.saturating_add(self.tolerance).saturating_add(self.interval);
        let full_at = self.full_at.entry(endpoint.operation_id).or_default();
        *full_at = (*full_at).max(empty);
    }

    /// Lets nobody through before `wait` from now: the server asked for it.
    pub fn hold(&mut self, wait: Duration, now: Duration) {
        self.hold_until = self.hold_until.max(now.saturating_add(wait));
    }

    /// How much longer nobody is let through.
    #[must_use]
    pub fn held(&self, now: Duration) -> Duration {
        self.hold_until.saturating_sub(now)
    }
}
