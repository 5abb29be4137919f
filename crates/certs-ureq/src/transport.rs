//! The transport and its builder.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use certs_core::blocking::Transport;
use certs_core::bytes::Bytes;
use certs_core::proxy::Proxy;
use certs_core::request_id::ClientRequestId;
use certs_core::tls::{InvalidIdentity, TlsError, roots};
use certs_core::transport::{Attempt, Delay, TransportError, TransportErrorKind};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use ureq::{Agent, AsSendBody};

use crate::connect::Route;
use crate::failure::{map_body_error, map_send_error};
use crate::tls;

/// Sends requests over a pool of connections with blocking I/O. Clones share the pool.
///
/// For [`blocking::Client`](certs_core::blocking::Client), also inside `spawn_blocking` of an async runtime. A call
/// cannot be canceled. An upload always uses a new connection: the server might close a pooled one at the moment the
/// upload is sent, and then its outcome would be unknown. A response with more than 128 headers is an error, because
/// ureq does not accept it.
///
/// ```
/// use std::time::Duration;
/// use certs_ureq::UreqTransport;
///
/// // For an emulator, in plain HTTP; `UreqTransport::new()` is for the API.
/// let transport = UreqTransport::builder()
///     .with_connect_timeout(Duration::from_secs(1))
///     .with_max_response_size(1024 * 1024)
///     .build_loopback();
/// ```
#[derive(Debug, Clone)]
pub struct UreqTransport {
    agent: Agent,
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_response_size: usize,
    epoch: Instant,
}

impl UreqTransport {
    /// A transport with the trusted roots of this machine.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoTrustAnchors`] when the machine has no trusted roots.
    pub fn new() -> Result<Self, TlsError> {
        Self::builder().build()
    }

    /// Starts from the default settings.
    pub fn builder() -> UreqTransportBuilder {
        UreqTransportBuilder::default()
    }

    /// A transport for `http://` to this machine, such as to an emulator. It trusts no server over TLS.
    #[must_use]
    pub fn loopback() -> Self {
        Self::builder().build_loopback()
    }

    fn exchange(
        &self,
        request: Request<impl AsSendBody>,
        attempt: &Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let encrypted = request.uri().scheme() == Some(&Scheme::HTTPS);
        // Every pooled connection has been idle for longer than zero, so this opens a new one.
        let idle = if attempt.fresh_connection { Duration::ZERO } else { self.idle_timeout };
        let request = self
            .agent
            .configure_request(request)
            .max_idle_age(idle)
            .timeout_global(Some(attempt.timeout))
            .timeout_resolve(Some(self.connect_timeout))
            .timeout_connect(Some(self.connect_timeout))
            .build();
        let (head, body) = self
            .agent
            .run(request)
            .map_err(|error| map_send_error(error, attempt.timeout))?
            .into_parts();
        let head = Response::from_parts(head, ());
        let limit = u64::try_from(self.max_response_size).unwrap_or(u64::MAX);
        match body.into_with_config().limit(limit).read_to_vec() {
            Ok(_) if encrypted && !declares_its_end(&head) => {
                Err(TransportError::new(TransportErrorKind::Interrupted).with_response(&head))
            }
            Ok(body) => Ok(head.map(|()| body.into())),
            Err(error) => Err(map_body_error(error, attempt.timeout).with_response(&head)),
        }
    }
}

/// Whether the response declares where its body ends. If only the end of the connection ends it, ureq does not report
/// whether TLS announced that end (`close_notify`) or the connection was truncated.
fn declares_its_end(head: &Response<()>) -> bool {
    matches!(head.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || head.headers().contains_key(CONTENT_LENGTH)
        || head.version() == Version::HTTP_11 && is_chunked(head.headers())
}

/// Whether ureq reads a chunked body: "chunked" anywhere in the list.
fn is_chunked(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TRANSFER_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case("chunked"))
}

impl Transport for UreqTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = request.into_parts();
        if body.is_empty() {
            self.exchange(Request::from_parts(head, ()), &attempt)
        } else {
            self.exchange(Request::from_parts(head, &*body), &attempt)
        }
    }

    fn sleep(&self, delay: Delay) {
        thread::sleep(delay.sample(random()));
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        Some(ClientRequestId::from_random(u128::from(random()) << 64 | u128::from(random())))
    }
}

/// The keys of a new `RandomState` differ each time, which is random enough to spread retries.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Settings of a [`UreqTransport`].
#[derive(Debug, Clone)]
#[must_use]
pub struct UreqTransportBuilder {
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_response_size: usize,
    tls: tls::Settings,
    proxy: Option<Proxy>,
}

impl Default for UreqTransportBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            max_response_size: 8 * 1024 * 1024,
            tls: tls::Settings::default(),
            proxy: None,
        }
    }
}

impl UreqTransportBuilder {
    /// Sets the time limit for the name's resolution, and the one for connecting with all handshakes. Default 10 s
    /// each.
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
    pub fn with_roots_pem(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.tls.roots.extend(roots(pem)?);
        Ok(self)
    }

    /// Trusts only the roots that [`with_roots_pem`](Self::with_roots_pem) adds, not those of this machine.
    pub fn without_platform_roots(mut self) -> Self {
        self.tls.uses_platform_roots = false;
        self
    }

    /// Presents this client certificate when a server requests one: its chain, the client's own certificate first, and
    /// its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentity`] when either is missing or invalid, or the key does not belong to the certificate.
    pub fn with_identity_pem(mut self, chain: &[u8], key: &[u8]) -> Result<Self, InvalidIdentity> {
        self.tls.set_identity(chain, key)?;
        Ok(self)
    }

    /// Connects through a proxy.
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Builds the transport. It connects when a request is sent.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoTrustAnchors`] when there is no trusted root.
    pub fn build(self) -> Result<UreqTransport, TlsError> {
        let tls = self.tls.config()?;
        Ok(self.with_tls(tls))
    }

    /// Builds a transport for `http://` to this machine, such as to an emulator. It trusts no server over TLS.
    #[must_use]
    pub fn build_loopback(self) -> UreqTransport {
        self.with_tls(tls::without_roots())
    }

    fn with_tls(self, tls: ureq::tls::TlsConfig) -> UreqTransport {
        // Everything that ureq does by default is off, because core decides it.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            // This crate opens tunnels itself, because ureq accepts only 200.
            .proxy(None)
            .max_idle_age(self.idle_timeout)
            .tls_config(tls)
            .build();
        UreqTransport {
            agent: Agent::with_parts(
                config,
                Route::through(self.proxy.clone()),
                Route::through(self.proxy),
            ),
            connect_timeout: self.connect_timeout,
            idle_timeout: self.idle_timeout,
            max_response_size: self.max_response_size,
            epoch: Instant::now(),
        }
    }
}
