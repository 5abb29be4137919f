//! Finds out where certificates of an OpenAI organization are active and what a change would break, and
//! plans changes in a safe order.
//!
//! For administrators' tools that must not end mTLS, lock themselves out or cut off a workload by accident.
//!
//! The caller provides the current time, the fingerprints and dates of certificates in files, and which
//! certificates of the organization vouch for its own client certificate: the crate parses no certificate, and does
//! no I/O except through the [`Client`](certs_core::Client) that [`driver`] and [`execute`] get.
//!
//! A *scope* is the organization or one project. A project *inherits* what is active in the organization. mTLS is
//! *enforced* in a scope while any certificate is active or inherited there, even an expired one. An authority's
//! certificate *vouches* for the client certificates that chain to it.
//!
//! | question | look at |
//! |---|---|
//! | what is active where | [`Inventory`], filled by a [`Survey`](survey::Survey), for example through [`driver::run`] |
//! | which changes reach a goal | [`goal`]: a [`Plan`] to retire or rotate certificates, or to match a declaration |
//! | what would a change break | [`preflight()`]: [`Hazard`]s, which are refused unless allowed, and [`Notice`]s |
//! | how is a plan carried out | an [`Execution`](execute::Execution), which stops at the first unexpected result |
//! | how is it undone | [`undo`](undo::undo) |
//! | what expires, and where is mTLS not enforced | [`check`](check::check) |
//! | would a client certificate be accepted | [`acceptance`](acceptance::acceptance) |
//!
//! ```
//! use certs_core::types::{Certificate, Object, Timestamp};
//! use certs_core::operations::Scope;
//! use certs_plan::{Allowed, CallerIdentity, Change, Inventory, preflight};
//!
//! let now = Timestamp::try_from(1_800_000_000)?;
//! let project: Scope = "proj_a".parse()?;
//! let mut old = Certificate::new(Object::PROJECT_CERTIFICATE, "cert_old".parse()?, now);
//! old.active = Some(true);
//!
//! let mut inventory = Inventory::new();
//! inventory.observe(&Scope::Organization, [], now)?;
//! inventory.observe(&project, [old.clone()], now)?;
//!
//! let changes = Change::deactivate(&project, [old.id]);
//! let preflight = preflight(&changes, &inventory, &CallerIdentity::none(), now);
//! let refusal = preflight.refusal(Allowed::default()).ok_or("nothing is refused")?;
//! assert_eq!(refusal.code().as_str(), Some("would_unenforce"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything else is a function over values; `clippy.toml` in this crate forbids clocks, files, sockets and
//! randomness.

pub mod acceptance;
pub mod change;
pub mod check;
pub mod driver;
pub mod execute;
mod fingerprint;
mod forecast;
mod format;
pub mod goal;
pub mod hazard;
pub mod inventory;
pub mod plan;
mod refusal;
pub mod survey;
#[cfg(test)]
mod testing;
mod trust;
pub mod undo;
mod validity;

pub use change::{Change, NewCertificate, ScopeNames};
pub use fingerprint::{CertificateRef, Fingerprint, InvalidFingerprint};
pub use hazard::{Allowed, CallerIdentity, Hazard, Notice, Preflight, Presentation, preflight};
pub use inventory::Inventory;
pub use plan::{Plan, PlanInput};
pub use refusal::{NotValidReason, Refusal, RefusalCode};
pub use validity::Validity;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
