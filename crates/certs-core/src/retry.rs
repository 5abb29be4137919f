//! When a request is sent again, and after how long.

mod date;

use std::time::Duration;

use certs_types::ErrorBody;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::delay::Delay;
use crate::error::TransportErrorKind;
use crate::operation::Effect;

/// The bounds of a call, all of them numbers.
///
/// The defaults of attempts and waits are those of the vendor's own clients. Whatever the server says,
/// a call makes at most `attempts` requests and ends within `deadline`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// The most requests a call makes, the first included; 0 counts as 1. Default 3.
    pub attempts: u32,
    /// The wait before the second request; it doubles each time. Default 0.5 s.
    pub initial_backoff: Duration,
    /// The longest wait of our own choosing. Default 8 s.
    pub max_backoff: Duration,
    /// The longest wait the server may ask for; asked for more, the call ends. Default 120 s.
    pub max_server_delay: Duration,
    /// How long one request may take. Default 60 s.
    pub attempt_timeout: Duration,
    /// How long the whole call may take, waits included. Default 300 s.
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
    /// Whether the delay that the server asks for, if any, is short enough.
    pub(crate) fn allows(&self, server: Option<Duration>) -> bool {
        server.is_none_or(|asked| asked <= self.max_server_delay)
    }

    /// How long to wait after `attempts` requests; `None` to stop.
    pub(crate) fn delay(&self, attempts: u32, server: Option<Duration>) -> Option<Delay> {
        if attempts >= self.attempts {
            return None;
        }
        if let Some(asked) = server {
            return self.allows(server).then_some(Delay::exactly(asked));
        }
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let max = self.initial_backoff.saturating_mul(doubled).min(self.max_backoff);
        Some(Delay { min: max / 4 * 3, max })
    }
}

/// What came of one attempt, when it was not a success.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptOutcome {
    Refusal(StatusCode),
    /// The refusal that was observed once although the change had been made.
    ProjectArchived,
    /// A 429 that no waiting helps against.
    QuotaExceeded,
    Failure(TransportErrorKind),
}

/// What an attempt means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryDecision {
    /// The request may be sent again.
    pub(crate) again: bool,
    /// The request may have been carried out.
    pub(crate) may_have_acted: bool,
}

/// The decision table.
pub(crate) fn classify(
    effect: Effect,
    met: AttemptOutcome,
    server_says: Option<bool>,
) -> RetryDecision {
    let (again, ambiguous) = match met {
        AttemptOutcome::Failure(TransportErrorKind::Connect) => (true, false),
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
    // The server may allow what would not be repeated otherwise, but never to do a thing twice.
    let twice = ambiguous && effect == Effect::NonIdempotent;
    RetryDecision {
        again: server_says.unwrap_or(again) && !twice,
        may_have_acted: ambiguous && effect != Effect::Safe,
    }
}

fn is_ambiguous(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT) || status.as_u16() >= 500
}

/// Whether a 429 means that a quota is used up, as opposed to a rate that allows the same request later.
pub(crate) fn is_quota(body: &ErrorBody) -> bool {
    let names = |name: &str| name.contains("quota") || name.contains("billing");
    body.code.as_ref().is_some_and(|code| names(code.as_str()))
        || body.kind.as_ref().is_some_and(|kind| names(kind.as_str()))
}

/// The server's own word on whether to retry.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// How long the server asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.
///
/// A date is measured against the answer's own `Date`, so no clock is needed and a wrong one does no
/// harm. What is zero, negative or unreadable asks for nothing.
pub(crate) fn server_delay(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text("retry-after-ms")
        .and_then(|millis| seconds(millis, 1000.0))
        .or_else(|| seconds(text(RETRY_AFTER.as_str())?, 1.0))
        .or_else(|| {
            let until = date::parse(text(RETRY_AFTER.as_str())?)?;
            let sent = date::parse(text(DATE.as_str())?)?;
            until.checked_sub(sent).map(Duration::from_secs)
        });
    asked.filter(|asked| !asked.is_zero())
}

