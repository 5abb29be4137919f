//! Boxed errors and their sources.

use std::error::Error;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// An error and all of its sources, outermost first.
pub(crate) fn error_chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
