//! Whole lists, and series of calls.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::Client;
use crate::call::Reply;
use crate::local::LocalTransport;
use crate::operation::Operation;
use crate::paging::{IncompleteList, Paged, Paging};
use crate::series::SeriesError;

impl<T: LocalTransport> Client<T> {
    /// Reads a list page by page, from the page that this operation requests.
    pub fn pages<O: Paged>(&self, first: O) -> Pages<&Self, O> {
        Pages::new(self, first)
    }

    /// Reads a whole list. An item that appears twice is returned once.
    ///
    /// # Errors
    ///
    /// [`IncompleteList`], with the items that were read before the error.
    pub async fn all<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, IncompleteList<O::Item>> {
        let mut pages = self.pages(first);
        let mut seen = BTreeSet::new();
        let mut read = Vec::new();
        while let Some(page) = pages.next().await {
            let (items, error) = match page {
                Ok(items) => (items, None),
                Err(IncompleteList { read, error }) => (read, Some(error)),
            };
            read.extend(items.into_iter().filter(|item| seen.insert(O::id(item))));
            if let Some(error) = error {
                return Err(IncompleteList { read, error });
            }
        }
        Ok(read)
    }

    /// Carries out operations one after the other and stops at the first that fails.
    ///
    /// For more than ten certificates, see
    /// [`CertificateIds::batches`](crate::types::CertificateIds::batches). Each toggle is atomic; the series is not.
    /// It makes no additional request to confirm a change.
    ///
    /// # Errors
    ///
    /// [`SeriesError`], with the operations that were done, the one that failed, and the others.
    pub async fn series<O: Operation>(
        &self,
        operations: impl IntoIterator<Item = O>,
    ) -> Result<Vec<Reply<O::Output>>, Box<SeriesError<O>>> {
        let mut operations = operations.into_iter();
        let mut done = Vec::new();
        while let Some(operation) = operations.next() {
            match self.call(&operation).await {
                Ok(reply) => done.push(reply),
                Err(error) => {
                    let rest = operations.collect();
                    return Err(Box::new(SeriesError { done, failed: operation, rest, error }));
                }
            }
        }
        Ok(done)
    }
}

/// The pages of a list, from [`Client::pages`].
///
/// With a client in an [`Arc`](std::sync::Arc), the pages borrow nothing and can be moved into a task or a
/// stream:
///
/// ```
/// use std::sync::Arc;
/// use certs_core::client::Pages;
/// use certs_core::operations::ListProjects;
/// use certs_core::transport::Transport;
/// use certs_core::{Client, Error};
///
/// async fn count<T: Transport>(client: Arc<Client<T>>) -> Result<usize, Error> {
///     let mut pages = Pages::new(client, ListProjects::new());
///     let mut count = 0;
///     while let Some(page) = pages.next().await {
///         count += page.map_err(|incomplete| incomplete.error)?.len();
///     }
///     Ok(count)
/// }
/// ```
#[derive(Debug)]
pub struct Pages<C, O> {
    client: C,
    paging: Paging<O>,
}

impl<C, T, O> Pages<C, O>
where
    C: Deref<Target = Client<T>>,
    T: LocalTransport,
    O: Paged,
{
    /// Reads a list page by page, from the page that this operation requests.
    pub fn new(client: C, first: O) -> Self {
        Self { client, paging: Paging::new(first) }
    }

    /// Reads the next page and returns its items; `None` after the last page or a [`PagingError`].
    ///
    /// # Errors
    ///
    /// [`IncompleteList`]. If the call failed, calling this method again requests the same page.
    ///
    /// [`PagingError`]: crate::error::PagingError
    pub async fn next(&mut self) -> Option<Result<Vec<O::Item>, IncompleteList<O::Item>>> {
        Some(match self.client.call(self.paging.next()?).await {
            Ok(reply) => self.paging.handle_page(reply.value),
            Err(error) => Err(IncompleteList::new(Vec::new(), error)),
        })
    }
}
