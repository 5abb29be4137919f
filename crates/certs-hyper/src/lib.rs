//! The hyper transport for [`certs_core`]: a pool of connections, TLS by rustls, HTTP/1.1 and HTTP/2.
//!
//! For programs on tokio that call the API. The crate does the I/O and provides the clock, and contains nothing
//! specific to the API: it sends each request once, does not follow redirects, and does not retry.
//! [`HyperTransport`] is complete; [`ServiceTransport`] sends through a tower stack of your own.
//!
//! ```no_run
//! use certs_core::{AdminKey, Api, BaseUrl, Client};
//! use certs_core::operations::{Deactivate, Scope};
//! use certs_hyper::HyperTransport;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let key = AdminKey::new(std::env::var("OPENAI_ADMIN_KEY")?)?;
//! let client = Client::new(Api::new(BaseUrl::default(), key), HyperTransport::new()?);
//!
//! let deactivate = Deactivate::new(Scope::Organization, ["cert_abc".parse()?]);
//! let reply = client.call(&deactivate).await?;
//! assert!(deactivate.unconfirmed(&reply.value).is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Architecture invariant
//!
//! hyper, rustls and tokio do not appear in public signatures of other crates, and in this crate only where a
//! caller must pass something in.

mod body;
mod connect;
mod error_chain;
mod exchange;
mod explain;
#[cfg(feature = "tls")]
pub mod identity;
#[cfg(feature = "tls")]
mod proxy;
mod service;
#[cfg(feature = "tls")]
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod transport;

pub use body::RequestBody;
#[cfg(feature = "tls")]
pub use certs_core::proxy::{InvalidProxy, Proxy};
#[cfg(feature = "tls")]
pub use certs_core::tls::{InvalidIdentity, TlsError};
#[cfg(feature = "tls")]
pub use identity::ClientIdentity;
pub use service::ServiceTransport;
pub use transport::{HyperTransport, HyperTransportBuilder};
