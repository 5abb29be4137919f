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
//! use certs_core::{AdminKey, Api, BaseUrl, Call, Deactivate, Error, Step, Reply, Retry, Scope, ToggleResponse};
//! use certs_core::TransportError;
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

mod any;
mod api;
mod attempt;
pub mod blocking;
mod call;
mod client;
mod date;
mod delay;
mod endpoint;
mod error;
pub mod guide;
pub mod local;
mod operation;
mod operations;
mod pacer;
mod paging;
mod redact;
pub mod request_id;
mod retry;
mod series;
mod transport;

pub use any::AnyTransport;
pub use api::{AdminKey, Api, BaseUrl, InvalidAdminKey, InvalidBaseUrl};
pub use attempt::Attempt;
pub use call::{Call, Reply, Step};
pub use certs_types::*;
pub use client::{Client, Pages};
pub use delay::Delay;
pub use endpoint::Endpoint;
pub use error::{
    BuildError, CallContext, DecodeError, Error, PagingError, TransportError, TransportErrorKind,
};
pub use operation::{Effect, Operation, RequestBuilder};
pub use operations::{
    Activate, Deactivate, Delete, ENDPOINTS, Get, InvalidPageSize, List, ListProjects, Modify,
    Order, PageSize, Scope, Unconfirmed, Upload,
};
pub use pacer::{InFlight, Reservation, SharedPacer};
pub use paging::{IncompleteList, Paged, Paging};
pub use request_id::RequestId;
pub use retry::Retry;
pub use series::SeriesError;
pub use transport::Transport;
