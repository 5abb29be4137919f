//! The operations: seven types serve the ten certificate endpoints, through [`Scope`].

mod activate;
mod deactivate;
mod delete;
mod get;
mod list;
mod list_projects;
mod modify;
mod scope;
mod toggle;
mod upload;

pub use activate::Activate;
pub use deactivate::Deactivate;
pub use delete::Delete;
pub use get::Get;
pub use list::{InvalidPageSize, List, Order, PageSize};
pub use list_projects::ListProjects;
pub use modify::Modify;
pub use scope::Scope;
pub use toggle::Unconfirmed;
pub use upload::Upload;

use crate::Endpoint;

/// Every endpoint the operations of this crate speak to.
pub static ENDPOINTS: [&Endpoint; 11] = [
    &deactivate::ORGANIZATION,
    &deactivate::PROJECT,
    &activate::ORGANIZATION,
    &activate::PROJECT,
    &list::ORGANIZATION,
    &list::PROJECT,
    &upload::ENDPOINT,
    &get::ENDPOINT,
    &modify::ENDPOINT,
    &delete::ENDPOINT,
    &list_projects::ENDPOINT,
];
