//! Misbehavior on demand: faults and a rate limit.

pub(crate) mod fault;
pub(crate) mod rate_limit;
