//! Writing a transport.
//!
//! A [`Transport`](crate::transport::Transport) has three required methods: `send`, `sleep` and `now`. It contains
//! nothing of the protocol: whether to retry, what a status means and where a list continues is decided by its caller,
//! once for all transports.
//!
//! ```
//! use std::hash::{BuildHasher, RandomState};
//! use std::time::{Duration, Instant};
//! use certs_core::bytes::Bytes;
//! use certs_core::http::{Request, Response};
//! use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
//!
//! /// Over your HTTP client, here with a simple error type.
//! # trait Stack { fn exchange(&self, request: Request<Bytes>, timeout: Duration) -> impl Future<Output = Result<Response<Bytes>, Failure>> + Send; }
//! # #[derive(Debug)] struct Failure { connected: bool, late: bool }
//! # impl std::fmt::Display for Failure { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("failed") } }
//! # impl std::error::Error for Failure {}
//! struct OverStack<S> {
//!     stack: S,
//!     epoch: Instant,
//! }
//!
//! impl<S: Stack + Sync> Transport for OverStack<S> {
//!     async fn send(
//!         &self,
//!         request: Request<Bytes>,
//!         attempt: Attempt,
//!     ) -> Result<Response<Bytes>, TransportError> {
//!         self.stack.exchange(request, attempt.timeout).await.map_err(|failure| {
//!             let kind = match failure {
//!                 Failure { connected: false, .. } => TransportErrorKind::Connect,
//!                 Failure { late: true, .. } => TransportErrorKind::Timeout,
//!                 _ => TransportErrorKind::Interrupted,
//!             };
//!             TransportError::new(kind).with_source(failure)
//!         })
//!     }
//!
//!     async fn sleep(&self, delay: Delay) {
//!         tokio::time::sleep(delay.sample(RandomState::new().hash_one(()))).await;
//!     }
//!
//!     fn now(&self) -> Duration {
//!         self.epoch.elapsed()
//!     }
//! }
//! ```
//!
//! A stack that blocks implements [`blocking::Transport`](crate::blocking::Transport) instead, and one
//! whose futures cannot leave their thread [`local::LocalTransport`](crate::local::LocalTransport).
//!
//! # `send`
//!
//! *One send is one request.* Send the request unchanged: the URI is absolute and already encoded (`%2F` stays
//! `%2F`), and all headers are set except for `host`, `content-length` and `connection`, which the transport
//! adds. An empty body means no body. Return the response whatever its status, with its headers and body
//! unchanged. Skip interim responses (1xx). Bodies are [`Bytes`](bytes::Bytes); `Bytes::from(vec)` does not copy.
//!
//! If you keep connections open, open a new one if
//! [`Attempt::fresh_connection`](crate::transport::Attempt::fresh_connection) is set. A server may close an old
//! connection just when the request is sent. Most requests are then repeated, but the outcome of an upload would
//! be unknown.
//!
//! Most HTTP clients do more by default. Switch all of this off:
//!
//! | what clients do | why not |
//! |---|---|
//! | follow redirects | the admin key would be sent to another host |
//! | retry, especially when a pooled connection breaks | an upload would be made twice |
//! | turn 4xx and 5xx into an error | the reason is in the body |
//! | request compression and decompress | responses are small, and a small body can become larger than the limit |
//! | add `user-agent`, `accept`, `content-type` and similar headers | the request has its own |
//! | take the end of the connection for the end of the body | a truncated response must be an error: compare with `content-length` |
//! | store cookies; read a proxy from the environment | the caller decides who may see the key |
//!
//! # Errors
//!
//! The kind of the error decides whether the request is repeated, and whether the change is reported as possibly
//! made. With a wrong kind a certificate is uploaded twice, or a change that was made is reported as not made.
//!
//! | what happened | kind |
//! |---|---|
//! | no address, connection refused, TLS or proxy handshake failed, an untrusted server | [`Connect`](crate::transport::TransportErrorKind::Connect) |
//! | the time was up before the connection was established | `Connect` |
//! | a pooled connection was closed before anything was written to it | `Connect`, or use another connection |
//! | sent, and the time was up before the response was complete | [`Timeout`](crate::transport::TransportErrorKind::Timeout) |
//! | an HTTP/2 server refused the stream, or sent `GOAWAY` for it | [`NotProcessed`](crate::transport::TransportErrorKind::NotProcessed) |
//! | sent, and the connection broke, or the response was not HTTP | [`Interrupted`](crate::transport::TransportErrorKind::Interrupted) |
//! | a body without a length ended, but over TLS no `close_notify` was received | `Interrupted` |
//! | the response is larger than your limit | [`TooLarge`](crate::transport::TransportErrorKind::TooLarge) |
//! | unknown | never `Connect` |
//!
//! `Connect` means that no byte of the request can have arrived. When in doubt, use `Interrupted`: it costs at
//! most a second attempt, or for an upload an unknown outcome. If your client has the same error before and
//! after it sends, look for a hook in between, such as a connector or the first poll of the body. Otherwise use
//! `Connect` only for refused connections, unknown names and invalid certificates.
//! [`from_layers`](crate::transport::TransportError::from_layers) finds a transport error within other errors. If the
//! head of the response was received, [`with_response`](crate::transport::TransportError::with_response) adds its
//! status and request id. The source that you give to
//! [`with_source`](crate::transport::TransportError::with_source) is printed, so it must not contain the request's
//! headers.
//!
//! The timeout covers everything from connecting to the last byte of the body, and is at most a day. A timeout for
//! each read is not enough, because a server that keeps sending single bytes would never time out. Limit the size of
//! the body (8 MiB is enough) while it is read, not after. If your transport is async, dropping the future must close
//! its connection.
//!
//! # `sleep`, `now` and `client_request_id`
//!
//! `sleep` waits for a random time in the range, so that many clients do not retry at once:
//! [`sample`](crate::transport::Delay::sample) maps a random number to a wait, and
//! `RandomState::new().hash_one(())` is random enough. `now` is a monotonic clock with any starting point. A
//! transport for tests need not wait.
//!
//! `client_request_id` returns an id for the header `X-Client-Request-Id` of the next request, with which the
//! vendor's support can find a request whose response was lost:
//! [`ClientRequestId::from_random`](crate::request_id::ClientRequestId::from_random). By default none is sent.
//!
//! # The conformance suite
//!
//! [`certs-conformance`](https://docs.rs/certs-conformance) checks a transport against this page, over real
//! sockets. With the crate as a dev-dependency, this in `tests/conformance.rs` makes each case a test of its
//! own:
//!
//! ```text
//! use certs_conformance::{Requirements, Subject, block_on, conformance_suite};
//!
//! conformance_suite!(mine: Mine, [clock, requests, responses, failures, cancellation, tls, emulator]);
//!
//! struct Mine;
//!
//! impl Subject for Mine {
//!     type Transport = MyTransport;
//!
//!     fn transport(&self, requirements: &Requirements) -> MyTransport {
//!         let transport = MyTransport::new().with_max_response_size(requirements.max_response_size);
//!         match &requirements.root_certificate {
//!             Some(pem) => transport.with_root_certificate(pem),
//!             None => transport,
//!         }
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         block_on(future) // or the runtime that the transport needs
//!     }
//! }
//! ```
//!
//! Wrap a blocking transport in [`AsLocal`](crate::blocking::AsLocal), and leave out `cancellation`. For a transport
//! without TLS, leave out `tls`. A single case can be left out by its name. The suite does not check whether a proxy is
//! read from the environment, whether cookies are stored, or how long connecting may take: check these in your HTTP
//! client.
//!
//! The example `own_transport` of that crate is a complete transport that passes. Middleware is a transport that wraps
//! another, as in the example `record_and_replay`.
