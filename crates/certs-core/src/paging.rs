//! Going through a list page by page, as values.

use std::collections::BTreeSet;
use std::fmt::Debug;

use certs_types::Page;
use serde::de::DeserializeOwned;

use crate::error::{Error, PagingError};
use crate::operation::Operation;

/// An operation that requests one page of a list.
pub trait Paged: Operation<Output = Page<Self::Item>> + Clone {
    /// How many items a list can have before it counts as one without an end.
    const MAX_ITEMS: usize = 100_000;

    /// What is listed.
    type Item: DeserializeOwned + Debug;

    /// The same list from behind this cursor on.
    #[must_use]
    fn after(self, cursor: &str) -> Self;

    /// What tells two items apart.
    fn id(item: &Self::Item) -> &str;
}

/// The state of reading a list: which page to request next, and whether the list really ended.
///
/// The list ends when a page says so. A page that announces more items but no way to read them is an
/// error, never a silent end. An item that moved from one page to the next is returned once.
///
/// Cursors and the ids of one page are remembered, items are not.
///
/// ```
/// use certs_core::types::{Certificate, Page};
/// use certs_core::operations::{List, Scope};
/// use certs_core::paging::Paging;
///
/// let mut paging = Paging::new(List::new(Scope::Organization));
/// let mut pages = vec![
///     r#"{"data":[{"object":"x","id":"cert_b","created_at":1}],"last_id":"cert_b","has_more":false}"#,
///     r#"{"data":[{"object":"x","id":"cert_a","created_at":1}],"last_id":"cert_a","has_more":true}"#,
/// ];
/// let mut read = Vec::new();
/// while let Some(operation) = paging.next() {
///     // Make a call of `operation`; its response is a page.
///     let page: Page<Certificate> = serde_json::from_str(pages.pop().unwrap_or_default())?;
///     read.extend(paging.handle_page(page)?);
/// }
/// assert_eq!(read.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Paging<O> {
    /// `None` at the end.
    next: Option<O>,
    /// Cursors that led to a page already: coming back to one would never end.
    cursors: BTreeSet<Box<str>>,
    ids_of_last_page: BTreeSet<Box<str>>,
    read: usize,
}

impl<O: Paged> Paging<O> {
    /// Starts with the page that this operation requests.
    #[must_use]
    pub fn new(first: O) -> Self {
        Self {
            next: Some(first),
            cursors: BTreeSet::new(),
            ids_of_last_page: BTreeSet::new(),
            read: 0,
        }
    }

    /// The page to request next; `None` when the list has ended.
    #[must_use]
    pub fn next(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes the requested page and returns its items, without those that the page before already had.
    ///
    /// # Errors
    ///
    /// [`Error::Paging`], with the items of this page, when the list promises more but gives no way
    /// to it, or has no end after [`Paged::MAX_ITEMS`]. There is no next page then.
    pub fn handle_page(
        &mut self,
        page: Page<O::Item>,
    ) -> Result<Vec<O::Item>, IncompleteList<O::Item>> {
        let requested = self.next.take();
        self.read = self.read.saturating_add(page.data.len());
        let error = match (page.last_id, page.has_more) {
            (_, false) => None,
            _ if page.data.is_empty() => Some(PagingError::EmptyPage),
            _ if self.read >= O::MAX_ITEMS => Some(PagingError::TooLong { max: O::MAX_ITEMS }),
            (None, true) => Some(PagingError::NoCursor),
            (Some(cursor), true) => {
                let next = requested.map(|requested| requested.after(&cursor));
                if self.cursors.insert(cursor.into()) {
                    self.next = next;
                    None
                } else {
                    Some(PagingError::Repeated)
                }
            }
        };
        let items = self.without_repeats(page.data);
        match error {
            None => Ok(items),
            Some(error) => Err(IncompleteList { read: items, error: Error::Paging(error) }),
        }
    }

    /// Leaves out what the last page had, because items slide when others are added or deleted.
    fn without_repeats(&mut self, items: Vec<O::Item>) -> Vec<O::Item> {
        let before = std::mem::take(&mut self.ids_of_last_page);
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let id = O::id(&item);
            if self.ids_of_last_page.insert(id.into()) && !before.contains(id) {
                kept.push(item);
            }
        }
        kept
    }
}

/// A list could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the list broke off after {} items", read.len())]
#[non_exhaustive]
pub struct IncompleteList<T> {
    /// What was read before.
    pub read: Vec<T>,
    /// Why there is no more.
    #[source]
    pub error: Error,
}

impl<T> IncompleteList<T> {
    /// A list that ended with this error after these items.
    #[must_use]
    pub fn new(read: Vec<T>, error: Error) -> Self {
        Self { read, error }
    }
}
