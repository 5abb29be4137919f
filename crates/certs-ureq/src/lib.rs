//! The blocking client for [`certs_core`]: ureq, TLS by rustls, no async runtime.
//!
//! For scripts, command-line tools and threads that call the API and wait for nothing else. Operations,
//! retries, paging and errors are those of [`certs_core`]; this crate adds I/O, a clock and a blocking
//! [`Client`]. It never needs a runtime.
//!
//! ```no_run
//! use certs_core::{AdminKey, Api, BaseUrl, Deactivate, List, Scope};
//! use certs_ureq::{Client, UreqTransport};
//!
//! let key = AdminKey::new(std::env::var("OPENAI_ADMIN_KEY")?)?;
//! let client = Client::new(Api::new(BaseUrl::default(), key), UreqTransport::new()?);
//!
//! let deactivate = Deactivate::new(Scope::Organization, ["cert_abc".parse()?]);
//! let reply = client.call(&deactivate)?;
//! assert!(deactivate.unconfirmed(&reply.value).is_empty());
//!
//! for page in client.pages(List::new(Scope::Organization)) {
//!     for certificate in page? {
//!         println!("{}", certificate.id);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Architecture invariant
//!
//! There is one retry loop, in [`certs_core::Client`], and this crate polls it: every future of
//! [`UreqTransport`] does its work when it is first polled, so none is ever pending. ureq and rustls
//! appear in no public signature.

mod client;
mod connect;
mod failure;
mod tls;
mod transport;

pub use client::{Client, Pages};
pub use tls::TlsError;
pub use transport::{UreqTransport, UreqTransportBuilder};
