//! Where a certificate is active: in the organization, or in one project.

use certs_types::ProjectId;

use crate::{Draft, Endpoint};

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
    pub(super) fn draft(
        &self,
        organization: &'static Endpoint,
        project: &'static Endpoint,
    ) -> Draft {
        match self {
            Self::Organization => Draft::new(organization),
            Self::Project(id) => Draft::new(project).segment(id.as_str()),
        }
    }
}

impl From<ProjectId> for Scope {
    fn from(project: ProjectId) -> Self {
        Self::Project(project)
    }
}
