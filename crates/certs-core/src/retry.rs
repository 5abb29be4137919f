//! When a request is repeated, and the time limits of a call.

mod date;
mod headers;

use std::time::Duration;

use certs_types::{ErrorBody, ErrorCode};
use http::StatusCode;

use crate::delay::Delay;
use crate::error::TransportErrorKind;
use crate::operation::Effect;

pub(crate) use headers::{ServerDelay, sent_at, server_delay, should_retry};

/// The number of attempts and the time limits of a call.
///
/// The defaults of attempts and backoff are those of the vendor's clients. Whatever the server requires, a call makes
/// at most `attempts` requests and ends within `deadline`. With a [pacer](crate::Client::with_pacer), requests that
/// the rate limit refuses do not count.
///
/// ```
/// use std::time::Duration;
/// use certs_core::Retry;
///
/// let quick = Retry::default().with_attempts(1).with_deadline(Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// The maximum number of requests of a call, including the first; 0 counts as 1. Default 3.
    pub attempts: u32,
    /// The maximum wait before the second request, which doubles for each further request. Default 0.5 s.
    pub initial_backoff: Duration,
    /// The maximum wait that the client chooses. Default 8 s.
    pub max_backoff: Duration,
    /// The maximum wait that the server may require. If it requires more, the call ends. Default 120 s.
    pub max_server_delay: Duration,
    /// The time limit of one request. Default 60 s.
    pub attempt_timeout: Duration,
    /// The time limit of the whole call, including waits. Default 300 s.
    pub deadline: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(8),
            max_server_delay: Duration::from_secs(120),
            attempt_timeout: Duration::from_secs(60),
            deadline: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// Sets the maximum number of requests, including the first.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the maximum wait before the second request.
    #[must_use]
    pub const fn with_initial_backoff(mut self, wait: Duration) -> Self {
        self.initial_backoff = wait;
        self
    }

    /// Sets the maximum wait that the client chooses.
    #[must_use]
    pub const fn with_max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// Sets the maximum wait that the server may require.
    #[must_use]
    pub const fn with_max_server_delay(mut self, wait: Duration) -> Self {
        self.max_server_delay = wait;
        self
    }

    /// Sets the time limit of one request.
    #[must_use]
    pub const fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the time limit of the whole call, including waits.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The wait that the server requires, or `max_backoff` if it cannot be measured.
    pub(crate) fn required(&self, server: ServerDelay) -> Duration {
        match server {
            ServerDelay::For(delay) => delay,
            ServerDelay::Unmeasurable => self.max_backoff,
        }
    }

    /// Whether the delay that the server requires, if any, is within the bound.
    pub(crate) fn allows(&self, server: Option<Duration>) -> bool {
        server.is_none_or(|delay| delay <= self.max_server_delay)
    }

    /// The wait after `attempts` requests; `None` to stop.
    pub(crate) fn delay(&self, attempts: u32, server: Option<Duration>) -> Option<Delay> {
        if attempts >= self.attempts {
            return None;
        }
        if let Some(delay) = server {
            return self.allows(server).then_some(Delay::exactly(delay));
        }
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let max = self.initial_backoff.saturating_mul(doubled).min(self.max_backoff);
        Some(Delay { min: max / 4 * 3, max })
    }
}

/// The outcome of one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptOutcome {
    Success,
    Refusal(StatusCode),
    /// The refusal that was observed once although the change had been made.
    ProjectArchived,
    /// A 429 for an exhausted quota, for which waiting does not help.
    QuotaExceeded,
    Failure(TransportErrorKind),
}

impl AttemptOutcome {
    pub(crate) fn of_refusal(status: StatusCode, body: &ErrorBody) -> Self {
        if body.code == Some(ErrorCode::PROJECT_ARCHIVED) {
            Self::ProjectArchived
        } else if status == StatusCode::TOO_MANY_REQUESTS && is_quota(body) {
            Self::QuotaExceeded
        } else {
            Self::Refusal(status)
        }
    }
}

/// What an attempt means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryDecision {
    /// The request may be sent again.
    pub(crate) again: bool,
    /// The request may have been carried out.
    pub(crate) may_have_acted: bool,
}

