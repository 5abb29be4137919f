//! What the library is measured against, and the server that all of them call.

pub mod answers;
pub mod by_hand;
pub mod canned;
pub mod load;
#[cfg(feature = "reqwest")]
pub mod with_reqwest;
