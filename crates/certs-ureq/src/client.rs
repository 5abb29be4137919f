//! The blocking client.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use certs_core::{Api, Error, IncompleteList, Operation, Pacer, Paged, Reply, Retry, SeriesError};

use crate::UreqTransport;

/// Calls the API and blocks until the response is there.
///
/// Does what [`certs_core::Client`] does, call by call. Clones share the connections and the pacer, and
/// may be used from many threads at once.
///
/// ```
/// use certs_core::{AdminKey, Api, Error, Get, Retry};
/// use certs_ureq::{Client, UreqTransport};
///
/// let api = Api::new("http://127.0.0.1:1/v1".parse()?, AdminKey::new("sk-admin-example".into())?);
/// let mut once = Retry::default();
/// once.attempts = 1;
/// let client = Client::new(api, UreqTransport::loopback()).with_retry(once);
///
/// let error = client.call(Get::new("cert_abc".parse()?)).unwrap_err();
/// assert!(matches!(error, Error::Transport { .. }), "nothing listens there");
/// assert!(!error.may_have_acted() && error.is_retryable());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client(certs_core::Client<UreqTransport>);

impl Client {
    /// A client with the default [`Retry`] and without a pacer.
    #[must_use]
    pub fn new(api: Api, transport: UreqTransport) -> Self {
        Self(certs_core::Client::new(api, transport))
    }

    /// Bounds each call like this.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self(self.0.with_retry(retry))
    }

    /// Keeps below a rate. Waiting for the pacer before the first request is not part of a call's
    /// deadline.
    #[must_use]
    pub fn with_pacer(self, pacer: Pacer) -> Self {
        Self(self.0.with_pacer(pacer))
    }

    /// Carries out an operation, given by value or by reference.
    ///
    /// # Errors
    ///
    /// [`Error`], which says whether the change may have been made all the same.
    pub fn call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        finish(self.0.call(operation))
    }

    /// Goes through a list page by page.
    pub fn pages<O: Paged>(&self, first: O) -> Pages<'_, O> {
        Pages(Some(self.0.pages(first)))
    }

    /// Reads a whole list; an item that comes twice is kept once.
    ///
    /// # Errors
    ///
    /// [`IncompleteList`], with what was read so far.
    pub fn all<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, IncompleteList<O::Item>> {
        finish(self.0.all(first))
    }

    /// Carries out operations one after the other and stops at the first that fails.
    ///
    /// Each call is atomic, the series is not.
    ///
    /// # Errors
    ///
    /// [`SeriesError`], with what was done and what remains.
    pub fn series<O: Operation>(
        &self,
        operations: impl IntoIterator<Item = O>,
    ) -> Result<Vec<Reply<O::Output>>, Box<SeriesError<O>>> {
        finish(self.0.series(operations))
    }
}

/// The pages of a list, from [`Client::pages`]. Ends with the list, or behind the first error.
#[derive(Debug)]
pub struct Pages<'a, O>(Option<certs_core::Pages<'a, UreqTransport, O>>);

impl<O: Paged> Iterator for Pages<'_, O> {
    type Item = Result<Vec<O::Item>, IncompleteList<O::Item>>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = finish(self.0.as_mut()?.next());
        if !matches!(page, Some(Ok(_))) {
            self.0 = None;
        }
        page
    }
}

/// Takes the result of a future that does all its work when it is first polled.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
