//! The scope of an operation: the organization or a project.

use std::fmt;
use std::str::FromStr;

use certs_types::{InvalidId, ProjectId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::endpoint::Endpoint;
use crate::request::RequestBuilder;

/// The scope of a list or a toggle.
///
/// Each scope has its own activations: deactivating a certificate for the organization does not deactivate it in a
/// project. Projects inherit what is active for the organization.
///
/// As text and in JSON, a scope is `organization` or the id of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two by nature")]
pub enum Scope {
    /// The whole organization.
    Organization,
    /// One project.
    Project(ProjectId),
}

impl Scope {
    /// A request to the endpoint of this scope.
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

/// `None` is the organization.
impl From<Option<ProjectId>> for Scope {
    fn from(project: Option<ProjectId>) -> Self {
        project.map_or(Self::Organization, Self::Project)
    }
}

impl From<ProjectId> for Scope {
    fn from(project: ProjectId) -> Self {
        Self::Project(project)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Organization => ORGANIZATION,
            Self::Project(id) => id.as_str(),
        })
    }
}

impl FromStr for Scope {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == ORGANIZATION { Ok(Self::Organization) } else { text.parse().map(Self::Project) }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

const ORGANIZATION: &str = "organization";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word_as_text_and_in_json() {
        for (text, scope) in [
            ("organization", Scope::Organization),
            ("proj_abc", Scope::Project("proj_abc".parse().unwrap())),
        ] {
            assert_eq!(text.parse(), Ok(scope.clone()));
            assert_eq!(scope.to_string(), text);
            let json = serde_json::to_string(&scope).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope);
        }
        assert!("../projects".parse::<Scope>().is_err());
        assert_eq!(Scope::from(None::<ProjectId>), Scope::Organization);
    }
}
