//! A series of calls, which stops at the first failure.

use crate::call::Reply;
use crate::error::Error;
use crate::operation::Operation;

/// A series stopped before its end.
///
/// Each operation of a series is one call. A toggle is atomic, but the series is *not*. The fields contain which
/// operations are done, which one failed and which were not tried, so that the series can be resumed.
#[derive(Debug, thiserror::Error)]
#[error("{} of {} calls were made, then one failed", done.len(), done.len() + 1 + rest.len())]
#[non_exhaustive]
pub struct SeriesError<O: Operation> {
    /// The replies to the operations that were done.
    pub done: Vec<Reply<O::Output>>,
    /// The operation that failed. It may still have been carried out: see [`Error::may_have_acted`].
    pub failed: O,
    /// The operations that were not tried.
    pub rest: Vec<O>,
    /// Why it failed.
    #[source]
    pub error: Error,
}

impl<O: Operation> SeriesError<O> {
    /// A series that failed at this operation, with nothing done before and nothing left.
    #[must_use]
    pub fn new(failed: O, error: Error) -> Self {
        Self { done: Vec::new(), failed, rest: Vec::new(), error }
    }

    /// Sets the replies to the operations that were done.
    #[must_use]
    pub fn with_done(mut self, done: Vec<Reply<O::Output>>) -> Self {
        self.done = done;
        self
    }

    /// Sets the operations that were not tried.
    #[must_use]
    pub fn with_rest(mut self, rest: Vec<O>) -> Self {
        self.rest = rest;
        self
    }

    /// The operations to resume with: the failed one and those not tried.
    ///
    /// This is safe for idempotent operations such as toggles, whatever happened to the failed one. A failed delete
    /// may have been carried out: if it is refused with 404 the second time, skip it and continue.
    pub fn into_remaining(self) -> impl Iterator<Item = O> {
        std::iter::once(self.failed).chain(self.rest)
    }
}
