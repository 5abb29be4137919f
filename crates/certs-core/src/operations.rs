//! The operations of the API. With [`Scope`], seven of them cover its ten certificate endpoints.
//!
//! | operation | endpoints |
//! |---|---|
//! | [`Activate`], [`Deactivate`] | `POST …/certificates/activate` and `…/deactivate`, for the organization or a project |
//! | [`List`] | `GET …/certificates`, for the organization or a project |
//! | [`Upload`] | `POST /organization/certificates` |
//! | [`Get`] | `GET /organization/certificates/{certificate_id}` |
//! | [`Modify`] | `POST /organization/certificates/{certificate_id}` |
//! | [`Delete`] | `DELETE /organization/certificates/{certificate_id}` |
//! | [`ListProjects`] | `GET /organization/projects` |
//! | [`ListAuditLogs`] | `GET /organization/audit_logs` |
//!
//! To call another endpoint, implement [`Operation`](crate::operation::Operation).

mod delete;
mod get;
mod list;
mod list_audit_logs;
mod list_projects;
mod modify;
mod page;
mod scope;
mod toggle;
mod upload;

use crate::endpoint::Endpoint;

pub use delete::Delete;
pub use get::Get;
pub use list::{List, Order};
pub use list_audit_logs::ListAuditLogs;
pub use list_projects::ListProjects;
pub use modify::Modify;
pub use page::{InvalidPageSize, PageSize};
pub use scope::Scope;
pub use toggle::{Activate, Deactivate, Toggle, Unconfirmed};
pub use upload::Upload;

/// Every endpoint that the operations of this module call.
pub static ENDPOINTS: &[&Endpoint] = &[
    &toggle::DEACTIVATE_IN_ORGANIZATION,
    &toggle::DEACTIVATE_IN_PROJECT,
    &toggle::ACTIVATE_IN_ORGANIZATION,
    &toggle::ACTIVATE_IN_PROJECT,
    &list::ORGANIZATION,
    &list::PROJECT,
    &upload::ENDPOINT,
    &get::ENDPOINT,
    &modify::ENDPOINT,
    &delete::ENDPOINT,
    &list_projects::ENDPOINT,
    &list_audit_logs::ENDPOINT,
];
