//! `GET /organization/projects`

use certs_types::{Page, Project};

use super::PageSize;
use super::list::PageQuery;
use crate::{Draft, Effect, Endpoint, Operation, Paged};

/// Lists the projects of the organization.
///
/// The API has no endpoint that says where a certificate is active: list the projects, then the
/// certificates of each.
#[doc(alias = "list-projects")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListProjects {
    include_archived: bool,
    page: PageQuery,
}

impl ListProjects {
    /// Lists the projects in use, twenty a page (the server's defaults).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists archived projects as well.
    #[must_use]
    pub fn include_archived(mut self) -> Self {
        self.include_archived = true;
        self
    }

    /// How many projects a page holds.
    #[must_use]
    pub fn page_size(mut self, size: PageSize) -> Self {
        self.page.size = Some(size);
        self
    }
}

impl Operation for ListProjects {
    type Output = Page<Project>;
    const EFFECT: Effect = Effect::None;

    fn draft(&self) -> Draft {
        let draft = self.page.write(Draft::new(&ENDPOINT));
        if self.include_archived { draft.query("include_archived", "true") } else { draft }
    }
}

impl Paged for ListProjects {
    type Item = Project;

    fn after(mut self, cursor: &str) -> Self {
        self.page.after = Some(cursor.into());
        self
    }

    fn id(item: &Project) -> &str {
        item.id.as_str()
    }
}

pub(super) static ENDPOINT: Endpoint = Endpoint::get("list-projects", "/organization/projects");
