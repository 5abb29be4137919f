//! Driving a call by hand.
//!
//! A [`Call`](crate::call::Call) is one operation and as many requests as it takes, as a value. It never
//! sends and never waits. Whoever holds it does four things in turn:
//!
//! 1. takes the [`request`](crate::call::Call::request) and sends it, exactly once and as it is;
//! 2. gives it no longer than [`time_left`](crate::call::Call::time_left), and does not send it when that is
//!    zero;
//! 3. hands what came of it to [`answer`](crate::call::Call::answer): any status at all is `Ok`, and `Err` is
//!    for what is no whole answer (the kinds are told apart in [`transports`](super::transports));
//! 4. is [`Done`](crate::call::Step::Done), or waits for a time inside the [`Delay`](crate::transport::Delay) and begins
//!    anew with the call that came back.
//!
//! `answer` consumes the call, so there is no wrong order. `elapsed` is always the time since the call
//! began, from any clock that does not run backwards.
//!
//! The loop that blocks is the [first example](crate) of the crate, and a whole program over a
//! `std::net::TcpStream` is its example `blocking_loop`. Because a call is a value, it need not be a
//! loop at all. Here an event loop keeps many of them, with a time at which each is due:
//!
//! ```
//! use std::time::Duration;
//! use certs_core::{AdminKey, Api, BaseUrl, Error, Reply, Retry};
//! use certs_core::call::{Call, Step};
//! use certs_core::operations::Get;
//! use http::Response;
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
//! let mut asked = 0;
//! let mut send = |request: http::Request<Vec<u8>>| {
//!     asked += 1;
//!     let id = request.uri().path().rsplit('/').next().unwrap_or_default();
//!     let body = format!(r#"{{"object":"certificate","id":"{id}","created_at":1}}"#);
//!     let mut answer = Response::new(body.into_bytes());
//!     if asked <= 2 {
//!         *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
//!     }
//!     answer
//! };
//!
//! let mut now = Duration::ZERO;
//! let mut done = Vec::new();
//! while let Some(next) = (0..tasks.len()).min_by_key(|&task| tasks[task].due) {
//!     let Task { call, began, due } = tasks.swap_remove(next);
//!     now = now.max(due);
//!     let answer = send(call.request());
//!     match call.handle_response(Ok(answer), now - began) {
//!         Step::Done(result) => done.push(result?),
//!         Step::Retry(delay, call) => tasks.push(Task { call, began, due: now + delay.min }),
//!     }
//! }
//! assert_eq!(done.len(), 2);
//! assert!(done.iter().all(|reply| reply.attempts == 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without a clock pass [`Duration::ZERO`](std::time::Duration::ZERO) as `elapsed`: attempts and the
//! sum of the waits are bounded all the same. Lists have a value of their own:
//! [`Paging`](crate::paging::Paging), in [`lists`](super::lists).
