//! `GET /organization/projects`

use super::{Call, json, page};
use crate::state::shelf::Order;
use crate::wire::answer::Answer;
use crate::wire::query::unknown_cursor;

impl Call<'_> {
    pub(super) fn list_projects(&self) -> Answer {
        let query = self.query();
        let (limit, with_archived) = (query.limit()?, query.flag("include_archived")?);
        let listed = {
            let state = self.shared.state();
            let (after, order) = (query.one("after"), Order::Ascending);
            let unknown = || unknown_cursor("after");
            if with_archived {
                let projects = state.projects.after(after, order).ok_or_else(unknown)?;
                page(projects.cloned(), limit, |project| project.id.to_string())
            } else {
                let ids = state.projects_in_use.after(after, order).ok_or_else(unknown)?;
                let projects = ids.filter_map(|id| state.projects.get(id.as_str()));
                page(projects.cloned(), limit, |project| project.id.to_string())
            }
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
    fn archived_projects_are_listed_when_they_are_asked_for() {
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
    fn projects_are_paged() {
        let emulator = builder().build();
        let page = emulator.get("/organization/projects?limit=1").1;
        assert_eq!((ids(&page), &page["has_more"]), (vec!["proj_a"], &json!(true)));
        let page = emulator.get("/organization/projects?limit=1&after=proj_a").1;
        assert_eq!((ids(&page), &page["has_more"]), (vec!["proj_b"], &json!(false)));
    }

    #[test]
    fn a_project_list_refuses_what_it_does_not_understand() {
        let emulator = builder().build();
        for (query, name) in [
            ("limit=101", "limit"),
            ("after=proj_x", "after"),
            ("include_archived=1", "include_archived"),
        ] {
            let (status, body) = emulator.get(&format!("/organization/projects?{query}"));
            assert_eq!((status, param(&body)), (400, name));
        }
    }
}
