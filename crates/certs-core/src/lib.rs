//! The protocol of the OpenAI *certificates* administration API, without I/O.
//!
//! For programs that send these requests through [`certs-hyper`], [`certs-ureq`] or a transport of their
//! own. An operation becomes an [`http::Request`], an [`http::Response`] becomes the output of the
//! operation, and what to do about a failure is decided here, once for every backend. The crate has no clock,
//! no randomness and no I/O.
//!
//! [`certs-hyper`]: https://docs.rs/certs-hyper
//! [`certs-ureq`]: https://docs.rs/certs-ureq
//!
//! With a [`Transport`](transport::Transport), a [`Client`] makes calls:
//!
//! ```
//! use certs_core::operations::Scope;
//! use certs_core::transport::Transport;
//! use certs_core::types::CertificateIds;
//! use certs_core::{Client, Error};
//!
//! /// Deactivates certificates and confirms it.
//! async fn retire<T: Transport>(client: &Client<T>, ids: CertificateIds) -> Result<(), Error> {
//!     client.deactivate(Scope::Organization, ids).await?;
//!     Ok(())
//! }
//! ```
//!
//! Without a transport, a [`Call`](call::Call) is a value, and you write the loop:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use certs_core::bytes::Bytes;
//! use certs_core::call::{Call, Step};
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_core::transport::TransportError;
//! use certs_core::types::ToggleResponse;
//! use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};
//! use http::{Request, Response};
//!
//! /// Any HTTP client. It must not send when the timeout is zero.
//! type Send = fn(Request<Bytes>, Duration) -> Result<Response<Bytes>, TransportError>;
//!
//! fn deactivate(api: &Api, operation: &Deactivate, send: Send) -> Result<Reply<ToggleResponse>, Error> {
//!     let started = Instant::now();
//!     let mut call = Call::new(api, operation, Retry::default())?;
//!     loop {
//!         let outcome = send(call.request(), call.time_left(started.elapsed()));
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
//!     assert_eq!(request.body(), r#"{"certificate_ids":["cert_abc","cert_def"]}"#);
//!     Ok(Response::new(
//!         r#"{"object":"organization.certificate.deactivation","data":[]}"#.into(),
//!     ))
//! })?;
//! assert_eq!(operation.unconfirmed(&reply.value).len(), 2, "the response shows neither");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [`guide`] has a page for each task, and one for what you can [rely on](guide::reliability).
//!
//! | module | for |
//! |---|---|
//! | [`operations`], [`types`] | the operations of the API, and its JSON types |
//! | [`blocking`], [`local`], [`transport`] | other HTTP stacks |
//! | [`error`], [`event`] | why a call failed, and what happens during a call |
//! | [`operation`], [`paging`] | operations of your own |
//!
//! # Architecture invariant
//!
//! All I/O goes through [`Transport`](transport::Transport), and so do time and randomness. `clippy.toml` in
//! this crate forbids clocks, randomness and I/O.
#![cfg_attr(docsrs, feature(doc_cfg))]

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

pub use bytes;
pub use certs_types as types;
pub use http;

pub use api::{AdminKey, Api, BaseUrl};
pub use call::Reply;
pub use client::Client;
pub use error::Error;
pub use retry::Retry;
