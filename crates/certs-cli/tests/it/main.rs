//! The built command, as a shell would run it, against an emulated organization.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows a test by its attribute and would refuse the helpers of one"
)]

mod changes;
#[cfg(target_os = "linux")]
mod colors;
#[cfg(unix)]
mod completions;
mod formats;
mod help;
#[cfg(unix)]
mod hostile;
mod input;
#[cfg(unix)]
mod interruptions;
mod jobs;
mod misbehavior;
mod output;
mod reading;
mod schemas;
mod secrets;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod walkthrough;
