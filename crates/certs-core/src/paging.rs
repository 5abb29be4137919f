//! Reading a list page by page, without I/O.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use certs_types::Page;
use serde::de::DeserializeOwned;

use crate::error::{Error, PagingError};
use crate::operation::Operation;

/// An operation that requests one page of a list.
///
/// The example `own_operation` implements it.
pub trait Paged: Operation<Output = Page<Self::Item>> + Clone {
    /// The maximum number of items. A list that continues after them counts as endless.
    const MAX_ITEMS: usize = 100_000;

    /// The type of the items.
    type Item: DeserializeOwned + Debug;

    /// The same list, starting after this cursor.
    #[must_use]
    fn after(self, cursor: &str) -> Self;

    /// The id of an item, by which repeated items are recognized.
    fn id(item: &Self::Item) -> Arc<str>;
}

/// The state of reading a list: which page to request next, and whether the list has ended.
///
/// The list ends with a page that announces no more items. A page that announces more items but contains no
/// cursor is an error. An item that moved from one page to the next is returned once.
///
/// It keeps all cursors and the ids of one page in memory, but no items.
///
/// ```
/// use certs_core::operations::{List, Scope};
/// use certs_core::paging::Paging;
/// use certs_core::types::{Certificate, Page};
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
    /// Cursors that were used already. A repeated cursor would lead to an endless list.
    cursors: BTreeSet<Box<str>>,
    ids_of_last_page: BTreeSet<Arc<str>>,
    read: usize,
}

impl<O: Paged> Paging<O> {
    /// Starts at the page that this operation requests.
    #[must_use]
    pub fn new(first: O) -> Self {
        Self {
            next: Some(first),
            cursors: BTreeSet::new(),
            ids_of_last_page: BTreeSet::new(),
            read: 0,
        }
    }

    /// The operation that requests the next page; `None` when the list has ended.
    #[must_use]
    pub fn next(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes the requested page and returns its items, without those that were in the page before.
    ///
    /// # Errors
    ///
    /// [`Error::Paging`], with the items of this page, when the page announces more items but contains no usable
    /// cursor, or when the list continues after [`Paged::MAX_ITEMS`]. There is no next page then.
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
                    Some(PagingError::RepeatedCursor)
                }
            }
        };
        let items = self.without_repeats(page.data);
        match error {
            None => Ok(items),
            Some(error) => Err(IncompleteList { read: items, error: Error::Paging(error) }),
        }
    }

    /// Removes the items of the last page, because items move between pages when others are added or deleted.
    fn without_repeats(&mut self, mut items: Vec<O::Item>) -> Vec<O::Item> {
        let ids: BTreeSet<Arc<str>> = items.iter().map(O::id).collect();
        let repeats = ids.len() < items.len() || !ids.is_disjoint(&self.ids_of_last_page);
        let mut seen = std::mem::replace(&mut self.ids_of_last_page, ids);
        if repeats {
            items.retain(|item| seen.insert(O::id(item)));
        }
        items
    }
}

/// The items of a list that could not be read to its end, and the error.
#[derive(Debug, thiserror::Error)]
#[error("the list could not be read beyond {} items", read.len())]
#[non_exhaustive]
pub struct IncompleteList<T> {
    /// The items that were read.
    pub read: Vec<T>,
    /// Why the list could not be read to its end.
    #[source]
    pub error: Error,
}

impl<T> IncompleteList<T> {
    /// A list of which only these items were read, because of this error.
    #[must_use]
    pub fn new(read: Vec<T>, error: Error) -> Self {
        Self { read, error }
    }
}
