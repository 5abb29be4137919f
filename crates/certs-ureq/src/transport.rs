//! The transport itself.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use certs_core::{Delay, Effect, Transport, TransportError, TransportErrorKind};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, AsSendBody};

use crate::connect::TagConnectErrors;
use crate::failure::{map_send_error, within_the_answer};
use crate::{TlsError, tls};

/// A pool of connections that blocks. Clones share it.
///
/// Its futures do all their work, and block the thread meanwhile, when they are first polled: for the
/// [`Client`](crate::Client) of this crate, or for `spawn_blocking` of an async runtime, never for
/// tasks that share a thread. They cannot be cancelled.
#[derive(Debug, Clone)]
pub struct UreqTransport {
    agent: Agent,
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_response_size: usize,
    epoch: Instant,
}

impl UreqTransport {
    /// A transport that trusts the authorities this machine trusts.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the machine has no trusted authorities.
    pub fn new() -> Result<Self, TlsError> {
        Self::builder().build()
    }

    /// A transport with settings of its own.
    pub fn builder() -> UreqTransportBuilder {
        UreqTransportBuilder::default()
    }

    /// A transport for `http://` to this machine: it trusts no authority, and loads none.
    #[must_use]
    pub fn plain() -> Self {
        Self::builder().build_plain()
    }

    fn exchange(
        &self,
        request: Request<impl AsSendBody>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let encrypted = request.uri().scheme() == Some(&Scheme::HTTPS);
        // A connection that has rested for no time at all is a new one.
        let idle = match request.extensions().get() {
            Some(Effect::NonIdempotent) => Duration::ZERO,
            _ => self.idle_timeout,
        };
        let request = self
            .agent
            .configure_request(request)
            .max_idle_age(idle)
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(self.connect_timeout))
            .timeout_connect(Some(self.connect_timeout))
            .build();
        let (head, body) = self.agent.run(request).map_err(map_send_error)?.into_parts();
        let head = Response::from_parts(head, ());
        let most = u64::try_from(self.max_response_size).unwrap_or(u64::MAX);
        match body.into_with_config().limit(most).read_to_vec() {
            Ok(_) if encrypted && !tells_its_end(&head) => {
                Err(TransportError::new(TransportErrorKind::Interrupted).with_response(&head))
            }
            Ok(body) => Ok(head.map(|()| body)),
            Err(error) => Err(within_the_answer(error).with_response(&head)),
        }
    }
}

/// Whether a body's end is told by more than the end of the connection, of which ureq does not say
/// whether TLS announced it or somebody cut it.
fn tells_its_end(head: &Response<()>) -> bool {
    matches!(head.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || head.headers().contains_key(CONTENT_LENGTH)
        || head.version() == Version::HTTP_11 && is_chunked(head.headers())
}

/// Whether ureq reads a body in chunks: wherever in the list it says so.
fn is_chunked(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TRANSFER_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case("chunked"))
}

impl Transport for UreqTransport {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        if request.body().is_empty() {
            self.exchange(request.map(|_| ()), timeout)
        } else {
            self.exchange(request, timeout)
        }
    }

    async fn sleep(&self, delay: Delay) {
        // The keys of a new `RandomState` differ each time: dice enough to keep callers out of step.
        thread::sleep(delay.sample(RandomState::new().hash_one(())));
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

/// Settings of a [`UreqTransport`].
#[derive(Debug, Clone)]
#[must_use]
pub struct UreqTransportBuilder {
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_response_size: usize,
    tls: tls::Settings,
}

impl Default for UreqTransportBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            max_response_size: 8 * 1024 * 1024,
            tls: tls::Settings::default(),
        }
    }
}

impl UreqTransportBuilder {
    /// How long making a connection may take, all handshakes included. Default 10 s.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long an unused connection is kept. Default 30 s.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// The largest body of an answer, in bytes. Default 8 MiB.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Trusts the authorities in this PEM as well.
    ///
    /// # Errors
    ///
    /// [`TlsError::Bundle`] when there is no certificate in it, or one that is broken.
    pub fn trust_pem(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.tls.trust_pem(pem)?;
        Ok(self)
    }

    /// Trusts only what [`trust_pem`](Self::trust_pem) adds, not what this machine trusts.
    pub fn without_platform_trust(mut self) -> Self {
        self.tls.platform = false;
        self
    }

    /// Presents this client certificate where a server asks for one: its chain, the client's own
    /// first, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError::Identity`] when either is missing or broken, or the key is not that of the
    /// certificate.
    pub fn identity_pem(mut self, chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        self.tls.show(chain, key)?;
        Ok(self)
    }

    /// Builds the transport. Connections are made when they are needed.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoTrustAnchors`] when there is no trusted authority at all.
    pub fn build(self) -> Result<UreqTransport, TlsError> {
        let tls = self.tls.config()?;
        Ok(self.with_tls(tls))
    }

    /// Builds a transport for `http://` to this machine, without loading any authority.
    #[must_use]
    pub fn build_plain(self) -> UreqTransport {
        self.with_tls(tls::without_roots())
    }

    fn with_tls(self, tls: ureq::tls::TlsConfig) -> UreqTransport {
        // Everything that ureq would do of its own accord is core's to decide.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .proxy(None)
            .max_idle_age(self.idle_timeout)
            .tls_config(tls)
            .build();
        UreqTransport {
            agent: Agent::with_parts(
                config,
                TagConnectErrors::<DefaultConnector>::default(),
                TagConnectErrors::<DefaultResolver>::default(),
            ),
            connect_timeout: self.connect_timeout,
            idle_timeout: self.idle_timeout,
            max_response_size: self.max_response_size,
            epoch: Instant::now(),
        }
    }
}
