//! The guide: a page for each task, and one for what you can rely on.
//!
//! | page | for you if you |
//! |---|---|
//! | [`errors`] | need to know, after a failure, what may have happened |
//! | [`retries`] | want other bounds, or no second attempt |
//! | [`pacing`] | want to know how the server's rate is found and kept |
//! | [`lists`] | read whole lists, or change more than ten certificates |
//! | [`transports`] | bring another HTTP stack |
//! | [`by_hand`] | want to write the loop yourself |
//! | [`testing`] | test a program without a real organization |
//! | [`reliability`] | want to know what these crates promise |

pub mod by_hand;
pub mod errors;
pub mod lists;
pub mod pacing;
pub mod reliability;
pub mod retries;
pub mod testing;
pub mod transports;
