//! The wire models by hand: strings that stay in the body, and nothing is checked.

use serde::{Deserialize, Serialize};

/// The body of a toggle.
#[derive(Serialize)]
pub struct Toggle<'a> {
    /// The certificates.
    pub certificate_ids: &'a [String],
}

/// The answer to a toggle, and a page of a list.
#[derive(Deserialize)]
pub struct Answer<'a> {
    /// The certificates.
    #[serde(borrow)]
    pub data: Vec<Certificate<'a>>,
    /// The cursor.
    #[serde(default)]
    pub last_id: Option<&'a str>,
    /// Whether the list goes on.
    #[serde(default)]
    pub has_more: bool,
}

/// A certificate whose strings stay in the body of the answer.
#[derive(Deserialize)]
#[allow(dead_code)]
pub struct Certificate<'a> {
    object: &'a str,
    id: &'a str,
    name: Option<&'a str>,
    created_at: i64,
    certificate_details: Details<'a>,
    active: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Details<'a> {
    valid_at: Option<i64>,
    expires_at: Option<i64>,
    content: Option<std::borrow::Cow<'a, str>>,
}

/// The ids of a toggle.
pub fn ids() -> Vec<String> {
    (0..10).map(|n| format!("cert_{n:032}")).collect()
}
