//! Going through a list page by page, as values.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Debug;

use certs_types::Page;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Error, Operation, json};

/// An operation that answers one page of a list.
pub trait Paged: Operation<Output = Page<Self::Item>> + Clone {
    /// What is listed.
    type Item: DeserializeOwned + Debug;

    /// The same list from behind this cursor on.
    #[must_use]
    fn after(self, cursor: &str) -> Self;

    /// What tells two items apart.
    fn id(item: &Self::Item) -> &str;
}

/// The way through a list: which page to ask for next, and whether the list really ended.
///
/// The list ends when a page says so. A page that promises more but gives no way to it is an error,
/// never a silent end. An item that slid from one page onto the next is given once.
///
/// Memory is constant in the number of pages: of all cursors two are remembered.
///
/// ```
/// use certs_core::{Certificate, List, Page, Paging, Scope};
///
/// let mut paging = Paging::new(List::new(Scope::Organization));
/// let mut pages = vec![
///     r#"{"data":[{"object":"x","id":"cert_b","created_at":1}],"last_id":"cert_b","has_more":false}"#,
///     r#"{"data":[{"object":"x","id":"cert_a","created_at":1}],"last_id":"cert_a","has_more":true}"#,
/// ];
/// let mut read = Vec::new();
/// while let Some(operation) = paging.next() {
///     // Make a call of `operation`; what it answers is a page.
///     let page: Page<Certificate> = serde_json::from_str(pages.pop().unwrap_or_default())?;
///     read.extend(paging.answer(page)?);
/// }
/// assert_eq!(read.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Paging<O> {
    /// `None` at the end.
    next: Option<O>,
    page_before: Ids,
    cursor: Option<Box<str>>,
    /// Brent's way to find a cycle: a cursor remembered while the pages since it doubled in number.
    mark: Option<Box<str>>,
    pages_since_mark: u64,
    lap: u64,
}

impl<O: Paged> Paging<O> {
    /// Starts with the page that this operation asks for.
    #[must_use]
    pub fn new(first: O) -> Self {
        Self {
            next: Some(first),
            page_before: Ids::default(),
            cursor: None,
            mark: None,
            pages_since_mark: 0,
            lap: 1,
        }
    }

    /// The page to ask for next; `None` when the list has ended.
    #[must_use]
    pub fn next(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes a page and gives its items, without those the page before already had.
    ///
    /// # Errors
    ///
    /// [`Error::LostPlace`], with the items of this page, when the list promises more but gives no way
    /// to it. There is no next page then.
    pub fn answer(&mut self, page: Page<O::Item>) -> Result<Vec<O::Item>, Unfinished<O::Item>> {
        let asked = self.next.take();
        let lost = match (&page.last_id, page.has_more) {
            (_, false) => None,
            _ if page.data.is_empty() => Some(LostPlace::EmptyPage),
            (None, true) => Some(LostPlace::NoCursor),
            (Some(cursor), true) if self.came_by(cursor) => Some(LostPlace::Repeated),
            (Some(cursor), true) => {
                self.next = asked.map(|asked| asked.after(cursor));
                None
            }
        };
        let items = self.fold(page.data);
        match lost {
            None => Ok(items),
            Some(lost) => Err(Unfinished { read: items, error: Error::LostPlace(lost) }),
        }
    }

    /// The page to ask for behind one that is not read yet: told from what stands after its items.
    ///
    /// `None` also where that does not tell. Else it is the page that [`next`](Self::next) names once
    /// this one was taken, unless this one is an error.
    pub(crate) fn ahead(&self, page: &[u8]) -> Option<O> {
        let bracket = page.iter().rposition(|byte| *byte == b']')?;
        let (items, rest) = page.split_at(bracket);
        if items.trim_ascii_end().ends_with(b"[") {
            return None;
        }
        let rest = std::str::from_utf8(rest).ok()?;
        // Read as a page without items. Had the bracket been another than the list's, or in a string,
        // this would be no JSON.
        let page = [r#"{"data":["#, rest].concat();
        let end: End<'_> = json::from_str(&page).ok()?;
        let cursor = end.last_id.filter(|cursor| end.has_more && !self.met(cursor))?;
        Some(self.next.clone()?.after(cursor))
    }

    fn met(&self, cursor: &str) -> bool {
        self.cursor.as_deref() == Some(cursor) || self.mark.as_deref() == Some(cursor)
    }

    /// Whether this cursor was met before; remembers it otherwise.
    fn came_by(&mut self, cursor: &str) -> bool {
        if self.met(cursor) {
            return true;
        }
        self.pages_since_mark += 1;
        if self.pages_since_mark == self.lap {
            self.mark = Some(cursor.into());
            self.pages_since_mark = 0;
            self.lap = self.lap.saturating_mul(2);
        }
        self.cursor = Some(cursor.into());
        false
    }

    fn fold(&mut self, items: Vec<O::Item>) -> Vec<O::Item> {
        let mut ids: Vec<&str> = items.iter().map(O::id).collect();
        ids.sort_unstable();
        let slid = ids.windows(2).any(|pair| pair[0] == pair[1]) || self.page_before.shares(&ids);
        let page = Ids::new(&ids);
        let before = std::mem::replace(&mut self.page_before, page);
        if !slid {
            return items;
        }
        let mut seen: BTreeSet<_> = before.iter().map(str::to_owned).collect();
        items.into_iter().filter(|item| seen.insert(O::id(item).to_owned())).collect()
    }
}

/// What stands behind the items of a page.
#[derive(Deserialize)]
struct End<'a> {
    last_id: Option<&'a str>,
    #[serde(default)]
    has_more: bool,
}

/// The ids of a page in their order, in one piece of memory.
#[derive(Debug, Clone, Default)]
struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    fn new(sorted: &[&str]) -> Self {
        let mut ends = Vec::with_capacity(sorted.len());
        let end = |sum: &mut usize, id: &&str| {
            *sum += id.len();
            Some(*sum)
        };
        ends.extend(sorted.iter().scan(0, end));
        Self { text: sorted.concat(), ends }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.text.get(start..*end))
    }

    /// Whether one of these ids, which are in order, is here as well.
    fn shares(&self, sorted: &[&str]) -> bool {
        let (mut ours, mut others) = (self.iter(), sorted.iter().copied());
        let (mut our, mut other) = (ours.next(), others.next());
        while let (Some(id), Some(another)) = (our, other) {
            match id.cmp(another) {
                Ordering::Less => our = ours.next(),
                Ordering::Greater => other = others.next(),
                Ordering::Equal => return true,
            }
        }
        false
    }
}

/// A list could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the list broke off after {} items", read.len())]
#[non_exhaustive]
pub struct Unfinished<T> {
    /// What was read before.
    pub read: Vec<T>,
    /// Why there is no more.
    #[source]
    pub error: Error,
}

/// A list promised more, but gave no way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LostPlace {
    /// There is no `last_id`.
    #[error("the server promised more but gave no cursor to it")]
    NoCursor,
    /// The cursor was met before: the list would go round for ever.
    #[error("the server promised more but gave a cursor it had given before")]
    Repeated,
    /// There is nothing on the page.
    #[error("the server promised more but sent an empty page")]
    EmptyPage,
}
