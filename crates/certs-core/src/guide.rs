//! The guide: a page for each thing one wants to do, and one for what one can rely on.
//!
//! | page | for whoever |
//! |---|---|
//! | [`by_hand`] | has a wire of their own and wants to keep the loop |
//! | [`transports`] | brings another HTTP stack, once and for all calls |
//! | [`errors`] | must know, after a failure, what may have happened |
//! | [`retries`] | wants other bounds, fewer requests a minute, or no second attempt |
//! | [`pacing`] | wants to know how the server's rate is found, and what that reaches |
//! | [`lists`] | reads lists to their end, or changes more than ten certificates |
//! | [`testing`] | tests a program without touching a real organization |
//! | [`reliability`] | asks what all of this promises, and which test holds it to that |

pub mod by_hand;
pub mod errors;
pub mod lists;
pub mod pacing;
pub mod reliability;
pub mod retries;
pub mod testing;
pub mod transports;
