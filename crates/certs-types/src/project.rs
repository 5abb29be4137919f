//! The project object, with the fields that matter for certificates.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::id::ProjectId;
use crate::timestamp::Timestamp;
use crate::vocabulary::{Object, ProjectStatus};

/// A project of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Project {
    /// The id of the project.
    pub id: ProjectId,
    /// [`Object::PROJECT`].
    pub object: Object,
    /// The display name.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was archived; `None` if it is not.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
    /// [`ProjectStatus::ACTIVE`] or [`ProjectStatus::ARCHIVED`].
    #[serde(default)]
    pub status: Option<ProjectStatus>,
}

impl Project {
    /// An active project that has no name.
    #[must_use]
    pub fn new(id: ProjectId, created_at: Timestamp) -> Self {
        Self {
            id,
            object: Object::PROJECT,
            name: None,
            created_at,
            archived_at: None,
            status: Some(ProjectStatus::ACTIVE),
        }
    }

    /// Whether it is archived, by its status or its `archived_at`.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.archived_at.is_some() || self.status == Some(ProjectStatus::ARCHIVED)
    }
}
