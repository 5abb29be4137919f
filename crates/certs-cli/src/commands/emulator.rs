//! `certs emulator`: the emulated organization behind a socket.

use std::net::SocketAddr;

use certs_core::ProjectId;
use certs_emulator::Emulator;
use tokio::select;

use crate::arguments::EMULATOR_KEY;
use crate::failure::{Exit, Failure};
use crate::interrupt::Signals;
use crate::{output, text};

pub(crate) async fn run(
    listen: SocketAddr,
    admin_key: String,
    projects: Vec<ProjectId>,
) -> Result<(), Failure> {
    let is_default = admin_key == EMULATOR_KEY;
    let mut builder = Emulator::builder().admin_key(admin_key);
    for project in projects {
        builder = builder.project(project);
    }
    // Heard before the address is told: whoever reads it may stop us at once.
    let mut signals = Signals::new()
        .map_err(|error| Failure::because(Exit::Unreachable, "signals cannot be heard", &error))?;
    let server = builder.build().bind(listen).await.map_err(|error| {
        Failure::because(Exit::Usage, format!("cannot listen on {listen}"), &error)
    })?;
    output::print(&format!("listening on {}\n", server.base_url()))?;
    if is_default {
        text::say(&format!("the admin key is {EMULATOR_KEY}"));
    }
    signals.next().await;
    // Running requests may end; asked again, nothing is waited for.
    select! {
        () = server.stop() => {}
        () = signals.next() => {}
    }
    Ok(())
}
