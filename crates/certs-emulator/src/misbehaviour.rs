//! What goes wrong when it is told to: faults, the slow lane, changes that show late.

pub(crate) mod fault;
pub(crate) mod lag;
pub(crate) mod pace;
