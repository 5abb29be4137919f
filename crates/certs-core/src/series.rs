//! A series of calls, which stops at the first failure.

use crate::call::Reply;
use crate::error::Error;
use crate::operation::Operation;

/// The operations of a series that stopped at a failure.
///
/// Each operation of a series is one call. A toggle is atomic, but the series is *not*.
/// [`into_remaining`](Self::into_remaining) returns the operations to resume with.
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
    /// A series that failed at its only operation.
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

    /// The operations to resume with: the one that failed and those that were not tried.
    ///
    /// Repeating the failed one is safe if it is idempotent, such as a toggle. A delete that failed may have been
    /// carried out: if it is then refused with 404, skip it.
    pub fn into_remaining(self) -> impl Iterator<Item = O> {
        std::iter::once(self.failed).chain(self.rest)
    }
}
