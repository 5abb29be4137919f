//! The laws of this crate, tried from outside.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod emulated;
mod executions;
mod goals;
mod hazards;
mod model;
mod paced;
mod pages;
mod settings;
mod steps;
mod support;
mod survey;
