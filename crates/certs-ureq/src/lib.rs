//! The blocking transport for [`certs_core`]: ureq, TLS by rustls, no async runtime.
//!
//! For scripts, command-line tools and threads without an async runtime. Operations, retries, paging and errors
//! are those of [`certs_core::blocking::Client`]; this crate adds the I/O and the clock.
//!
//! ```no_run
//! use certs_core::blocking::Client;
//! use certs_core::{AdminKey, Api, BaseUrl};
//! use certs_core::operations::{List, Scope};
//! use certs_core::types::CertificateId;
//! use certs_ureq::UreqTransport;
//!
//! let key = AdminKey::new(std::env::var("OPENAI_ADMIN_KEY")?)?;
//! let client = Client::new(Api::new(BaseUrl::default(), key), UreqTransport::new()?);
//!
//! let id: CertificateId = "cert_abc".parse()?;
//! client.deactivate(Scope::Organization, id)?;
//!
//! for page in client.pages(List::new(Scope::Organization)) {
//!     for certificate in page? {
//!         println!("{}", certificate.id);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Public dependencies
//!
//! ureq and rustls are used inside and may change in any version.

mod connect;
mod failure;
mod tls;
mod transport;

pub use certs_core::proxy::{InvalidProxy, InvalidProxyVariable, Proxy};
pub use certs_core::tls::{InvalidIdentity, TlsError};
pub use transport::{UreqTransport, UreqTransportBuilder};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
