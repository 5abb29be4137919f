//! The query parameters of every list: the page size and the cursor.

use crate::request::RequestBuilder;

/// The number of items per page: 1 to 100 (documented).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(u8);

impl PageSize {
    /// 100 items per page.
    pub const MAX: Self = Self(100);

    /// The number of items.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for PageSize {
    type Error = InvalidPageSize;

    fn try_from(size: u8) -> Result<Self, InvalidPageSize> {
        match size {
            1..=100 => Ok(Self(size)),
            _ => Err(InvalidPageSize { size }),
        }
    }
}

/// A page size is not in the range 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page contains 1 to 100 items, not {size}")]
#[non_exhaustive]
pub struct InvalidPageSize {
    /// The size that was given.
    pub size: u8,
}

/// The query parameters of every list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageQuery {
    pub(super) size: Option<PageSize>,
    pub(super) after: Option<Box<str>>,
}

impl PageQuery {
    pub(super) fn write(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Some(PageSize(size)) = self.size {
            request = request.query("limit", &size.to_string());
        }
        if let Some(after) = &self.after {
            request = request.query("after", after);
        }
        request
    }
}
