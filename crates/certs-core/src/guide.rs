//! A guide, with a page for each task and a list of guarantees.
//!
//! | page | read it if you |
//! |---|---|
//! | [`errors`] | need to know, after a failure, what may have happened |
//! | [`retries`] | want other bounds, or no retries |
//! | [`pacing`] | want to know how the server's rate limit is found and kept |
//! | [`lists`] | read complete lists, or change more than ten certificates |
//! | [`transports`] | use another HTTP stack |
//! | [`by_hand`] | want to write the retry loop yourself |
//! | [`testing`] | test a program without a real organization |
//! | [`reliability`] | want to know what these crates guarantee |

pub mod by_hand;
pub mod errors;
pub mod lists;
pub mod pacing;
pub mod reliability;
pub mod retries;
pub mod testing;
pub mod transports;
