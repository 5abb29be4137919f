//! `GET /organization/projects`

use std::sync::Arc;

use certs_types::{Page, Project};

use super::page::{PageQuery, PageSize};
use crate::endpoint::Endpoint;
use crate::operation::{Effect, Operation};
use crate::paging::Paged;
use crate::request::RequestBuilder;

pub(super) static ENDPOINT: Endpoint = Endpoint::get("list-projects", "/organization/projects");

/// Lists the projects of the organization.
///
/// The API has no endpoint that shows where a certificate is active. To find out, list the projects, and then the
/// certificates of each.
#[doc(alias = "list-projects")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListProjects {
    include_archived: bool,
    page: PageQuery,
}

impl ListProjects {
    /// Lists the projects that are not archived, twenty per page (the server's defaults).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Includes the archived projects.
    #[must_use]
    pub fn with_archived(mut self) -> Self {
        self.include_archived = true;
        self
    }

    /// Sets the number of projects per page.
    #[must_use]
    pub fn with_page_size(mut self, size: PageSize) -> Self {
        self.page.size = Some(size);
        self
    }
}

impl Operation for ListProjects {
    type Output = Page<Project>;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        let request = self.page.write(RequestBuilder::new(&ENDPOINT));
        if self.include_archived { request.query("include_archived", "true") } else { request }
    }
}

impl Paged for ListProjects {
    type Item = Project;

    fn after(mut self, cursor: &str) -> Self {
        self.page.after = Some(cursor.into());
        self
    }

    fn id(item: &Project) -> Arc<str> {
        item.id.clone().into()
    }
}
