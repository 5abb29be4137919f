//! The blocking transport for [`certs_core`]: ureq, TLS by rustls, no async runtime.
//!
//! For scripts, command-line tools and threads without an async runtime. Operations, retries, paging and errors
//! are those of [`certs_core::blocking::Client`]; this crate adds the I/O and the clock.
//!
//! ```no_run
//! use certs_core::blocking::Client;
//! use certs_core::{AdminKey, Api, BaseUrl};
//! use certs_core::operations::{Deactivate, List, Scope};
//! use certs_ureq::UreqTransport;
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
//! ureq and rustls do not appear in public signatures.

mod connect;
mod failure;
mod tls;
mod transport;

pub use certs_core::proxy::{InvalidProxy, Proxy};
pub use certs_core::tls::{InvalidIdentity, TlsError};
pub use transport::{UreqTransport, UreqTransportBuilder};
