//! The API on the wire: which endpoint a request means, what it carries, and how it is answered.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod endpoint;
pub(crate) mod keys;
pub(crate) mod query;
pub(crate) mod refusal;