fn seconds(text: &str, per_second: f64) -> Option<Duration> {
    // Numbers only: `f64` would also read "inf" and "nan".
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = if numeric { text.parse::<f64>().ok()? } else { return None };
    Some(Duration::try_from_secs_f64(number / per_second).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delay_of(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, http::HeaderValue::from_static(value));
        }
        server_delay(&map)
    }

    #[test]
    fn the_table_of_the_design_holds() {
        use Effect::{Idempotent, NonIdempotent, Safe};
        use TransportErrorKind::{Connect, Interrupted, Timeout, TooLarge};
        let met = |again: [bool; 3], acted: bool, met: AttemptOutcome| {
            for (effect, again) in [Safe, Idempotent, NonIdempotent].into_iter().zip(again) {
                let may_have_acted = acted && effect != Safe;
                let decision = RetryDecision { again, may_have_acted };
                assert_eq!(classify(effect, met, None), decision, "{met:?} {effect:?}");
                for word in [true, false] {
                    let again = word && !(acted && effect == NonIdempotent);
                    let decision = RetryDecision { again, may_have_acted };
                    assert_eq!(classify(effect, met, Some(word)), decision, "{met:?} {effect:?}");
                }
            }
        };
        met([true, true, true], false, AttemptOutcome::Failure(Connect));
        met([true, true, false], true, AttemptOutcome::Failure(Timeout));
        met([true, true, false], true, AttemptOutcome::Failure(Interrupted));
        met([false, false, false], true, AttemptOutcome::Failure(TooLarge));
        met([false, false, false], true, AttemptOutcome::ProjectArchived);
        met([false, false, false], false, AttemptOutcome::QuotaExceeded);
        met([true, true, true], false, AttemptOutcome::Refusal(StatusCode::TOO_MANY_REQUESTS));
        for status in [408, 409, 500, 502, 503, 504, 599, 600, 999] {
            met(
                [true, true, false],
                true,
                AttemptOutcome::Refusal(StatusCode::from_u16(status).unwrap()),
            );
        }
        for status in [301, 302, 307, 400, 401, 403, 404, 410, 413, 418, 422] {
            met(
                [false, false, false],
                false,
                AttemptOutcome::Refusal(StatusCode::from_u16(status).unwrap()),
            );
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
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
    fn the_server_is_obeyed_up_to_the_bound() {
        let retry = Retry::default();
        let two_minutes = Duration::from_secs(120);
        assert_eq!(retry.delay(1, Some(two_minutes)), Some(Delay::exactly(two_minutes)));
        assert_eq!(retry.delay(1, Some(two_minutes + Duration::from_nanos(1))), None);
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let date = "Tue, 24 Nov 2026 04:00:00 GMT";
        let later = "Tue, 24 Nov 2026 04:00:07 GMT";
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        assert_eq!(delay_of(&[("retry-after", "7")]), seconds(7.0));
        assert_eq!(delay_of(&[("retry-after", " 1.5 ")]), seconds(1.5));
        assert_eq!(delay_of(&[("retry-after-ms", "250"), ("retry-after", "7")]), seconds(0.25));
        assert_eq!(delay_of(&[("retry-after-ms", "x"), ("retry-after", "7")]), seconds(7.0));
        assert_eq!(delay_of(&[("retry-after", later), ("date", date)]), seconds(7.0));
        assert_eq!(delay_of(&[("retry-after", "9".repeat(400).leak())]), Some(Duration::MAX));
    }

    #[test]
    fn what_asks_for_nothing_is_nothing() {
        let date = "Tue, 24 Nov 2026 04:00:00 GMT";
        let earlier = "Tue, 24 Nov 2026 03:59:00 GMT";
        assert_eq!(delay_of(&[]), None);
        assert_eq!(delay_of(&[("retry-after", date)]), None, "no date to measure against");
        assert_eq!(delay_of(&[("retry-after", earlier), ("date", date)]), None);
        for text in ["0", "0.0", "-1", "soon", "", "inf", "nan", "1e3", "."] {
            assert_eq!(delay_of(&[("retry-after", text)]), None, "{text}");
        }
    }

    #[test]
    fn only_true_and_false_are_the_servers_word() {
        let word = |text| {
            let mut map = HeaderMap::new();
            map.insert("x-should-retry", http::HeaderValue::from_static(text));
            should_retry(&map)
        };
        assert_eq!(word("true"), Some(true));
        assert_eq!(word("false"), Some(false));
        assert_eq!(word("TRUE"), None);
        assert_eq!(should_retry(&HeaderMap::new()), None);
    }
}
