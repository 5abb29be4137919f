//! The emulator as a server, with or without TLS, on a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use certs_emulator::{Emulator, Limits, Tls};
use tokio::runtime;
use tokio::sync::oneshot;

/// A running server. Dropping it stops the server.
pub(crate) struct EmulatorServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EmulatorServer {
    pub(crate) fn start(emulator: &Emulator, tls: Option<Tls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let emulator = emulator.clone();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let server = match tls {
                    Some(tls) => emulator.serve_tls(listener, Limits::default(), tls),
                    None => emulator.serve(listener, Limits::default()),
                };
                let _running = server.unwrap();
                let _ = stopped.await;
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for EmulatorServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
