//! Writing a transport.
//!
//! A [`Transport`](crate::transport::Transport) sends, sleeps and knows the time: `send`, `sleep` and `now`. It knows
//! nothing of the protocol. All decisions (whether to send again, what a status means, where a list goes on)
//! are made above it, once for all transports.
//!
//! ```
//! use std::hash::{BuildHasher, RandomState};
//! use std::time::{Duration, Instant};
//! use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
//! use http::{Request, Response};
//!
//! /// Some HTTP client that you have, and what it says when it fails.
//! # trait Stack { fn exchange(&self, request: Request<Vec<u8>>, timeout: Duration) -> Result<Response<Vec<u8>>, Failure>; }
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
//!         request: Request<Vec<u8>>,
//!         attempt: Attempt,
//!     ) -> Result<Response<Vec<u8>>, TransportError> {
//!         self.stack.exchange(request, attempt.timeout).map_err(|failure| {
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
//!         std::thread::sleep(delay.sample(RandomState::new().hash_one(())));
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
//! *One send is one request.* The request goes out as it is: the URI is absolute and encoded already
//! (`%2F` stays `%2F`), the headers are all there but `host`, `content-length` and `connection`, which are
//! the transport's. An empty body means no body. The response is returned whatever its status, with its
//! headers and body unchanged. Interim responses (1xx) are skipped.
//!
//! If you keep connections, make a new one where
//! [`Attempt::fresh_connection`](crate::transport::Attempt::fresh_connection) is set. A server may close an old connection just
//! as the request leaves; whatever may be repeated is then repeated, but an upload would be in doubt.
//!
//! Most HTTP clients do more than that by default. All of this must be switched off:
//!
//! | what they do | why not |
//! |---|---|
//! | follow redirects | the admin key would go elsewhere |
//! | send again, above all on a pooled connection that broke | an upload would be made twice |
//! | make 4xx and 5xx an error | the reason is in the body |
//! | request compression, and decompress | the bound is on what arrives, and a response is small |
//! | add `user-agent`, `accept` and the like | the request has its own |
//! | take the end of the connection for the end of the body | compare with `content-length`: a truncated response is no response |
//! | keep cookies; read a proxy from the environment | the caller decides who may see the key |
//!
//! # What went wrong
//!
//! The kind of the error decides whether the request is sent again, and what its caller learns. A wrong
//! kind uploads a certificate twice, or reports that nothing happened when it did.
//!
//! | what happened | kind |
//! |---|---|
//! | no address, refused, TLS or proxy handshake failed, a server that cannot prove who it is | [`Connect`](crate::transport::TransportErrorKind::Connect) |
//! | time was up before the connection was there | `Connect` |
//! | a pooled connection had ended before anything was written on it | `Connect`, or try another one |
//! | sent, and the time was up before the response was whole, whatever your client calls that | [`Timeout`](crate::transport::TransportErrorKind::Timeout) |
//! | an HTTP/2 server refused the stream, or went away before it | [`NotProcessed`](crate::transport::TransportErrorKind::NotProcessed) |
//! | sent, and the connection broke, or the response was not HTTP | [`Interrupted`](crate::transport::TransportErrorKind::Interrupted) |
//! | only the end of the connection ended the body, and over TLS no `close_notify` came before | `Interrupted` |
//! | the response is larger than your bound | [`TooLarge`](crate::transport::TransportErrorKind::TooLarge) |
//! | you cannot tell | never `Connect` |
//!
//! `Connect` is a promise: not a byte of the request can have arrived. When in doubt, use `Interrupted`: it
//! costs at most a second attempt, or for an upload the outcome "unknown". If your client has one error for
//! both, look for a hook that runs between the two, such as a connector or the first poll of the body; else
//! use `Connect` for refused connections, unknown names and bad certificates alone. A transport error that
//! is wrapped in other errors is unwrapped by
//! [`from_layers`](crate::transport::TransportError::from_layers). When the head of the response arrived, keep it:
//! [`with_response`](crate::transport::TransportError::with_response) saves status and request id. What is given to
//! [`with_source`](crate::transport::TransportError::with_source) is printed, so it must not show the request's headers.
//!
//! The timeout covers everything from connecting to the last byte of the body, and is at most a day. A timeout
//! that starts anew with every read never ends if the server sends a byte now and then. Bound the body (8 MiB is
//! plenty) while it is read, not after. If your transport is async, dropping the future must close its
//! connection.
//!
//! # `sleep`, `now` and `client_request_id`
//!
//! `sleep` waits for a random time inside the range, so that many callers do not retry at once:
//! [`sample`](crate::transport::Delay::sample) maps a random number to a wait, and
//! `RandomState::new().hash_one(())` is random enough. `now` is a clock that never runs backwards, from any
//! starting point. A transport for tests need not wait at all.
//!
//! `client_request_id` names the next request in `X-Client-Request-Id`, by which the vendor's support finds
//! it when the response was lost: [`ClientRequestId::from_random`](crate::request_id::ClientRequestId::from_random).
//! Without it no name is sent.
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
//!         let transport = MyTransport::new().max_response_size(requirements.max_response_size);
//!         match &requirements.root_certificate {
//!             Some(pem) => transport.trusting_only(pem),
//!             None => transport,
//!         }
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         block_on(future) // or the runtime that it needs
//!     }
//! }
//! ```
//!
//! A blocking transport leaves out `cancellation`, a transport without TLS `tls`, and a single case is left
//! out by its name. The suite does not check whether a proxy is read from the environment, whether cookies
//! are kept, and how long connecting may take: check these in your HTTP client.
//!
//! The example `own_transport` of that crate is a complete transport that passes. A middleware is a
//! transport around a transport: see its example `record_and_replay`.
