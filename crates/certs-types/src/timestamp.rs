//! Times in Unix seconds.

use core::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A time in whole Unix seconds, from the year 1 to the year 9999.
///
/// `1234567` and `1234567.0` are both read, because the vendor's schemas have "integer" in one place and "number" in
/// another. A fraction, a string and a time outside these years are refused. `Display` shows the seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800);
    /// 9999-12-31T23:59:59Z, which X.509 uses for "does not expire".
    pub const MAX: Self = Self(253_402_300_799);

    /// The time that is this many seconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`InvalidTimestamp`] when it is outside the years 1 to 9999.
    pub const fn from_secs(seconds: i64) -> Result<Self, InvalidTimestamp> {
        if Self::MIN.0 <= seconds && seconds <= Self::MAX.0 {
            Ok(Self(seconds))
        } else {
            Err(InvalidTimestamp)
        }
    }

    /// The seconds since 1970-01-01T00:00:00Z, negative before that time.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(seconds: i64) -> Result<Self, InvalidTimestamp> {
        Self::from_secs(seconds)
    }
}

impl From<Timestamp> for i64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Seconds)
    }
}

/// A time is outside the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTimestamp;

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time outside the years 1 to 9999")
    }
}

impl core::error::Error for InvalidTimestamp {}

struct Seconds;

impl Visitor<'_> for Seconds {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whole Unix seconds")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Timestamp::try_from(seconds).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
        i64::try_from(seconds).map_err(E::custom).and_then(|seconds| self.visit_i64(seconds))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
        // The cast saturates, so a value that is too large stays out of range. Within the range
        // every integer has an exact `f64`.
        let whole = seconds as i64;
        if whole as f64 == seconds {
            self.visit_i64(whole)
        } else {
            Err(E::custom("a fraction of a second"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        serde_json::from_str::<Timestamp>(text).ok().map(Timestamp::as_secs)
    }

    #[test]
    fn whole_seconds_are_read_in_either_form() {
        assert_eq!(read("1234567"), Some(1_234_567));
        assert_eq!(read("1234567.0"), Some(1_234_567));
        assert_eq!(read("1.234567e6"), Some(1_234_567));
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("-1"), Some(-1));
        assert_eq!(read("4102444800"), Some(4_102_444_800), "beyond 2038");
        assert_eq!(read("253402300799"), Some(253_402_300_799));
        assert_eq!(read("-62135596800"), Some(-62_135_596_800));
    }

    #[test]
    fn is_the_same_seconds_everywhere() {
        let timestamp = Timestamp::from_secs(1_234_567).unwrap();
        assert_eq!(i64::from(timestamp), 1_234_567);
        assert_eq!(alloc::format!("{timestamp:>9}"), "  1234567");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "12.5",
            "\"1234567\"",
            "null",
            "true",
            "253402300800",
            "-62135596801",
            "253402300800.0",
            "1e300",
            "-1e300",
            "18446744073709551615",
            "[1]",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
