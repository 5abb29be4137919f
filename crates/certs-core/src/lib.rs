//! The protocol of the OpenAI *certificates* administration API, without I/O.
//!
//! For everyone who sends these requests: through [`certs-hyper`], another backend, or a transport of
//! their own. An operation becomes an [`http::Request`] value, an [`http::Response`] value becomes its
//! answer, and what to do about a failure is decided here, once, for every backend. The crate has no
//! clock, dice, environment, socket or runtime, and will never get one.
//!
//! [`certs-hyper`]: https://docs.rs/certs-hyper
//!
//! The blocking loop, whole:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};
//! use certs_core::call::{Call, Step};
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_core::types::ToggleResponse;
//! use certs_core::transport::TransportError;
//!
//! // Any HTTP client: takes a request, gives the answer within the time or says what went wrong. In no time
//! // it sends nothing.
//! type Wire = fn(http::Request<Vec<u8>>, Duration) -> Result<http::Response<Vec<u8>>, TransportError>;
//!
//! fn deactivate(api: &Api, operation: &Deactivate, wire: Wire) -> Result<Reply<ToggleResponse>, Error> {
//!     let started = Instant::now();
//!     let mut call = Call::new(api, operation, Retry::default())?;
//!     loop {
//!         let outcome = wire(call.request(), call.time_left(started.elapsed()));
//!         match call.handle_response(outcome, started.elapsed()) {
//!             Step::Done(result) => return result,
//!             Step::Retry(delay, again) => {
//!                 std::thread::sleep(delay.max);
//!                 call = again;
//!             }
//!         }
//!     }
//! }
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! let operation = Deactivate::new(Scope::Organization, ["cert_abc".parse()?, "cert_def".parse()?]);
//! let reply = deactivate(&api, &operation, |request, _| {
//!     assert_eq!(request.uri(), "https://api.openai.com/v1/organization/certificates/deactivate");
//!     assert_eq!(request.body(), br#"{"certificate_ids":["cert_abc","cert_def"]}"#);
//!     Ok(http::Response::new(
//!         br#"{"object":"organization.certificate.deactivation","data":[]}"#.to_vec(),
//!     ))
//! })?;
//! assert_eq!(operation.unconfirmed(&reply.value).len(), 2, "the answer names neither");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a [`Transport`] that loop is written already: see [`Client`]. The [`guide`] has a page for each
//! thing one may want to do, and one for what can be [relied on](guide::reliability).
//!
//! # Architecture invariant
//!
//! All I/O crosses [`Transport`]; all time and chance come from outside. `clippy.toml` in this crate
//! forbids the rest.

pub mod api;
pub mod blocking;
pub mod call;
pub mod client;
mod delay;
mod endpoint;
pub mod error;
pub mod event;
pub mod guide;
pub mod local;
pub mod operation;
pub mod operations;
pub mod pacer;
pub mod paging;
pub mod proxy;
mod request;
pub mod request_id;
pub mod retry;
pub mod series;
pub mod transport;

pub use certs_types as types;
pub use http;

pub use api::{AdminKey, Api, BaseUrl};
pub use call::Reply;
pub use client::Client;
pub use error::Error;
pub use retry::Retry;
