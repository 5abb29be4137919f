//! The JSON types of the OpenAI *certificates* administration API.
//!
//! For programs that read or write this API's JSON without calling it: a web handler, an audit job, a client in
//! another style. The crate is `no_std` with `alloc`, depends only on `serde`, and does no I/O.
//! [`certs-core`](https://docs.rs/certs-core) sends requests with these types.
//!
//! Every value is parsed once, into a type that cannot hold an invalid one:
//!
//! ```
//! use certs_types::{CertificateId, CertificateIds, Page, Certificate};
//!
//! let id: CertificateId = "cert_abc".parse()?;
//! assert!("../projects".parse::<CertificateId>().is_err());
//! assert!(CertificateIds::new(vec![id; 0]).is_err());
//!
//! let page: Page<Certificate> = serde_json::from_str(
//!     r#"{"object":"list","has_more":false,"data":[{
//!         "object":"organization.certificate","id":"cert_abc","name":null,"active":true,
//!         "created_at":1234567,"certificate_details":{"expires_at":12345678}}]}"#,
//! )?;
//! assert_eq!(page.data[0].active, Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading is tolerant, as the API's compatibility policy requires: unknown fields are ignored, unknown
//! [`Object`]s and [`ErrorCode`]s are kept, and whatever one of the vendor's documents calls optional or
//! nullable may be missing or null. Writing is strict.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod audit;
pub mod base64;
mod certificate;
pub mod der;
mod error;
mod id;
mod ids;
mod page;
pub mod pem;
mod project;
mod request;
mod text;
mod timestamp;
mod vocabulary;

pub use audit::{
    AuditActor, AuditApiKey, AuditCertificate, AuditEvent, AuditLog, AuditProject,
    AuditServiceAccount, AuditSession, AuditUser,
};
pub use certificate::{Certificate, CertificateDetails, DeleteResponse, ToggleResponse};
pub use error::ErrorBody;
pub use id::{CertificateId, InvalidId, ProjectId};
pub use ids::{CertificateIds, InvalidCount};
pub use page::Page;
pub use pem::{CertificatePem, InvalidPem};
pub use project::Project;
pub use request::{ModifyCertificateRequest, ToggleCertificatesRequest, UploadCertificateRequest};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use vocabulary::{AuditEventType, ErrorCode, ErrorType, Object, ProjectStatus};
