//! A guide, with a page for each task and a list of guarantees.
//!
//! | page | read it if you |
//! |---|---|
//! | [`errors`] | need to know whether a failed call may have changed something |
//! | [`retries`] | want other time limits, or no retries |
//! | [`pacing`] | make many calls, and want few of them refused by the rate limit |
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
