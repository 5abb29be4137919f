//! `certs emulator`: serves an emulated organization.

mod arguments;
mod log;
mod setup;

use std::net::SocketAddr;

use certs_emulator::{Emulator, Server};
use tokio::net::TcpListener;
use tokio::select;

pub(crate) use self::arguments::{
    Behavior, EMULATOR_KEY, EmulatorArguments, LimitArguments, Listeners, Organization,
};
use self::log::Log;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Signals;
use crate::output;
use crate::terminal::print_status;

pub(crate) async fn run(arguments: EmulatorArguments) -> Result<(), Error> {
    setup::check(&arguments)?;
    let log = (!arguments.listeners.quiet).then(Log::start);
    let emulator = setup::emulator(&arguments, log.clone())?;
    // Registered before the address is printed, because its reader may stop the process at once.
    let mut signals = Signals::new().map_err(|error| {
        Error::with_source(Exit::Unreachable, "signals cannot be received", &error)
    })?;
    let servers = serve(&emulator, &arguments).await?;
    if arguments.organization.admin_key == EMULATOR_KEY {
        print_status(&format!("the admin key is {EMULATOR_KEY}"));
    }
    signals.next().await;
    // Running requests are completed; a second signal ends the process at once.
    select! {
        () = stop(servers) => {}
        _ = signals.next() => {}
    }
    if let Some(log) = log {
        log.flush();
    }
    Ok(())
}

/// Binds all addresses before it prints any.
async fn serve(emulator: &Emulator, arguments: &EmulatorArguments) -> Result<Vec<Server>, Error> {
    let (listeners, limits) = (&arguments.listeners, setup::limits(&arguments.limits));
    let tls = setup::tls(listeners)?;
    let api = listen("--listen", listeners.listen, listeners).await?;
    let manage = match listeners.manage {
        Some(address) => Some(listen("--manage", address, listeners).await?),
        None => None,
    };
    let cannot_serve = |error| Error::with_source(Exit::Unreachable, "cannot serve", &error);
    let api = match tls {
        Some(tls) => emulator.serve_tls(api, limits, tls),
        None => emulator.serve(api, limits),
    };
    let api = api.map_err(cannot_serve)?;
    let mut addresses = format!("listening on {}\n", api.base_url());
    let mut servers = vec![api];
    if let Some(listener) = manage {
        let server = emulator.serve_management(listener, limits).map_err(cannot_serve)?;
        addresses += &format!("management on {}\n", server.base_url());
        servers.push(server);
    }
    output::print(&addresses)?;
    Ok(servers)
}

async fn listen(
    flag: &str,
    address: SocketAddr,
    listeners: &Listeners,
) -> Result<TcpListener, Error> {
    if !listeners.expose && !address.ip().to_canonical().is_loopback() {
        return Err(Error::usage(format!(
            "{flag} {address} can be reached from other machines: add --expose if that is intended"
        )));
    }
    TcpListener::bind(address).await.map_err(|error| {
        Error::with_source(Exit::Usage, format!("cannot listen on {address}"), &error)
    })
}

async fn stop(servers: Vec<Server>) {
    for server in servers {
        server.stop().await;
    }
}
