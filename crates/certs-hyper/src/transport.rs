//! The transport itself.

use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use http::{Request, Response};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use crate::body::RequestBody;
use crate::connect::{self, Timed};
use crate::exchange::{UnsentEvidence, exchange, random_request_id, sleep};
#[cfg(feature = "tls")]
use crate::identity::{CertificateRequested, ClientIdentity};
#[cfg(feature = "tls")]
use crate::{Proxy, TlsError, proxy, tls};

#[cfg(feature = "tls")]
type Connector = Timed<hyper_rustls::HttpsConnector<proxy::Tcp>>;
#[cfg(not(feature = "tls"))]
type Connector = Timed<hyper_util::client::legacy::connect::HttpConnector>;

/// How often an HTTP/2 connection is pinged, and how long a reply to a ping may take.
#[cfg(feature = "http2")]
const PING: Duration = Duration::from_secs(10);

/// A pool of connections on tokio. Clones share it.
///
/// An upload always uses a new connection: on a pooled one it could cross the server's closing of that
/// connection, and then nobody knows whether it arrived.
///
/// ```
/// use std::time::Duration;
/// use certs_hyper::HyperTransport;
///
/// // For an emulator, in plain HTTP; `HyperTransport::new()` is for the API.
/// let transport = HyperTransport::builder()
///     .with_connect_timeout(Duration::from_secs(1))
///     .with_max_response_size(1024 * 1024)
///     .build_loopback();
/// ```
#[derive(Debug, Clone)]
pub struct HyperTransport {
    pool: legacy::Client<Connector, RequestBody>,
    /// Opens a connection for each request, for those that must not be repeated.
    fresh: legacy::Client<Connector, RequestBody>,
    max_response_size: usize,
    epoch: Instant,
    #[cfg(feature = "tls")]
    certificate_requested: CertificateRequested,
}

impl HyperTransport {
    /// A transport with the trusted roots of this machine.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the machine has no trusted authorities.
    #[cfg(feature = "tls")]
    pub fn new() -> Result<Self, TlsError> {
        Self::builder().build()
    }

    /// Starts from the default settings.
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder::default()
    }

    /// A transport for `http://` to this machine only: it loads no roots.
    #[must_use]
    pub fn loopback() -> Self {
        Self::builder().build_loopback()
    }

    /// Whether a server requested a client certificate in any TLS handshake so far.
    ///
    /// Always `false` with a [TLS configuration of your own](HyperTransportBuilder::with_tls_config).
    #[must_use]
    #[cfg(feature = "tls")]
    pub fn certificate_was_requested(&self) -> bool {
        self.certificate_requested.get()
    }
}

impl Transport for HyperTransport {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let client = if attempt.fresh_connection { &self.fresh } else { &self.pool };
        exchange(client, request, attempt.timeout, self.max_response_size, UnsentEvidence::Hyper)
            .await
    }

    async fn sleep(&self, delay: Delay) {
        sleep(delay).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        Some(random_request_id())
    }
}

/// Settings of a [`HyperTransport`].
#[derive(Debug, Clone)]
#[must_use]
pub struct HyperTransportBuilder {
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_response_size: usize,
    #[cfg(feature = "tls")]
    tls: tls::Settings,
    #[cfg(feature = "tls")]
    proxy: Option<Proxy>,
}

impl Default for HyperTransportBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            max_response_size: 8 * 1024 * 1024,
            #[cfg(feature = "tls")]
            tls: tls::Settings::default(),
            #[cfg(feature = "tls")]
            proxy: None,
        }
    }
}

impl HyperTransportBuilder {
    /// The time limit for connecting, all handshakes included. Default 10 s.
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long an unused connection is kept. Default 30 s.
    pub fn with_idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// The largest response body, in bytes. Default 8 MiB.
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Trusts the certificate authorities in this PEM as well.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is no certificate in it, or anything that cannot be read.
    #[cfg(feature = "tls")]
    pub fn with_roots_pem(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.tls.add_roots(pem)?;
        Ok(self)
    }

    /// Trusts only the roots that [`with_roots_pem`](Self::with_roots_pem) adds, not those of this machine.
    #[cfg(feature = "tls")]
    pub fn without_platform_roots(mut self) -> Self {
        self.tls.platform = false;
        self
    }

    /// Presents this client certificate when a server requests one.
    #[cfg(feature = "tls")]
    pub fn with_identity(mut self, identity: ClientIdentity) -> Self {
        self.tls.identity = Some(identity);
        self
    }

    /// Uses this TLS configuration, with its own crypto provider, roots and identity, instead of what
    /// the other settings for TLS would make. Its protocols (ALPN) are chosen by the transport.
    #[cfg(feature = "tls")]
    pub fn with_tls_config(mut self, config: rustls::ClientConfig) -> Self {
        self.tls.config = Some(config);
        self
    }

    /// Connects through a proxy.
    #[cfg(feature = "tls")]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Builds the transport. Connections are made when they are needed.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is no trusted root at all.
    #[cfg(feature = "tls")]
    pub fn build(mut self) -> Result<HyperTransport, TlsError> {
        let requested = CertificateRequested::default();
        let config = std::mem::take(&mut self.tls).config(requested.clone())?;
        let mut transport = self.build_with(config);
        transport.certificate_requested = requested;
        Ok(transport)
    }

    /// Builds a transport for `http://` to this machine only: it loads no roots.
    #[must_use]
    #[cfg(feature = "tls")]
    pub fn build_loopback(self) -> HyperTransport {
        self.build_with(tls::without_roots())
    }

    /// Builds a transport for `http://` to this machine only.
    #[must_use]
    #[cfg(not(feature = "tls"))]
    pub fn build_loopback(self) -> HyperTransport {
        let connector = Timed { inner: connect::tcp(), limit: self.connect_timeout };
        self.with_connector(connector)
    }

    #[cfg(feature = "tls")]
    fn build_with(self, config: rustls::ClientConfig) -> HyperTransport {
        let tcp = proxy::Tcp { direct: connect::tcp(), proxy: self.proxy.clone() };
        let https =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config).https_or_http();
        #[cfg(feature = "http2")]
        let https = https.enable_all_versions();
        #[cfg(not(feature = "http2"))]
        let https = https.enable_http1();
        let connector = Timed { inner: https.wrap_connector(tcp), limit: self.connect_timeout };
        self.with_connector(connector)
    }

    fn with_connector(self, connector: Connector) -> HyperTransport {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(self.idle_timeout)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new());
        // Pings detect that the peer of an idle connection is gone.
        #[cfg(feature = "http2")]
        builder
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(true);
        let pool = builder.build(connector.clone());
        let fresh = builder.pool_max_idle_per_host(0).build(connector);
        let max_response_size = self.max_response_size;
        HyperTransport {
            pool,
            fresh,
            max_response_size,
            epoch: Instant::now(),
            #[cfg(feature = "tls")]
            certificate_requested: CertificateRequested::default(),
        }
    }
}
