//! The transport and its builder.

#[cfg(feature = "http2")]
use std::sync::Arc;
#[cfg(feature = "http2")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(feature = "tls")]
use certs_core::proxy::Proxy;
use certs_core::request_id::ClientRequestId;
#[cfg(feature = "tls")]
use certs_core::tls::{TlsError, roots};
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use http::{Request, Response};
use hyper::body::Bytes;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use crate::body::RequestBody;
use crate::connect::{self, Timed};
use crate::exchange::{UnsentEvidence, exchange, random_request_id, sleep};
#[cfg(feature = "http2")]
use crate::explain::Http11Required;
#[cfg(feature = "tls")]
use crate::identity::{CertificateRequested, ClientIdentity};
#[cfg(feature = "tls")]
use crate::{proxy, tls};

#[cfg(feature = "tls")]
type Connector = Timed<hyper_rustls::HttpsConnector<proxy::Tcp>>;
#[cfg(not(feature = "tls"))]
type Connector = Timed<hyper_util::client::legacy::connect::HttpConnector>;

/// The maximum size of a response head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The maximum number of response headers. A head with more is usually too large anyway.
const MAX_HEADERS: usize = 2048;

/// The interval of pings on an HTTP/2 connection, and the time limit for the reply.
#[cfg(feature = "http2")]
const PING: Duration = Duration::from_secs(10);

/// Sends requests over a pool of connections, on tokio. Clones share the pool.
///
/// The futures need a tokio runtime with I/O and time enabled, and panic without one. An upload always uses a new
/// connection: the server might close a pooled one at the moment the upload is sent, and then its outcome would be
/// unknown.
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
    pools: Pools,
    #[cfg(feature = "http2")]
    fallback: Fallback,
    max_response_size: usize,
    epoch: Instant,
    #[cfg(feature = "tls")]
    certificate_requested: CertificateRequested,
}

#[derive(Debug, Clone)]
struct Pools {
    pool: legacy::Client<Connector, RequestBody>,
    /// Opens a connection for each request, for requests that are not idempotent.
    fresh: legacy::Client<Connector, RequestBody>,
}

/// HTTP/1.1 only, for servers that require it for a request although they negotiated HTTP/2.
#[cfg(feature = "http2")]
#[derive(Debug, Clone)]
struct Fallback {
    http1: Pools,
    is_required: Arc<AtomicBool>,
}

impl HyperTransport {
    /// A transport with the trusted roots of this machine.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoTrustAnchors`] when the machine has no trusted roots.
    #[cfg(feature = "tls")]
    pub fn new() -> Result<Self, TlsError> {
        Self::builder().build()
    }

    /// Starts from the default settings.
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder::default()
    }

    /// A transport for `http://` to this machine, such as to an emulator. It trusts no server over TLS.
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

impl HyperTransport {
    fn pools(&self) -> &Pools {
        #[cfg(feature = "http2")]
        if self.fallback.is_required.load(Ordering::Relaxed) {
            return &self.fallback.http1;
        }
        &self.pools
    }
}

#[cfg(feature = "http2")]
impl Fallback {
    fn notice<T>(&self, outcome: &Result<T, TransportError>) {
        let source = outcome.as_ref().err().and_then(std::error::Error::source);
        if source.is_some_and(<dyn std::error::Error>::is::<Http11Required>) {
            self.is_required.store(true, Ordering::Relaxed);
        }
    }
}

impl Transport for HyperTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let pools = self.pools();
        let client = if attempt.fresh_connection { &pools.fresh } else { &pools.pool };
        let (timeout, max_size) = (attempt.timeout, self.max_response_size);
        let outcome = exchange(client, request, timeout, max_size, UnsentEvidence::Hyper).await;
        #[cfg(feature = "http2")]
        self.fallback.notice(&outcome);
        outcome
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
    /// Sets the time limit for connecting, from the name's resolution to the end of all handshakes. Default 10 s.
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sets how long an idle connection is kept open. Default 30 s.
    pub fn with_idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// Sets the maximum size of a response body, in bytes. Default 8 MiB.
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Adds the certificate authorities in this PEM to the trusted roots.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when it contains no certificate, or an invalid block.
    #[cfg(feature = "tls")]
    pub fn with_roots_pem(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.tls.roots.extend(roots(pem)?);
        Ok(self)
    }

    /// Trusts only the roots that [`with_roots_pem`](Self::with_roots_pem) adds, not those of this machine.
    #[cfg(feature = "tls")]
    pub fn without_platform_roots(mut self) -> Self {
        self.tls.uses_platform_roots = false;
        self
    }

    /// Presents this client certificate when a server requests one.
    #[cfg(feature = "tls")]
    pub fn with_identity(mut self, identity: ClientIdentity) -> Self {
        self.tls.identity = Some(identity);
        self
    }

    /// Uses this TLS configuration, with its crypto provider, roots and client certificate, instead of the other TLS
    /// settings. The transport replaces its ALPN protocols.
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

    /// Builds the transport. It connects when a request is sent.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoTrustAnchors`] when there is no trusted root.
    #[cfg(feature = "tls")]
    pub fn build(mut self) -> Result<HyperTransport, TlsError> {
        let requested = CertificateRequested::default();
        let config = std::mem::take(&mut self.tls).config(requested.clone())?;
        let mut transport = self.build_with(config);
        transport.certificate_requested = requested;
        Ok(transport)
    }

    /// Builds a transport for `http://` to this machine, such as to an emulator. It trusts no server over TLS.
    #[must_use]
    #[cfg(feature = "tls")]
    pub fn build_loopback(self) -> HyperTransport {
        self.build_with(tls::without_roots())
    }

    /// Builds a transport for `http://` to this machine, such as to an emulator.
    #[must_use]
    #[cfg(not(feature = "tls"))]
    pub fn build_loopback(self) -> HyperTransport {
        let pools = self.pools(Timed { inner: connect::tcp(), limit: self.connect_timeout });
        HyperTransport { pools, max_response_size: self.max_response_size, epoch: Instant::now() }
    }

    #[cfg(feature = "tls")]
    fn build_with(self, config: rustls::ClientConfig) -> HyperTransport {
        let tcp = proxy::Tcp { direct: connect::tcp(), proxy: self.proxy.clone() };
        let https = |config| {
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config).https_or_http()
        };
        let timed = |inner| Timed { inner, limit: self.connect_timeout };
        #[cfg(feature = "http2")]
        let fallback = Fallback {
            http1: self
                .pools(timed(https(config.clone()).enable_http1().wrap_connector(tcp.clone()))),
            is_required: Arc::default(),
        };
        #[cfg(feature = "http2")]
        let https = https(config).enable_all_versions();
        #[cfg(not(feature = "http2"))]
        let https = https(config).enable_http1();
        HyperTransport {
            pools: self.pools(timed(https.wrap_connector(tcp))),
            #[cfg(feature = "http2")]
            fallback,
            max_response_size: self.max_response_size,
            epoch: Instant::now(),
            certificate_requested: CertificateRequested::default(),
        }
    }

    fn pools(&self, connector: Connector) -> Pools {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(self.idle_timeout)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(MAX_HEAD)
            .http1_max_headers(MAX_HEADERS);
        #[cfg(feature = "http2")]
        builder
            .http2_max_header_list_size(MAX_HEAD as u32)
            // Pings detect that the peer of an idle connection is gone.
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(true);
        let pool = builder.build(connector.clone());
        let fresh = builder.pool_max_idle_per_host(0).build(connector);
        Pools { pool, fresh }
    }
}
