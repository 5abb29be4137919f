//! One page of a list.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::text::null_as_default;
use crate::vocabulary::Object;

/// One page of a list of certificates, projects or other objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// [`Object::LIST`].
    #[serde(default = "list")]
    pub object: Object,
    /// The items, in the requested order.
    pub data: Vec<T>,
    /// The id of the first item, if the response contains it.
    #[serde(default)]
    pub first_id: Option<String>,
    /// The id of the last item, if the response contains it: the `after` parameter of the next page.
    #[serde(default)]
    pub last_id: Option<String>,
    /// Whether there are more items after this page; `false` if missing or `null`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The only page of a list, without `first_id` and `last_id`.
    #[must_use]
    pub fn new(data: Vec<T>) -> Self {
        Self { object: list(), data, first_id: None, last_id: None, has_more: false }
    }
}

fn list() -> Object {
    Object::LIST
}
