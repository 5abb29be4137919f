//! Lengths of time on the command line: `30d`, `15m`, `1h30m`.

use std::time::Duration;

use certs_types::Timestamp;
use jiff::{Span, SpanRelativeTo};

/// Reads a length of time with its unit.
pub(crate) fn with_unit(text: &str) -> Result<Duration, &'static str> {
    const WHAT: &str = "give a number and a unit, such as 30d, 12h or 15m";
    let span: Span = text.parse().map_err(|_| WHAT)?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| WHAT)?;
    duration.try_into().map_err(|_| "give a length of time that is not negative")
}

/// Reads seconds, as a number alone or with a unit: more than 0, and at most a day.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    const WHAT: &str = "give seconds, more than 0 and at most 86400";
    let duration = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| WHAT)?,
        Err(_) => with_unit(text).map_err(|_| WHAT)?,
    };
    let in_range = !duration.is_zero() && duration <= Duration::from_secs(86_400);
    if in_range { Ok(duration) } else { Err(WHAT) }
}

/// The time that is this long before a moment.
pub(crate) fn before(moment: Timestamp, time: Duration) -> Timestamp {
    let time = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::try_from(moment.as_secs().saturating_sub(time)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_a_unit() {
        assert_eq!(with_unit("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(with_unit("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(with_unit("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(with_unit("0s"), Ok(Duration::ZERO));
        for text in ["30", "", "-1d", "d", "1 fortnight", "inf"] {
            assert!(with_unit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_need_no_unit() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(seconds("2m"), Ok(Duration::from_secs(120)));
        for text in ["0", "-1", "nan", "inf", "86401", "2d", "x", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
