//! `GET /organization/audit_logs`

use certs_types::{Page, Timestamp};

use super::{Call, json, page};
use crate::state::audit::{Event, KEY_ID, USER_EMAIL};
use crate::state::ordered_store::Order;
use crate::wire::query::{Query, unknown_cursor};
use crate::wire::refusal::Refusal;
use crate::wire::response::OperationResult;

impl Call<'_> {
    /// Lists the events, the newest first.
    pub(super) fn list_audit_logs(&self) -> OperationResult {
        let query = self.query();
        let limit = query.limit()?;
        let filter = Filter::from_query(&query)?;
        let (after, before) = (query.value("after"), query.value("before"));
        let (name, cursor, order) = match (after, before) {
            (Some(_), Some(_)) => {
                return Err(Refusal::parameter("before", "Give 'after' or 'before', not both."));
            }
            (_, Some(before)) => ("before", Some(before), Order::Ascending),
            (after, None) => ("after", after, Order::Descending),
        };
        let listed = {
            let state = self.state.read();
            let events = state.audit.after(cursor, order).ok_or_else(|| unknown_cursor(name))?;
            let matching = events.filter(|event| filter.matches(event)).cloned();
            page(matching, limit, |event| event.id.clone())
        };
        json(&newest_first(listed, order))
    }
}

/// Converts a page of events to JSON, newest first even if it was read oldest first.
fn newest_first(listed: Page<Event>, order: Order) -> Page<serde_json::Value> {
    let mut views: Vec<_> = listed.data.iter().map(Event::view).collect();
    let (mut first, mut last) = (listed.first_id, listed.last_id);
    if order == Order::Ascending {
        views.reverse();
        std::mem::swap(&mut first, &mut last);
    }
    let mut page = Page::new(views);
    (page.first_id, page.last_id, page.has_more) = (first, last, listed.has_more);
    page
}

/// The requested events. An empty list matches all.
struct Filter<'a> {
    types: Vec<&'a str>,
    projects: Vec<&'a str>,
    resources: Vec<&'a str>,
    /// Whether only events of other keys or users than the emulator's one are requested.
    other_actors_only: bool,
    min: Timestamp,
    max: Timestamp,
}

impl<'a> Filter<'a> {
    fn from_query(query: &'a Query) -> Result<Self, Refusal> {
        let values = |name| query.values(name).collect::<Vec<_>>();
        let excludes = |name, own| {
            let requested = values(name);
            !requested.is_empty() && !requested.contains(&own)
        };
        let bound = |name, offset| timestamp(query, name, offset);
        let min = bound("effective_at[gt]", 1)?.max(bound("effective_at[gte]", 0)?);
        let upper = [bound("effective_at[lt]", -1)?, bound("effective_at[lte]", 0)?];
        let max = upper.into_iter().flatten().min();
        Ok(Self {
            types: values("event_types"),
            projects: values("project_ids"),
            resources: values("resource_ids"),
            other_actors_only: excludes("actor_ids", KEY_ID)
                || excludes("actor_emails", USER_EMAIL),
            min: min.unwrap_or(Timestamp::MIN),
            max: max.unwrap_or(Timestamp::MAX),
        })
    }

    fn matches(&self, event: &Event) -> bool {
        let project = event.project.as_ref().map(certs_types::ProjectId::as_str);
        let mut resources = event.certificates.iter().map(|subject| subject.id.as_str());
        !self.other_actors_only
            && (self.min..=self.max).contains(&event.effective_at)
            && (self.types.is_empty() || self.types.contains(&event.action.name()))
            && (self.projects.is_empty() || project.is_some_and(|id| self.projects.contains(&id)))
            && (self.resources.is_empty() || resources.any(|id| self.resources.contains(&id)))
    }
}

