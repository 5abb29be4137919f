//! How many requests a minute the command makes.

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::num::NonZeroU32;
use std::str::FromStr;

/// How many requests a minute are sent to each endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As many as the server is found to allow.
    Auto,
    PerMinute(NonZeroU32),
    Off,
}

impl FromStr for Pace {
    type Err = InvalidPace;

    fn from_str(text: &str) -> Result<Self, InvalidPace> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            number => number.parse().map(Self::PerMinute).map_err(|_| InvalidPace),
        }
    }
}

impl Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::PerMinute(pace) => pace.fmt(f),
            Self::Off => f.write_str("off"),
        }
    }
}

/// A text is not a pace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InvalidPace;

impl Display for InvalidPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("give auto, off, or a number of requests a minute of at least 1")
    }
}

impl StdError for InvalidPace {}
