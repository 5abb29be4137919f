//! Misbehavior on demand: faults, a rate limit, and changes that become visible late.

pub(crate) mod fault;
pub(crate) mod propagation;
pub(crate) mod rate_limit;
