//! The JSON of the clients by hand: strings are borrowed from the body, and nothing is checked.

use serde::{Deserialize, Serialize};

/// The body of a toggle.
#[derive(Serialize)]
pub(super) struct Toggle<'a> {
    pub(super) certificate_ids: &'a [String],
}

/// The response to a toggle, or a page of a list.
#[derive(Deserialize)]
pub(super) struct Certificates<'a> {
    #[serde(borrow)]
    pub(super) data: Vec<Certificate<'a>>,
    #[serde(default)]
    pub(super) last_id: Option<&'a str>,
    #[serde(default)]
    pub(super) has_more: bool,
}

#[derive(Deserialize)]
#[allow(dead_code)]
pub(super) struct Certificate<'a> {
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
pub(super) fn ids() -> Vec<String> {
    (0..10).map(|n| format!("cert_{n:032}")).collect()
}
