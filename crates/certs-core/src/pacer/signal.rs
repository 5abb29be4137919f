//! What the outcome of a request shows about the rate limit.

use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};

use crate::call::read_refusal;
use crate::error::TransportError;
use crate::retry::{ServerDelay, is_quota, server_delay, should_retry};

/// What the outcome of a request shows about the rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) admission: Admission,
    /// How long the server requires to wait.
    pub(super) server_delay: Option<Duration>,
    /// The limit that the server states in its headers.
    pub(super) stated: Option<Stated>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// The rate limit allowed the request, whatever its outcome.
    Accepted,
    /// The rate limit refused the request, so it was not carried out.
    Refused,
    /// Nothing is known about the rate limit: no response, or an exhausted quota.
    Unknown,
}

/// The limit and the remaining requests in `x-ratelimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) per_minute: u32,
    pub(super) none_left: bool,
}

impl Signal {
    pub(super) const UNKNOWN: Self =
        Self { admission: Admission::Unknown, server_delay: None, stated: None };

    pub(super) fn of<B: AsRef<[u8]>>(outcome: &Result<Response<B>, TransportError>) -> Self {
        let Ok(response) = outcome else { return Self::UNKNOWN };
        let headers = response.headers();
        let admission = if response.status() != StatusCode::TOO_MANY_REQUESTS {
            Admission::Accepted
        } else if should_retry(headers)
            .unwrap_or_else(|| !is_quota(&read_refusal(response.body().as_ref())))
        {
            Admission::Refused
        } else {
            return Self::UNKNOWN;
        };
        let server_delay = server_delay(headers).and_then(ServerDelay::measured);
        let server_delay = server_delay.filter(|_| !response.status().is_success());
        Self { admission, server_delay, stated: stated(headers) }
    }
}

/// The limit in the headers, unless it is for another period than a minute.
fn stated(headers: &HeaderMap) -> Option<Stated> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<u32>().ok();
    let per_minute = number("x-ratelimit-limit-requests")?;
    let resets_in_a_minute = text("x-ratelimit-reset-requests")
        .is_none_or(|reset| time(reset).is_some_and(|time| time <= Duration::from_secs(60)));
    let none_left = number("x-ratelimit-remaining-requests") == Some(0);
    (per_minute > 0 && resets_in_a_minute).then_some(Stated { per_minute, none_left })
}

/// A time as `6m0s`, `1.5s`, `120ms` or plain seconds.
fn time(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" | "" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        sum = sum.saturating_add(part);
        rest = tail;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Signal {
        let mut response = Response::new(body.to_owned());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        Signal::of(&Ok(response))
    }

    #[test]
    fn distinguishes_a_rate_limit_from_a_quota() {
        let code = |code: &str| format!(r#"{{"error":{{"code":"{code}"}}}}"#);
        let kind = |kind: &str| format!(r#"{{"error":{{"type":"{kind}"}}}}"#);
        for (body, admission) in [
            ("".to_owned(), Admission::Refused),
            ("<html>".to_owned(), Admission::Refused),
            (code("rate_limit_exceeded"), Admission::Refused),
            (code("insufficient_quota"), Admission::Unknown),
            (kind("insufficient_quota"), Admission::Unknown),
            (code("billing_hard_limit_reached"), Admission::Unknown),
        ] {
            assert_eq!(response(429, &[], &body).admission, admission, "{body}");
        }
        assert_eq!(response(429, &[("x-should-retry", "false")], "").admission, Admission::Unknown);
        let quota = code("insufficient_quota");
        assert_eq!(
            response(429, &[("x-should-retry", "true")], &quota).admission,
            Admission::Refused
        );
        for status in [200, 400, 404, 500, 503] {
            assert_eq!(response(status, &[], "").admission, Admission::Accepted, "{status}");
        }
    }

    #[test]
    fn reads_only_limits_per_minute() {
        let limit = ("x-ratelimit-limit-requests", "60");
        let stated =
            |reset| response(200, &[limit, ("x-ratelimit-reset-requests", reset)], "").stated;
        let sixty = Some(Stated { per_minute: 60, none_left: false });
        assert_eq!(response(200, &[limit], "").stated, sixty);
        for reset in ["1s", "59.9s", "120ms", "1m0s", "17", "0h30s"] {
            assert_eq!(stated(reset), sixty, "{reset}");
        }
        for reset in ["6m0s", "1h", "soon", "", "1d", "-1s", "1.2.3s"] {
            assert_eq!(stated(reset), None, "{reset}");
        }
        assert_eq!(response(200, &[("x-ratelimit-limit-requests", "0")], "").stated, None);
        let none = response(200, &[limit, ("x-ratelimit-remaining-requests", "0")], "").stated;
        assert!(none.is_some_and(|stated| stated.none_left));
    }
}
