//! The limit of an endpoint, and how it is found out.

use std::time::Duration;

use super::recent::WINDOW;

/// The maximum number of requests in flight, unless the caller fixed the rate.
const MAX_IN_FLIGHT: u32 = 4;

/// Fewer accepted requests than this do not show the limit, because others have used up the rest.
const MIN_LEARNED: u32 = 3;

/// The number of accepted requests between two raises, each of which may cost one refusal: 2.5 %.
const ACCEPTED_BEFORE_RAISE: u32 = 40;

/// What is known about the limit of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Limit {
    /// The caller fixed it.
    Fixed(u32),
    /// The server states it in its headers.
    Stated(u32),
    /// Nothing was refused yet, or too little was accepted before a refusal.
    Unknown(Unknown),
    /// It was derived from refusals.
    Learned(Learned),
}

/// The start, before a limit is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The number of requests that may be in flight, in addition to the first.
    additional: u32,
    /// Requests accepted in this round.
    accepted: u32,
    /// When a request was refused although hardly any were accepted before, because another program uses the same key.
    contended_since: Option<Duration>,
}

/// A limit that was derived from refusals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Learned {
    /// The requests a minute that are probably allowed.
    base: u32,
    /// The additional requests a minute that are being tried.
    raise: u32,
    /// Whether the base was used up for a whole minute without a refusal.
    proven: bool,
    /// Whether to raise again as soon as the last raise has lasted for a minute.
    climbing: bool,
    /// When the limit changed last, and the requests accepted since then.
    changed_at: Duration,
    accepted: u32,
}

impl Limit {
    pub(super) fn fixed(per_minute: u32) -> Self {
        Self::Fixed(per_minute.max(1))
    }

    pub(super) fn unknown() -> Self {
        Self::Unknown(Unknown::default())
    }

    /// The maximum number of requests in a minute, if it is known.
    pub(super) fn per_minute(&self) -> Option<u32> {
        match self {
            Self::Fixed(per_minute) | Self::Stated(per_minute) => Some(*per_minute),
            Self::Unknown(_) => None,
            Self::Learned(learned) => Some(learned.base.saturating_add(learned.raise)),
        }
    }

