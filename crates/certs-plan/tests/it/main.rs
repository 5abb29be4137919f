//! Tests of the public interface of this crate.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue fails")]

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