/// The decision table: the only place that decides what is repeated and what may have been carried out.
pub(crate) fn classify(
    effect: Effect,
    outcome: AttemptOutcome,
    server_allows: Option<bool>,
) -> RetryDecision {
    let (again, may_have_acted) = match outcome {
        AttemptOutcome::Success => (false, true),
        AttemptOutcome::Failure(TransportErrorKind::Connect | TransportErrorKind::NotProcessed) => {
            (true, false)
        }
        AttemptOutcome::Failure(TransportErrorKind::TooLarge) => (false, true),
        AttemptOutcome::Failure(_) => (effect != Effect::NonIdempotent, true),
        AttemptOutcome::ProjectArchived => (false, true),
        AttemptOutcome::QuotaExceeded => (false, false),
        AttemptOutcome::Refusal(StatusCode::TOO_MANY_REQUESTS) => (true, false),
        AttemptOutcome::Refusal(status) if is_ambiguous(status) => {
            (effect != Effect::NonIdempotent, true)
        }
        AttemptOutcome::Refusal(_) => (false, false),
    };
    // The server may allow a retry that would not be made otherwise, but not one that could do something twice.
    let twice = may_have_acted && effect == Effect::NonIdempotent;
    RetryDecision {
        again: server_allows.unwrap_or(again) && !twice,
        may_have_acted: may_have_acted && effect != Effect::Safe,
    }
}

fn is_ambiguous(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT) || status.as_u16() >= 500
}

/// Whether a 429 means an exhausted quota instead of a rate limit that allows the same request later.
pub(crate) fn is_quota(body: &ErrorBody) -> bool {
    let names = |name: &str| name.contains("quota") || name.contains("billing");
    body.code.as_ref().is_some_and(|code| names(code.as_str()))
        || body.kind.as_ref().is_some_and(|kind| names(kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_by_effect_and_outcome() {
        use Effect::{Idempotent, NonIdempotent, Safe};
        use TransportErrorKind::{Connect, Interrupted, NotProcessed, Timeout, TooLarge};
        let check = |again: [bool; 3], acted: bool, outcome: AttemptOutcome| {
            for (effect, again) in [Safe, Idempotent, NonIdempotent].into_iter().zip(again) {
                let may_have_acted = acted && effect != Safe;
                let decision = RetryDecision { again, may_have_acted };
                assert_eq!(classify(effect, outcome, None), decision, "{outcome:?} {effect:?}");
                for allowed in [true, false] {
                    let again = allowed && !(acted && effect == NonIdempotent);
                    let decision = RetryDecision { again, may_have_acted };
                    assert_eq!(
                        classify(effect, outcome, Some(allowed)),
                        decision,
                        "{outcome:?} {effect:?}"
                    );
                }
            }
        };
        check([false, false, false], true, AttemptOutcome::Success);
        check([true, true, true], false, AttemptOutcome::Failure(Connect));
        check([true, true, true], false, AttemptOutcome::Failure(NotProcessed));
        check([true, true, false], true, AttemptOutcome::Failure(Timeout));
        check([true, true, false], true, AttemptOutcome::Failure(Interrupted));
        check([false, false, false], true, AttemptOutcome::Failure(TooLarge));
        check([false, false, false], true, AttemptOutcome::ProjectArchived);
        check([false, false, false], false, AttemptOutcome::QuotaExceeded);
        check([true, true, true], false, AttemptOutcome::Refusal(StatusCode::TOO_MANY_REQUESTS));
        for status in [408, 409, 500, 502, 503, 504, 599, 600, 999] {
            check(
                [true, true, false],
                true,
                AttemptOutcome::Refusal(StatusCode::from_u16(status).unwrap()),
            );
        }
        for status in [301, 302, 307, 400, 401, 403, 404, 410, 413, 418, 422] {
            check(
                [false, false, false],
                false,
                AttemptOutcome::Refusal(StatusCode::from_u16(status).unwrap()),
            );
        }
    }

    #[test]
    fn doubles_the_backoff_up_to_the_maximum() {
        let retry = Retry { attempts: 100, ..Retry::default() };
        let max = |attempts| retry.delay(attempts, None).unwrap().max.as_millis();
        assert_eq!([1, 2, 3, 4, 5, 6, 99].map(max), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        let first = retry.delay(1, None).unwrap();
        assert_eq!(first.min, Duration::from_millis(375));
        assert_eq!(Retry::default().delay(2, None).unwrap().max, Duration::from_secs(1));
        assert_eq!(Retry::default().delay(3, None), None);
        assert_eq!(Retry { attempts: 0, ..Retry::default() }.delay(1, None), None);
    }

    #[test]
    fn waits_as_long_as_the_server_requires_up_to_the_bound() {
        let retry = Retry::default();
        let two_minutes = Duration::from_secs(120);
        assert_eq!(retry.delay(1, Some(two_minutes)), Some(Delay::exactly(two_minutes)));
        assert_eq!(retry.delay(1, Some(two_minutes + Duration::from_nanos(1))), None);
    }
}
