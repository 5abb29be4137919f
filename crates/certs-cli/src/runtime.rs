//! The async runtime.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Starts the runtime.
///
/// # Errors
///
/// Fails if the process cannot open enough files.
pub(crate) fn start() -> io::Result<Runtime> {
    check_descriptors()?;
    Builder::new_current_thread().enable_all().build()
}

/// Checks that a command can open enough descriptors. tokio panics without those for signals, and a server
/// without one for a connection lets its client wait until a timeout. Six are for the runtime, two for the
/// listeners of an emulator, and the others for connections and files.
#[cfg(unix)]
fn check_descriptors() -> io::Result<()> {
    use std::os::fd::AsFd;
    const NEEDED: usize = 16;
    let copies: io::Result<Vec<_>> =
        (0..NEEDED).map(|_| io::stderr().as_fd().try_clone_to_owned()).collect();
    copies.map(drop)
}

#[cfg(not(unix))]
fn check_descriptors() -> io::Result<()> {
    Ok(())
}
