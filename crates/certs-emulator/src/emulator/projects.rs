//! Changes of projects, which the certificates API does not have.

use std::io;

use certs_types::ProjectId;

use super::Emulator;

/// Changes of projects, as another administrator may make them.
impl Emulator {
    /// Adds a project, unless there is one with this id.
    ///
    /// # Errors
    ///
    /// Fails like [`restore`](Self::restore).
    pub fn add_project(&self, id: ProjectId) -> io::Result<()> {
        let now = self.now();
        self.inner.state.change(|state| state.add_project(id, now, false))
    }

    /// Archives a project, and returns whether there is one with this id.
    ///
    /// # Errors
    ///
    /// Fails like [`restore`](Self::restore).
    pub fn archive_project(&self, id: &ProjectId) -> io::Result<bool> {
        let now = self.now();
        self.inner.state.change(|state| state.archive_project(id, now))
    }

    /// Removes a project and all activations in it, and returns whether there was one with this id.
    ///
    /// # Errors
    ///
    /// Fails like [`restore`](Self::restore).
    pub fn remove_project(&self, id: &ProjectId) -> io::Result<bool> {
        self.inner.state.change(|state| state.remove_project(id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Calls, builder, code};

    #[test]
    fn a_removed_project_is_unknown_and_blocks_nothing() {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        let project = "proj_a".parse().unwrap();
        assert!(emulator.remove_project(&project).unwrap());
        assert!(!emulator.remove_project(&project).unwrap());
        assert_eq!(emulator.get("/organization/projects/proj_a/certificates").0, 404);
        let page = emulator.get("/organization/projects?include_archived=true").1;
        assert_eq!(page["first_id"], "proj_b");
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
        emulator.add_project(project).unwrap();
        assert_eq!(emulator.get("/organization/projects/proj_a/certificates").0, 200);
        let text = serde_json::to_string(&emulator.snapshot()).unwrap();
        assert_eq!(serde_json::from_str::<crate::Snapshot>(&text).unwrap(), emulator.snapshot());
    }

    #[test]
    fn an_archived_project_refuses_toggles_and_keeps_its_activations() {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        emulator.toggle("projects/proj_a/", "activate", &ids);
        assert!(emulator.archive_project(&"proj_a".parse().unwrap()).unwrap());
        assert!(!emulator.archive_project(&"proj_x".parse().unwrap()).unwrap());
        let (status, body) = emulator.toggle("projects/proj_a/", "deactivate", &ids);
        assert_eq!((status, code(&body)), (400, "project_archived"));
        let page = emulator.get("/organization/projects/proj_a/certificates").1;
        assert_eq!(page["data"][0]["active"], json!(true));
        assert_eq!(emulator.get("/organization/projects").1["first_id"], "proj_b");
    }
}
