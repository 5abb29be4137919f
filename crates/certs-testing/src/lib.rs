#![doc = include_str!("../README.md")]

mod block_on;
mod clock;
mod emulator;
mod scripted;

pub use block_on::block_on;
pub use certs_emulator;
pub use clock::TestClock;
pub use emulator::EmulatorTransport;
pub use scripted::{Scripted, ScriptedResponse};