/// Reads a bound, and adds the offset that makes an exclusive one inclusive.
fn timestamp(query: &Query, name: &str, offset: i64) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = query.value(name) else { return Ok(None) };
    let seconds = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_add(offset));
    match seconds.map(Timestamp::try_from) {
        Some(Ok(at)) => Ok(Some(at)),
        _ => Err(Refusal::parameter(name, format!("Invalid '{name}': expected Unix seconds."))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Emulator;
    use crate::testing::{AUTHORITY, Calls, builder, param};

    /// An emulator with one event of each type, and the id of the certificate they concern.
    fn emulator_with_events() -> (Emulator, String) {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        let path = format!("/organization/certificates/{}", ids[0]);
        emulator.post(&path, json!({"name": "Root"}));
        emulator.toggle("projects/proj_b/", "activate", &ids);
        emulator.toggle("projects/proj_b/", "deactivate", &ids);
        emulator.delete(&path);
        (emulator, ids[0].clone())
    }

    fn list(emulator: &Emulator, query: &str) -> Value {
        let (status, page) = emulator.get(&format!("/organization/audit_logs?{query}"));
        assert_eq!(status, 200, "{page}");
        page
    }

    fn types(page: &Value) -> Vec<&str> {
        page["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect()
    }

    const ALL: [&str; 5] = [
        "certificate.deleted",
        "certificates.deactivated",
        "certificates.activated",
        "certificate.updated",
        "certificate.created",
    ];

    #[test]
    fn records_every_change_and_lists_the_newest_first() {
        let (emulator, id) = emulator_with_events();
        let page = list(&emulator, "");
        assert_eq!(types(&page), ALL);
        let events = page["data"].as_array().unwrap();
        let content = AUTHORITY.replace("\r\n", "\n");
        let deleted = json!({"id": id, "name": "Root", "certificate": content});
        assert_eq!(events[0]["certificate.deleted"], deleted);
        let activated = json!({"certificates": [{"id": id, "name": "Root"}]});
        assert_eq!(events[2]["certificates.activated"], activated);
        assert_eq!(events[4]["certificate.created"], json!({"id": id}));
        assert_eq!(events[4]["effective_at"], 1_717_200_000);
        assert_eq!(
            events[2]["project"]["id"], "proj_a",
            "the default project, not the toggled one"
        );
        assert_eq!((&page["first_id"], &page["last_id"]), (&events[0]["id"], &events[4]["id"]));
    }

    #[test]
    fn records_only_actual_changes() {
        let emulator = builder().build();
        let mut ids = emulator.uploads(2);
        emulator.toggle("", "deactivate", &ids);
        emulator.toggle("", "activate", &ids[..1]);
        emulator.toggle("", "activate", &ids);
        let page = list(&emulator, "limit=1");
        assert_eq!(
            page["data"][0]["certificates.activated"]["certificates"],
            json!([{"id": ids[1]}])
        );
        ids.push("cert_x".into());
        emulator.toggle("", "deactivate", &ids);
        emulator.post(&format!("/organization/certificates/{}", ids[0]), json!({}));
        assert_eq!(types(&list(&emulator, "")).len(), 4);
    }

    #[test]
    fn pages_in_both_directions() {
        let (emulator, _) = emulator_with_events();
        let first = list(&emulator, "limit=2");
        let last_id = |page: &Value| page["last_id"].as_str().unwrap().to_owned();
        let second = list(&emulator, &format!("limit=2&after={}", last_id(&first)));
        assert_eq!(types(&second), ALL[2..4]);
        assert_eq!(second["has_more"], true);
        let back =
            list(&emulator, &format!("limit=2&before={}", second["first_id"].as_str().unwrap()));
        assert_eq!(back["data"], first["data"]);
        let back = list(&emulator, &format!("limit=1&before={}", last_id(&second)));
        assert_eq!(types(&back), ALL[2..3], "the nearest, not the newest");
        let (status, body) = emulator.get("/organization/audit_logs?before=x");
        assert_eq!((status, param(&body)), (400, "before"));
    }

    #[test]
    fn filters_events() {
        let (emulator, id) = emulator_with_events();
        let other = emulator.upload();
        let count = |query: &str| types(&list(&emulator, query)).len();
        assert_eq!(count("event_types[]=certificate.created"), 2);
        assert_eq!(
            count("event_types%5B%5D=certificate.created&event_types[]=certificate.deleted"),
            3
        );
        assert_eq!(count("event_types[]=project.created"), 0);
        assert_eq!(count(&format!("resource_ids[]={id}")), 5);
        assert_eq!(count(&format!("resource_ids[]={other}")), 1);
        assert_eq!(count(&format!("resource_ids[]={id}&event_types[]=certificates.activated")), 1);
        assert_eq!(count("project_ids[]=proj_a"), 6);
        assert_eq!(count("project_ids[]=proj_b"), 0, "recorded on the default project");
        assert_eq!(count("actor_ids[]=key_emulator&actor_emails[]=admin@example.com"), 6);
        assert_eq!(count("actor_ids[]=user-x"), 0);
        assert_eq!(count("effective_at[gte]=1717200000&effective_at[lte]=1717200000"), 6);
        assert_eq!(count("effective_at[gt]=1717200000"), 0);
        assert_eq!(count("effective_at[lt]=1717200000"), 0);
        let (status, body) = emulator.get("/organization/audit_logs?effective_at[gt]=today");
        assert_eq!((status, param(&body)), (400, "effective_at[gt]"));
    }

    #[test]
    fn keeps_only_the_latest_events() {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        for n in 0..1010 {
            emulator.toggle("", if n % 2 == 0 { "activate" } else { "deactivate" }, &ids);
        }
        assert_eq!(emulator.snapshot().0.audit.iter().count(), 1000);
        assert_eq!(types(&list(&emulator, "event_types[]=certificate.created")).len(), 0);
    }
}
