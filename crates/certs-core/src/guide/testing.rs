//! Testing with the emulator.
//!
//! A mistake in a real organization can lock you out, so do not test there.
//! [`certs-emulator`](https://docs.rs/certs-emulator) is the API as a function over a state, with the API's rules:
//! toggles are atomic, an upload must be a valid CA certificate, and a certificate can be deleted only when it is
//! active nowhere. Choose the level of your test:
//!
//! | what is tested | with | waits | sockets |
//! |---|---|---|---|
//! | a decision about one response | `Scripted` responses of [`certs-testing`](https://docs.rs/certs-testing) | none | none |
//! | code that takes a `Client<T>` | `EmulatorTransport` of [`certs-testing`](https://docs.rs/certs-testing) | none | none |
//! | a transport, a proxy, a program in another language | `Emulator::bind` | real | real |
//!
//! The emulator can be called as a function:
//!
//! ```
//! use std::time::Duration;
//! use certs_core::call::{Call, Step};
//! use certs_core::http::StatusCode;
//! use certs_core::operations::{List, Scope};
//! use certs_core::{AdminKey, Api, BaseUrl, Retry};
//! use certs_emulator::{Emulator, Fault};
//!
//! let emulator = Emulator::builder()
//!     .admin_key("sk-admin-test")
//!     .fault(Fault::any().first(1).respond(StatusCode::BAD_GATEWAY, "<html></html>"))
//!     .build();
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into())?);
//! let call = Call::new(&api, List::new(Scope::Organization), Retry::default())?;
//! let response = emulator.handle(call.request());
//! let Step::Retry(delay, call) = call.handle_response(Ok(response), Duration::ZERO) else {
//!     panic!("a list is requested again after a 502")
//! };
//! assert_eq!(delay.max, Duration::from_millis(500));
//! let response = emulator.handle(call.request());
//! let Step::Done(Ok(reply)) = call.handle_response(Ok(response), Duration::ZERO) else {
//!     panic!("the second response is the list")
//! };
//! assert_eq!((reply.attempts, reply.value.data.len()), (2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A `Fault` makes a request fail: it closes the connection before or after the change is made, truncates the
//! response, or delays it. The journal lists the requests, a snapshot contains the state, and a seed makes every run
//! the same. The module `fidelity` of the emulator lists which of its behavior is documented,
//! observed or guessed.
//!
//! For mocks of your own, outputs and errors have constructors: [`Reply::new`](crate::Reply::new),
//! [`CallContext::new`](crate::error::CallContext::new), and the constructors of the
//! [types](crate::types).
