//! The JSON types of the OpenAI *certificates* administration API.
//!
//! For programs that read or write this API's JSON, such as a web handler or an audit job. The crate is `no_std`
//! with `alloc`, and `serde` is its only dependency. [`certs-core`](https://docs.rs/certs-core) sends requests with
//! these types.
//!
//! Ids, lists of ids, times and PEM are checked when they are parsed, and are valid from then on:
//!
//! ```
//! use certs_types::{Certificate, CertificateId, CertificateIds, Page};
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
//! Reading is tolerant, as the API's compatibility policy requires: unknown fields are ignored, unknown values of
//! [`Object`], [`ErrorCode`] and the like are kept, and every optional field may be missing or `null`. Writing
//! always uses the documented form.
//!
//! | types | for |
//! |---|---|
//! | [`Certificate`], [`Project`], [`Page`] | objects and lists |
//! | [`ToggleResponse`], [`DeleteResponse`], [`ErrorBody`] | other responses |
//! | [`UploadCertificateRequest`], [`ModifyCertificateRequest`], [`ToggleCertificatesRequest`] | bodies of requests |
//! | [`AuditLog`], [`AuditEvent`] | the audit log |
//! | [`CertificatePem`], [`mod@pem`] | PEM files |
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

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
