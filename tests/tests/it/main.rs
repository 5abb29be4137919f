//! One test binary over all crates.