    pub(super) fn max_in_flight(&self) -> u32 {
        match self {
            Self::Fixed(_) => u32::MAX,
            Self::Stated(_) | Self::Learned(_) => MAX_IN_FLIGHT,
            Self::Unknown(unknown) => unknown.additional + 1,
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// Whether the server states more than the `accepted` requests of a minute in which it refused one.
    pub(super) fn is_stated_above(&self, accepted: u32) -> bool {
        matches!(self, Self::Stated(per_minute) if accepted.saturating_add(1) < per_minute - per_minute / 10)
    }

    /// Takes over what another process learned at the time `at`, unless this one learned something later.
    pub(super) fn import(&mut self, per_minute: u32, at: Duration) {
        let is_newer = match self {
            Self::Fixed(_) | Self::Stated(_) => false,
            Self::Unknown(_) => true,
            // Times between processes are whole seconds.
            Self::Learned(learned) => {
                at > learned.changed_at.saturating_add(Duration::from_secs(1))
            }
        };
        if is_newer {
            let base = per_minute.max(1);
            let (raise, accepted) = (0, 0);
            *self = Self::Learned(Learned {
                base,
                raise,
                proven: true,
                climbing: false,
                changed_at: at,
                accepted,
            });
        }
    }

    /// The learned limit, and when it changed last.
    pub(super) fn export(&self) -> Option<(u32, Duration)> {
        match self {
            Self::Fixed(_) | Self::Stated(_) | Self::Unknown(_) => None,
            Self::Learned(learned) => Some((learned.base, learned.changed_at)),
        }
    }

    /// Records an accepted request. `saturated`: the limit was used up for the last minute.
    pub(super) fn accepted(&mut self, saturated: bool, now: Duration) {
        match self {
            Self::Fixed(_) | Self::Stated(_) => {}
            Self::Unknown(unknown) => unknown.accepted(),
            Self::Learned(learned) => learned.accepted(saturated, now),
        }
    }

    /// Records a refused request, after `accepted` requests in the last minute.
    pub(super) fn refused(&mut self, accepted: u32, now: Duration) {
        match self {
            Self::Fixed(_) => {}
            // The server applies another limit than it states.
            Self::Stated(_) if self.is_stated_above(accepted) => {
                *self = Self::unknown();
                self.refused(accepted, now);
            }
            Self::Stated(_) => {}
            Self::Unknown(unknown) => {
                if let Some(learned) = unknown.refused(accepted, now) {
                    *self = Self::Learned(learned);
                }
            }
            Self::Learned(learned) => learned.refused(accepted, now),
        }
    }

    pub(super) fn move_back(&mut self, by: Duration) {
        match self {
            Self::Fixed(_) | Self::Stated(_) => {}
            Self::Unknown(unknown) => {
                unknown.contended_since = unknown.contended_since.map(|at| at.saturating_sub(by));
            }
            Self::Learned(learned) => learned.changed_at = learned.changed_at.saturating_sub(by),
        }
    }
}

impl Unknown {
    /// Doubles the requests in flight with each round that was accepted.
    fn accepted(&mut self) {
        self.accepted += 1;
        if self.accepted > self.additional {
            self.additional = (self.additional * 2 + 1).min(MAX_IN_FLIGHT - 1);
            self.accepted = 0;
        }
    }

    fn refused(&mut self, accepted: u32, now: Duration) -> Option<Learned> {
        let contended = self.contended_since.is_some();
        let since = *self.contended_since.get_or_insert(now);
        let is_long = now.saturating_sub(since) >= WINDOW.saturating_mul(2);
        if accepted >= MIN_LEARNED || (is_long && accepted > 0) {
            return Some(Learned::new(accepted, contended, now));
        }
        (self.additional, self.accepted) = (0, 0);
        None
    }
}

impl Learned {
    /// Starts with what was accepted in the minute before a refusal: less than the limit if others use the key too.
    fn new(base: u32, contended: bool, now: Duration) -> Self {
        Self {
            base: base.max(1),
            raise: 0,
            proven: false,
            climbing: contended,
            changed_at: now,
            accepted: 0,
        }
    }

    fn accepted(&mut self, saturated: bool, now: Duration) {
        self.accepted = self.accepted.saturating_add(1);
        if !saturated || now < self.changed_at.saturating_add(WINDOW) {
            return;
        }
        if self.raise > 0 {
            self.base = self.base.saturating_add(self.raise);
            self.climbing = true;
        }
        self.proven = true;
        if self.climbing || self.accepted >= ACCEPTED_BEFORE_RAISE {
            // A refusal ends a raise, so a large one costs no more than a small one.
            let share = if self.climbing { 2 } else { 8 };
            self.raise = (self.base / share).max(1);
            (self.changed_at, self.accepted) = (now, 0);
        }
    }

    fn refused(&mut self, accepted: u32, now: Duration) {
        let below = accepted.saturating_add(1) < self.base - self.base / 10;
        (self.changed_at, self.accepted) = (now, 0);
        if self.raise > 0 && !below {
            (self.raise, self.climbing) = (0, false);
        } else if self.proven && below {
            // Less than it has allowed before, so another program uses the same key.
            self.base = (self.base / 2).max(1);
            (self.raise, self.proven, self.climbing) = (0, false, true);
        } else {
            let before = self.base;
            self.base = accepted.clamp(1, before);
            // A large step down may have been too large.
            if self.base < before - before / 4 {
                self.accepted = ACCEPTED_BEFORE_RAISE;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_refusal_below_the_stated_limit_refutes_it() {
        let refused = |accepted| {
            let mut limit = Limit::Stated(100);
            let is_above = limit.is_stated_above(accepted);
            limit.refused(accepted, SECOND);
            assert_eq!(is_above, !matches!(limit, Limit::Stated(_)), "{accepted}");
            is_above
        };
        assert!(refused(88));
        assert!(!refused(89), "a tenth less may be the delay between two clocks");
        assert!(!Limit::fixed(100).is_stated_above(0));
    }

    #[test]
    fn a_limit_that_others_use_up_is_learned_from_one_request_after_two_minutes() {
        let refused = |accepted, seconds: u32| {
            let mut unknown = Unknown::default();
            assert_eq!(unknown.refused(2, SECOND), None);
            unknown.refused(accepted, SECOND * (1 + seconds)).map(|learned| learned.base)
        };
        assert_eq!(refused(3, 1), Some(3));
        assert_eq!(refused(2, 121), None);
        assert_eq!(refused(1, 122), Some(1));
        assert_eq!(refused(2, 122), Some(2));
        assert_eq!(refused(0, 122), None, "nothing was learned");
    }

    #[test]
    fn a_limit_is_raised_when_it_has_lasted_for_a_whole_window() {
        let after = |time| {
            let mut learned = Learned::new(8, true, SECOND);
            learned.accepted(true, SECOND + time);
            learned.raise
        };
        assert_eq!(after(WINDOW - Duration::from_nanos(1)), 0);
        assert_eq!(after(WINDOW), 4);
    }

    #[test]
    fn a_clock_that_was_set_back_takes_all_times_with_it() {
        let mut learned = Limit::Learned(Learned::new(8, false, SECOND * 9));
        learned.move_back(SECOND * 4);
        assert_eq!(learned, Limit::Learned(Learned::new(8, false, SECOND * 5)));
        let contended = |at| Unknown { contended_since: Some(SECOND * at), ..Unknown::default() };
        let mut unknown = Limit::Unknown(contended(9));
        unknown.move_back(SECOND * 4);
        assert_eq!(unknown, Limit::Unknown(contended(5)));
    }
}
