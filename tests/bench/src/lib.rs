//! What the library is measured against, and the server that all of them call.

pub mod answers;
pub mod by_hand;
pub mod canned;
pub mod load;
#[cfg(feature = "certs")]
pub mod ours;
#[cfg(feature = "async-openai")]
pub mod with_async_openai;
#[cfg(feature = "openai-rs-sdk")]
pub mod with_openai_rs_sdk;
#[cfg(feature = "reqwest")]
pub mod with_reqwest;
