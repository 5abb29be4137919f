//! Where a certificate is active: in the organization, or in one project.

use certs_types::ProjectId;

use crate::{Endpoint, RequestBuilder};

/// The scope of a list or a toggle.
///
/// The scopes are independent: deactivating for the organization leaves a project's own activation
/// alone. What is active for the organization is inherited by all of its projects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// The whole organization.
    Organization,
    /// One project.
    Project(ProjectId),
}

impl Scope {
    /// Drafts a request to the endpoint that serves this scope.
    pub(super) fn request(
        &self,
        organization: &'static Endpoint,
        project: &'static Endpoint,
    ) -> RequestBuilder {
        match self {
            Self::Organization => RequestBuilder::new(organization),
            Self::Project(id) => RequestBuilder::new(project).segment(id.as_str()),
        }
    }
}

impl From<ProjectId> for Scope {
    fn from(project: ProjectId) -> Self {
        Self::Project(project)
    }
}
