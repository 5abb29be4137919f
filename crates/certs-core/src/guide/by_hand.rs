//! Writing the retry loop yourself.
//!
//! A [`Call`](crate::call::Call) is the state of one operation and its attempts. It neither sends nor waits. The
//! loop around it has four steps:
//!
//! 1. Send the [`request`](crate::call::Call::request), exactly once and unchanged.
//! 2. Limit it to [`time_left`](crate::call::Call::time_left), and do not send it if that is zero.
//! 3. Pass the outcome to [`handle_response`](crate::call::Call::handle_response): `Ok` for a response of
//!    any status, `Err` if there is no complete response ([`transports`](super::transports) lists the kinds).
//! 4. Return if the call is [`Done`](crate::call::Step::Done). Otherwise, wait for a random time in the
//!    [`Delay`](crate::transport::Delay) and start again with the call that was returned.
//!
//! `handle_response` consumes the call, so the steps cannot be taken in a wrong order. `elapsed` is always the time
//! since the call began, from any monotonic clock.
//!
//! The [crate's page](crate) shows a blocking loop, and the example `blocking_loop` is a complete program over a
//! `std::net::TcpStream`. Because a call is a value, an event loop can keep many of them,
//! each with the time of its next attempt:
//!
//! ```
//! use std::time::Duration;
//! use certs_core::bytes::Bytes;
//! use certs_core::call::{Call, Step};
//! use certs_core::http::{Request, Response, StatusCode};
//! use certs_core::operations::Get;
//! use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};
//!
//! struct Task {
//!     call: Call<Get>,
//!     began: Duration,
//!     due: Duration,
//! }
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! let mut tasks = Vec::new();
//! for id in ["cert_a", "cert_b"] {
//!     let call = Call::new(&api, Get::new(id.parse()?), Retry::default())?;
//!     tasks.push(Task { call, began: Duration::ZERO, due: Duration::ZERO });
//! }
//!
//! // A server that refuses the first two requests.
//! let mut count = 0;
//! let mut send = |request: Request<Bytes>| {
//!     count += 1;
//!     let id = request.uri().path().rsplit('/').next().unwrap_or_default();
//!     let body = format!(r#"{{"object":"certificate","id":"{id}","created_at":1}}"#);
//!     let mut response = Response::new(body);
//!     if count <= 2 {
//!         *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
//!     }
//!     response
//! };
//!
//! let mut now = Duration::ZERO;
//! let mut done = Vec::new();
//! while let Some(next) = (0..tasks.len()).min_by_key(|&task| tasks[task].due) {
//!     let Task { call, began, due } = tasks.swap_remove(next);
//!     now = now.max(due);
//!     let response = send(call.request());
//!     match call.handle_response(Ok(response), now - began) {
//!         Step::Done(result) => done.push(result?),
//!         Step::Retry(delay, call) => tasks.push(Task { call, began, due: now + delay.max }),
//!     }
//! }
//! assert_eq!(done.len(), 2);
//! assert!(done.iter().all(|reply| reply.attempts == 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without a clock, pass [`Duration::ZERO`](std::time::Duration::ZERO) as `elapsed`: the number of attempts and
//! the total wait are still bounded. [`Paging`](crate::paging::Paging) is such a state for lists.
//!
//! # A single request
//!
//! If you need neither retries nor errors of this crate, build the request of an operation and decode the response as
//! its output:
//!
//! ```
//! use certs_core::operation::Operation;
//! use certs_core::operations::Get;
//! use certs_core::types::Certificate;
//! use certs_core::{AdminKey, Api, BaseUrl};
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! let request = Get::new("cert_abc".parse()?).request().build(&api)?;
//! assert_eq!(request.uri(), "https://api.openai.com/v1/organization/certificates/cert_abc");
//!
//! let body = r#"{"object":"certificate","id":"cert_abc","created_at":1}"#;
//! let certificate: Certificate = serde_json::from_str(body)?;
//! # assert_eq!(certificate.id.as_str(), "cert_abc");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
