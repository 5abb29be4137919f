//! The hyper transport for [`certs_core`]: a pool of connections, TLS by rustls, HTTP/1.1 and HTTP/2.
//!
//! For programs on tokio that call the API. The crate knows the wire and the clock and nothing of the
//! protocol: it sends each request once, never follows a redirect, and never decides to try again.
//! [`HyperTransport`] is a whole client; [`ServiceTransport`] sends through a tower stack of your own.
//!
//! ```no_run
//! use certs_core::{AdminKey, Api, BaseUrl, Client, Deactivate, Scope};
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
//! hyper, rustls and tokio show in no public signature but this crate's, and there only where a caller
//! must hand something over.

mod body;
mod causes;
mod connect;
mod exchange;
#[cfg(feature = "tls")]
mod handshake;
#[cfg(feature = "tls")]
mod identity;
#[cfg(feature = "tls")]
mod proxy;
mod service;
#[cfg(feature = "tls")]
mod tls;
mod transport;

pub use body::RequestBody;
#[cfg(feature = "tls")]
pub use identity::{ClientIdentity, InvalidIdentity};
#[cfg(feature = "tls")]
pub use proxy::{InvalidProxy, Proxy};
pub use service::ServiceTransport;
#[cfg(feature = "tls")]
pub use tls::TlsError;
pub use transport::{HyperTransport, HyperTransportBuilder};
