//! The HTTP format of the API: routes, keys, queries, bodies and responses.

pub(crate) mod body;
pub(crate) mod endpoint;
pub(crate) mod keys;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod response;
