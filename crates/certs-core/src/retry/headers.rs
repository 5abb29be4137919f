//! The headers of a response that matter for repeating the request.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use super::date;

/// Whether the server allows or forbids a retry; `None` if it does neither.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// How long the server requires to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerDelay {
    /// A duration.
    For(Duration),
    /// A date that cannot be measured, because the response has no `Date`.
    Unmeasurable,
}

impl ServerDelay {
    /// The duration, if it is known.
    pub(crate) fn measured(self) -> Option<Duration> {
        match self {
            Self::For(delay) => Some(delay),
            Self::Unmeasurable => None,
        }
    }
}

/// The delay that the server requires: `retry-after-ms`, or else `retry-after` in seconds or as a date.
///
/// A date is compared with the `Date` of the same response, so that no clock is needed and a wrong clock does no
/// harm. Zero, negative and invalid values require nothing.
pub(crate) fn server_delay(headers: &HeaderMap) -> Option<ServerDelay> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let delay = text("retry-after-ms")
        .and_then(|millis| seconds(millis, 1000.0))
        .or_else(|| seconds(text(RETRY_AFTER.as_str())?, 1.0));
    if let Some(delay) = delay {
        return (!delay.is_zero()).then_some(ServerDelay::For(delay));
    }
    let until = date::parse(text(RETRY_AFTER.as_str())?)?;
    match sent_at(headers) {
        None => Some(ServerDelay::Unmeasurable),
        Some(sent) if until > sent => Some(ServerDelay::For(Duration::from_secs(until - sent))),
        Some(_) => None,
    }
}

/// The server's time when it sent the response, in Unix seconds.
pub(crate) fn sent_at(headers: &HeaderMap) -> Option<u64> {
    date::parse(headers.get(DATE)?.to_str().ok()?.trim())
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

    fn delay_of(headers: &[(&'static str, &'static str)]) -> Option<ServerDelay> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, http::HeaderValue::from_static(value));
        }
        server_delay(&map)
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let date = "Tue, 24 Nov 2026 04:00:00 GMT";
        let later = "Tue, 24 Nov 2026 04:00:07 GMT";
        let seconds = |seconds| Some(ServerDelay::For(Duration::from_secs_f64(seconds)));
        assert_eq!(delay_of(&[("retry-after", "7")]), seconds(7.0));
        assert_eq!(delay_of(&[("retry-after", " 1.5 ")]), seconds(1.5));
        assert_eq!(delay_of(&[("retry-after-ms", "250"), ("retry-after", "7")]), seconds(0.25));
        assert_eq!(delay_of(&[("retry-after-ms", "x"), ("retry-after", "7")]), seconds(7.0));
        assert_eq!(delay_of(&[("retry-after", later), ("date", date)]), seconds(7.0));
        assert_eq!(
            delay_of(&[("retry-after", "9".repeat(400).leak())]),
            Some(ServerDelay::For(Duration::MAX))
        );
    }

    #[test]
    fn ignores_other_values() {
        let date = "Tue, 24 Nov 2026 04:00:00 GMT";
        let earlier = "Tue, 24 Nov 2026 03:59:00 GMT";
        assert_eq!(delay_of(&[]), None);
        assert_eq!(delay_of(&[("retry-after", earlier), ("date", date)]), None);
        assert_eq!(delay_of(&[("retry-after", date), ("date", date)]), None);
        for text in ["0", "0.0", "-1", "soon", "", "inf", "nan", "1e3", "."] {
            assert_eq!(delay_of(&[("retry-after", text)]), None, "{text}");
        }
    }

    #[test]
    fn only_true_and_false_decide() {
        let value = |text| {
            let mut map = HeaderMap::new();
            map.insert("x-should-retry", http::HeaderValue::from_static(text));
            should_retry(&map)
        };
        assert_eq!(value("true"), Some(true));
        assert_eq!(value("false"), Some(false));
        assert_eq!(value("TRUE"), None);
        assert_eq!(should_retry(&HeaderMap::new()), None);
    }

    #[test]
    fn a_retry_after_date_without_a_date_header_is_unmeasured() {
        let later = "Tue, 24 Nov 2026 04:00:07 GMT";
        for headers in [&[("retry-after", later)][..], &[("retry-after", later), ("date", "now")]] {
            assert_eq!(delay_of(headers), Some(ServerDelay::Unmeasurable));
        }
    }
}
