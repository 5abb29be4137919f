//! Testing with the emulator.
//!
//! A mistake in the real organization locks it out, so nobody tries things there.
//! [`certs-emulator`](https://docs.rs/certs-emulator) is the API as a function over a state, with its
//! rules: toggles are atomic, an upload is read as X.509, a certificate is deleted only when it is active
//! nowhere. Test at the height that suits:
//!
//! | what is tested | with | waits | sockets |
//! |---|---|---|---|
//! | a decision about one answer | an answer made up, given to [`Call::answer`](crate::call::Call::answer) | none | none |
//! | code that takes a `Client<T>` | `EmulatorTransport` of [`certs-testing`](https://docs.rs/certs-testing) | none, its clock is made up | none |
//! | a transport, a proxy, a program in another language | `Emulator::bind` | real | real |
//!
//! As a function it needs nothing else:
//!
//! ```
//! use std::time::Duration;
//! use certs_core::{AdminKey, Api, BaseUrl, Retry};
//! use certs_core::call::{Call, Step};
//! use certs_core::operations::{List, Scope};
//! use certs_emulator::{Emulator, Fault};
//!
//! let emulator = Emulator::builder()
//!     .admin_key("sk-admin-test")
//!     .fault(Fault::any().first(1).respond(http::StatusCode::BAD_GATEWAY, "<html></html>"))
//!     .build();
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-test".into())?);
//! let call = Call::new(&api, List::new(Scope::Organization), Retry::default())?;
//! let answer = emulator.handle(call.request());
//! let Step::Retry(delay, call) = call.handle_response(Ok(answer), Duration::ZERO) else {
//!     panic!("a list is asked for again after a 502")
//! };
//! assert_eq!(delay.max, Duration::from_millis(500));
//! let answer = emulator.handle(call.request());
//! let Step::Done(Ok(reply)) = call.handle_response(Ok(answer), Duration::ZERO) else {
//!     panic!("and comes the second time")
//! };
//! assert_eq!((reply.attempts, reply.value.data.len()), (2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What goes wrong is said beforehand: a `Fault` strikes an endpoint on its nth request, closes before
//! or after the change was made, cuts the answer, or is late. The journal tells what was asked, a
//! snapshot what the state is, and a seed makes every run the same. What of the emulator's behaviour is
//! documented, observed or guessed, its module `fidelity` tells.
