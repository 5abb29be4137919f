//! `GET /organization/projects`

use certs_types::Project;

use super::{Call, json, page};
use crate::state::ordered_store::Order;
use crate::wire::query::unknown_cursor;
use crate::wire::response::OperationResult;

impl Call<'_> {
    pub(super) fn list_projects(&self) -> OperationResult {
        let query = self.query();
        let (limit, with_archived) = (query.limit()?, query.flag("include_archived")?);
        let is_listed = |project: &&Project| with_archived || !project.is_archived();
        let listed = {
            let state = self.state.read();
            let cursor = query.value("after");
            let is_known = |id| state.projects.get(id).as_ref().is_some_and(is_listed);
            if !cursor.is_none_or(is_known) {
                return Err(unknown_cursor("after"));
            }
            let projects = state.projects.after(cursor, Order::Ascending).into_iter().flatten();
            page(projects.filter(is_listed).cloned(), limit, |project| project.id.to_string())
        };
        json(&listed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Calls, builder, param};

    fn ids(page: &Value) -> Vec<&str> {
        page["data"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect()
    }

    #[test]
    fn lists_archived_projects_on_request() {
        let emulator = builder().build();
        let page = emulator.get("/organization/projects").1;
        assert_eq!(ids(&page), ["proj_a", "proj_b"]);
        let expected = json!({
            "id": "proj_a", "object": "organization.project", "name": "proj_a",
            "created_at": 1_717_200_000, "archived_at": null, "status": "active",
        });
        assert_eq!(page["data"][0], expected);
        let page = emulator.get("/organization/projects?include_archived=true").1;
        assert_eq!(ids(&page), ["proj_a", "proj_b", "proj_old"]);
        assert_eq!(page["data"][2]["status"], "archived");
        assert_eq!(page["data"][2]["archived_at"], 1_717_200_000);
    }

    #[test]
    fn pages_projects() {
        let emulator = builder().build();
        let page = emulator.get("/organization/projects?limit=1").1;
        assert_eq!((ids(&page), &page["has_more"]), (vec!["proj_a"], &json!(true)));
        let page = emulator.get("/organization/projects?limit=1&after=proj_a").1;
        assert_eq!((ids(&page), &page["has_more"]), (vec!["proj_b"], &json!(false)));
    }

    #[test]
    fn refuses_invalid_list_parameters() {
        let emulator = builder().build();
        for (query, name) in [
            ("limit=101", "limit"),
            ("after=proj_x", "after"),
            ("after=proj_old", "after"),
            ("include_archived=1", "include_archived"),
        ] {
            let (status, body) = emulator.get(&format!("/organization/projects?{query}"));
            assert_eq!((status, param(&body)), (400, name));
        }
    }
}
