//! The protocol of the OpenAI *certificates* administration API, without I/O.
//!
//! For programs that send these requests through [`certs-hyper`], [`certs-ureq`] or a transport of their
//! own. An operation becomes an [`http::Request`], an [`http::Response`] becomes the output of the
//! operation, and whether to retry is decided here, once for every backend.
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
//! use certs_core::{AdminKey, Api, BaseUrl, Client, Error};
//!
//! /// Deactivates certificates and confirms it.
//! async fn retire(
//!     key: AdminKey,
//!     transport: impl Transport,
//!     ids: CertificateIds,
//! ) -> Result<(), Error> {
//!     let client = Client::new(Api::new(BaseUrl::default(), key), transport);
//!     client.deactivate(Scope::Organization, ids).await?;
//!     Ok(())
//! }
//! ```
//!
//! Without a transport, you write the loop around a [`Call`](call::Call):
//!
//! ```
//! use std::time::{Duration, Instant};
//! use certs_core::bytes::Bytes;
//! use certs_core::call::{Call, Step};
//! use certs_core::http::{Request, Response};
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_core::transport::TransportError;
//! use certs_core::types::ToggleResponse;
//! use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};
//!
//! /// Any HTTP client. It must not send when the timeout is zero.
//! type SendRequest = fn(Request<Bytes>, Duration) -> Result<Response<Bytes>, TransportError>;
//!
//! fn deactivate(
//!     api: &Api,
//!     operation: &Deactivate,
//!     send: SendRequest,
//! ) -> Result<Reply<ToggleResponse>, Error> {
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
//! let ids = ["cert_abc".parse()?, "cert_def".parse()?];
//! let operation = Deactivate::new(Scope::Organization, ids);
//! let reply = deactivate(&api, &operation, |request, _| {
//!     assert_eq!(request.uri().path(), "/v1/organization/certificates/deactivate");
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
//! | [`api`] | the base URL and the admin key |
//! | [`operations`], [`types`] | the operations of the API, and its JSON types |
//! | [`client`], [`retry`], [`pacer`], [`series`] | making calls |
//! | [`error`], [`event`], [`request_id`] | why a call failed, and what happens during a call |
//! | [`transport`], [`blocking`], [`local`], [`proxy`] | other HTTP stacks |
//! | [`call`], [`paging`] | a loop of your own |
//! | [`operation`] | operations of your own |
//!
//! Bodies are [`Bytes`](bytes::Bytes), so that an attempt does not copy the body of its request. The crates `bytes`
//! and `http` are re-exported.
//!
//! # Features
//!
//! - `tracing`: spans and events of `tracing` for every call.
//! - `rustls`: for backends over rustls. It converts rustls's errors into [`TlsFailure`](transport::TlsFailure), and
//!   the module `tls` reads roots and client identities.
//!
//! # Architecture invariant
//!
//! This crate has no clock, no randomness and no I/O, which its `clippy.toml` forbids. All of it is in a
//! [`Transport`](transport::Transport) or a [`PaceStore`](pacer::PaceStore).
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
#[cfg(feature = "rustls")]
pub mod tls;
pub mod transport;

pub use bytes;
pub use certs_types as types;
pub use http;

pub use api::{AdminKey, Api, BaseUrl};
pub use call::Reply;
pub use client::Client;
pub use error::Error;
pub use retry::Retry;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
