//! The hyper transport for [`certs_core`]: a pool of connections, TLS by rustls, HTTP/1.1 and HTTP/2.
//!
//! For programs on tokio that call the API. [`HyperTransport`] is complete; [`ServiceTransport`] sends through a
//! tower stack of your own. Both send each request once, do not follow redirects, and do not retry, and both need a
//! tokio runtime. The module [`identity`] finds out whether a client certificate is accepted under a CA certificate.
//!
//! ```no_run
//! use certs_core::operations::Scope;
//! use certs_core::types::CertificateId;
//! use certs_core::{AdminKey, Api, BaseUrl, Client};
//! use certs_hyper::HyperTransport;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let key = AdminKey::new(std::env::var("OPENAI_ADMIN_KEY")?)?;
//! let client = Client::new(Api::new(BaseUrl::default(), key), HyperTransport::new()?);
//!
//! let id: CertificateId = "cert_abc".parse()?;
//! client.deactivate(Scope::Organization, id).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Public dependencies
//!
//! rustls is public because of [`HyperTransportBuilder::with_tls_config`], and tower-service and http-body because of
//! [`ServiceTransport`]. hyper and tokio are used inside and may change in any version.

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
pub use certs_core::proxy::{InvalidProxy, InvalidProxyVariable, Proxy};
#[cfg(feature = "tls")]
pub use certs_core::tls::{InvalidIdentity, TlsError};
#[cfg(feature = "tls")]
pub use identity::ClientIdentity;
#[cfg(feature = "tls")]
pub use rustls;
pub use service::ServiceTransport;
pub use transport::{HyperTransport, HyperTransportBuilder};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
