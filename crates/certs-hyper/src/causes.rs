//! Errors of any kind, and what is behind them.

use std::error::Error;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The error, what caused it, what caused that, and so on.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
