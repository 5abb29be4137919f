//! An HTTP server in front of the emulator.

mod accept;
mod connection;
mod resettable;
mod response_body;
#[cfg(test)]
mod tests;
pub(crate) mod tls;
mod write_timeout;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::connection::{Listener, Service};
use crate::emulator::Emulator;
use crate::server::tls::Tls;

/// The limits of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The number of connections served at once, at least one; further ones wait. Default: 1024.
    pub max_connections: usize,
    /// The time limit for receiving the head of a request, and for an idle connection. Default: 30 s.
    pub head_timeout: Duration,
    /// The time limit for receiving the body of a request. Default: 30 s.
    pub body_timeout: Duration,
    /// The time limit for a client that stops reading a response. Default: 30 s.
    pub write_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let time = Duration::from_secs(30);
        Self { max_connections: 1024, head_timeout: time, body_timeout: time, write_timeout: time }
    }
}

/// A running server. Dropping it stops the server at once.
///
/// ```
/// use certs_emulator::Emulator;
/// use tokio::net::TcpStream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let emulator = Emulator::builder().admin_key("sk-admin-test").build();
/// let server = emulator.bind("127.0.0.1:0").await?;
/// let address = server.address();
/// assert!(TcpStream::connect(address).await.is_ok());
///
/// drop(server);
/// // The server stops when its task is next scheduled.
/// while TcpStream::connect(address).await.is_ok() {}
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    base_url: String,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Serves the API on an address, on the current tokio runtime.
    ///
    /// Port 0 chooses a free port.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// let emulator = certs_emulator::Emulator::builder().admin_key("sk-admin-test").build();
    /// let server = emulator.bind("127.0.0.1:0").await?;
    /// assert!(server.base_url().starts_with("http://127.0.0.1:"));
    /// server.stop().await;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be bound.
    pub async fn bind(&self, address: impl ToSocketAddrs) -> io::Result<Server> {
        self.serve(TcpListener::bind(address).await?, Limits::default())
    }

    /// Serves the API on a listener, on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the listener has no local address.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn serve(&self, listener: TcpListener, limits: Limits) -> io::Result<Server> {
        start(listener, Service { emulator: self.clone(), limits, listener: Listener::Api }, None)
    }

    /// Serves the API over TLS, and requests a certificate from clients; see
    /// [`enforce_mtls`](crate::Builder::enforce_mtls).
    ///
    /// ```
    /// use certs_emulator::{Emulator, Limits, Tls};
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().admin_key("sk-admin-test").enforce_mtls().build();
    /// let (tls, certificate) = Tls::self_signed()?;
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let server = emulator.serve_tls(listener, Limits::default(), tls)?;
    /// // Clients connect to this URL, and trust the certificate.
    /// assert!(server.base_url().starts_with("https://127.0.0.1:"));
    /// assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the listener has no local address.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn serve_tls(&self, listener: TcpListener, limits: Limits, tls: Tls) -> io::Result<Server> {
        start(
            listener,
            Service { emulator: self.clone(), limits, listener: Listener::Api },
            Some(tls),
        )
    }

    /// Serves the [management API](Self::manage) on a listener.
    ///
    /// At most 16 connections are served at once, because bodies can have up to 64 MiB.
    ///
    /// # Errors
    ///
    /// Fails if the listener has no local address.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn serve_management(&self, listener: TcpListener, limits: Limits) -> io::Result<Server> {
        let limits = Limits { max_connections: limits.max_connections.min(16), ..limits };
        start(
            listener,
            Service { emulator: self.clone(), limits, listener: Listener::Management },
            None,
        )
    }
}

impl Server {
    /// The address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients: `http://127.0.0.1:PORT/v1`, or without a path for the management API.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Stops the server after the running requests have ended.
    ///
    /// Delays of [`Fault`](crate::Fault)s end at once. Requests that are still incomplete after two
    /// seconds, and responses that are still unread, are dropped.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The task owns the connections, so they are closed with it.
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn start(listener: TcpListener, service: Service, tls: Option<Tls>) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let path = if service.listener == Listener::Api { "/v1" } else { "" };
    let base_url = format!("{scheme}://{address}{path}");
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept::run(service, listener, tls, stopped));
    Ok(Server { address, base_url, stop, task: Some(task) })
}
