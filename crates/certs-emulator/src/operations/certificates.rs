//! `/organization/certificates`: list, upload, get, modify, delete.

use certs_types::{Certificate, DeleteResponse, ErrorCode, Page};

use super::{Call, is_archived, json, page};
use crate::state::audit::{Action, Subject};
use crate::state::authority::{Authority, Flaw};
use crate::state::{Scope, State, Stored};
use crate::wire::answer::Answer;
use crate::wire::body::Body;
use crate::wire::query::unknown_cursor;
use crate::wire::refusal::Refusal;

impl Call<'_> {
    /// Lists every certificate of the organization, with its state in the scope.
    pub(super) fn list_certificates(&self, scope: &Scope) -> Answer {
        let query = self.query();
        let (limit, order) = (query.limit()?, query.order()?);
        let listed = {
            let mut state = self.shared.state();
            self.check_project(&state, scope)?;
            let certificates = state
                .certificates
                .after(query.one("after"), order)
                .ok_or_else(|| unknown_cursor("after"))?;
            let views = certificates.map(|stored| {
                let mut view = stored.within(scope);
                view.active = Some(stored.shows_active(scope, self.now));
                view
            });
            let listed = page(views, limit, |certificate| certificate.id.to_string());
            self.count_read(&mut state, scope, &listed);
            listed
        };
        json(&listed)
    }

    pub(super) fn upload_certificate(&self) -> Answer {
        let guesses = &self.shared.settings.guesses;
        let mut body = Body::read(self.request, guesses)?;
        let name = body.name(guesses.longest_name)?;
        let pem = self.pem(&mut body)?;
        let authority = Authority::read(&pem, self.now).map_err(|flaw| self.flawed(flaw))?;
        let created = self.change(|state| {
            self.check_room(state, &authority)?;
            let seed = self.shared.settings.seed;
            let added = state.add_certificate(authority, name, self.now, seed);
            let created = added.map(|stored| (stored.alone(), stored.into()));
            let (view, subject) = created.ok_or_else(Refusal::server_error)?;
            self.log(state, Action::Created, vec![subject]);
            Ok(view)
        })?;
        json(&created)
    }

    pub(super) fn get_certificate(&self) -> Answer {
        let query = self.query();
        if query.many("include").any(|field| field != "content") {
            let message = "Invalid 'include': the only supported value is 'content'.";
            return Err(Refusal::parameter("include", message));
        }
        let with_content = query.many("include").next().is_some();
        let found = {
            let state = self.shared.state();
            let stored = self.find(&state)?;
            let mut view = stored.alone();
            if with_content {
                view.certificate_details.content = Some(stored.authority.pem.as_str().into());
            }
            view
        };
        json(&found)
    }

    pub(super) fn modify_certificate(&self) -> Answer {
        let guesses = &self.shared.settings.guesses;
        let name = Body::read(self.request, guesses)?.name(guesses.longest_name)?;
        let modified = self.change(|state| {
            let id = self.route.id.as_str();
            let stored = state.certificates.get_mut(id).ok_or_else(|| self.no_certificate(id))?;
            let changed = name.is_some() && stored.name != name;
            if changed {
                stored.name = name;
            }
            let (view, subject) = (stored.alone(), Subject::from(&*stored));
            self.log(state, Action::Updated, if changed { vec![subject] } else { Vec::new() });
            Ok(view)
        })?;
        json(&modified)
    }

    pub(super) fn delete_certificate(&self) -> Answer {
        let deleted = self.change(|state| {
            let stored = self.find(state)?;
            if let Some(place) = self.hindrance(state, stored) {
                let message = format!("The certificate is still active in {place}.");
                return Err(Refusal::new(self.shared.settings.guesses.certificate_in_use, message)
                    .code(ErrorCode::CERTIFICATE_IN_USE));
            }
            let mut subject = Subject::from(stored);
            subject.certificate = Some(stored.authority.pem.clone());
            let id = stored.id.clone();
            state.remove_certificate(id.as_str());
            self.log(state, Action::Deleted, vec![subject]);
            Ok(DeleteResponse::new(id))
        })?;
        json(&deleted)
    }

    /// A change that shows after some reads was just read.
    fn count_read(&self, state: &mut State, scope: &Scope, listed: &Page<Certificate>) {
        if self.shared.settings.propagation.is_none() {
            return;
        }
        for certificate in &listed.data {
            let stored = state.certificates.get_mut(certificate.id.as_str());
            if let Some(lag) = stored.and_then(|stored| stored.lags.get_mut(scope)) {
                lag.read();
            }
        }
    }

    fn find<'s>(&self, state: &'s State) -> Result<&'s Stored, Refusal> {
        let id = self.route.id.as_str();
        state.certificates.get(id).ok_or_else(|| self.no_certificate(id))
    }

    fn pem(&self, body: &mut Body) -> Result<String, Refusal> {
        let loose = self.shared.settings.loose;
        let (given, older) = (body.text("certificate")?, body.text("content"));
        let pem = match given {
            None if loose => older?,
            given => given,
        };
        // The reference page's example shows its line breaks escaped twice.
        let pem = pem.map(|pem| if loose { pem.replace("\\n", "\n") } else { pem });
        pem.ok_or_else(|| {
            Refusal::parameter("certificate", "Missing required parameter: 'certificate'.")
        })
    }

    fn check_room(&self, state: &State, authority: &Authority) -> Result<(), Refusal> {
        let settings = &self.shared.settings;
        let refuse = |message: String| {
            Err(Refusal::new(settings.guesses.certificate_limit, message).param("certificate"))
        };
        if state.certificates.len() >= settings.certificate_limit {
            let limit = settings.certificate_limit;
            return refuse(format!("The organization has {limit} certificates, the most it may."));
        }
        if !settings.guesses.duplicate_uploads && state.holds(authority) {
            return refuse("The organization has this certificate already.".into());
        }
        Ok(())
    }

    fn flawed(&self, flaw: Flaw) -> Refusal {
        let guesses = &self.shared.settings.guesses;
        let (status, code, message) = match flaw {
            Flaw::Invalid(why) => (
                guesses.certificate_invalid,
                ErrorCode::CERTIFICATE_INVALID,
                format!("Invalid certificate: {why}."),
            ),
            Flaw::Expired => (
                guesses.expired_certificate,
                ErrorCode::EXPIRED_CERTIFICATE,
                "The certificate has expired or expires within a day.".into(),
            ),
        };
        Refusal::new(status, message).code(code).param("certificate")
    }

    /// Where the certificate is active, so that it cannot be deleted.
    fn hindrance(&self, state: &State, stored: &Stored) -> Option<String> {
        if stored.organization {
            return Some("the organization".into());
        }
        let spare_archived = self.shared.settings.guesses.delete_while_active_in_archived_project;
        let mut projects = stored.projects.iter();
        let project = projects.find(|id| !(spare_archived && is_archived(state, id)))?;
        Some(format!("project '{project}'"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Guesses;
    use crate::testing::{AUTHORITY, Calls, authority_params, builder, code, param, sign};

    #[test]
    fn an_upload_is_answered_with_the_certificate_alone() {
        let emulator = builder().build();
        let upload = json!({"certificate": *AUTHORITY, "name": "Root"});
        let (status, body) = emulator.post("/organization/certificates", upload);
        assert_eq!(status, 200);
        let expected = json!({
            "object": "certificate", "id": body["id"], "name": "Root", "created_at": 1_717_200_000,
            "certificate_details": {"valid_at": 1_704_067_200, "expires_at": 2_208_988_800_u64},
        });
        assert_eq!(body, expected);
        let id = body["id"].as_str().unwrap();
        assert_eq!(emulator.get(&format!("/organization/certificates/{id}")), (200, expected));
    }

    #[test]
    fn an_upload_activates_nothing() {
        let emulator = builder().build();
        emulator.upload();
        for path in ["/organization/certificates", "/organization/projects/proj_a/certificates"] {
            assert_eq!(emulator.get(path).1["data"][0]["active"], false);
        }
    }

    #[test]
    fn the_content_comes_only_when_it_is_asked_for() {
        let emulator = builder().build();
        let path = format!("/organization/certificates/{}", emulator.upload());
        let content = |query| {
            emulator.get(&format!("{path}{query}")).1["certificate_details"]["content"].clone()
        };
        assert_eq!(content(""), Value::Null);
        for query in ["?include[]=content", "?include=content", "?include%5B%5D=content"] {
            assert_eq!(content(query), AUTHORITY.replace("\r\n", "\n"), "{query}");
        }
        let (status, body) = emulator.get(&format!("{path}?include[]=key"));
        assert_eq!((status, param(&body)), (400, "include"));
    }

    #[test]
    fn documented_refusals_of_an_upload_have_their_codes() {
        let emulator = builder().build();
        let mut expired = authority_params();
        expired.not_after = rcgen::date_time_ymd(2024, 6, 1);
        for (pem, expected) in [
            ("garbage".to_owned(), "mtls_certificate_invalid"),
            (sign(expired), "expired_certificate"),
        ] {
            let (status, body) =
                emulator.post("/organization/certificates", json!({"certificate": pem}));
            assert_eq!((status, code(&body), param(&body)), (400, expected, "certificate"));
        }
        for body in [json!({}), json!({"certificate": 1}), json!({"certificate": null})] {
            let (status, body) = emulator.post("/organization/certificates", body);
            assert_eq!((status, param(&body)), (400, "certificate"));
        }
        assert_eq!(emulator.get("/organization/certificates").1["data"], json!([]));
    }

    #[test]
    fn loosely_read_an_upload_may_follow_older_documents() {
        let escaped = AUTHORITY.replace("\r\n", "\n").replace('\n', "\\n");
        for body in [json!({"content": *AUTHORITY}), json!({"certificate": escaped})] {
            let upload = |builder: crate::Builder| {
                builder.build().post("/organization/certificates", body.clone()).0
            };
            assert_eq!(upload(builder()), 400);
            assert_eq!(upload(builder().loose()), 200);
        }
    }

    #[test]
    fn the_fifty_first_certificate_is_refused() {
        let emulator = builder().build();
        let ids = emulator.uploads(50);
        let upload = json!({"certificate": *AUTHORITY});
        let (status, body) = emulator.post("/organization/certificates", upload.clone());
        assert_eq!((status, param(&body)), (400, "certificate"));
        emulator.delete(&format!("/organization/certificates/{}", ids[7]));
        assert_eq!(emulator.post("/organization/certificates", upload).0, 200);
    }

    #[test]
    fn a_second_upload_of_the_same_certificate_is_a_matter_of_settings() {
        assert_ne!(builder().build().uploads(2).pop(), None);
        let guesses = Guesses { duplicate_uploads: false, ..Guesses::default() };
        let emulator = builder().guesses(guesses).build();
        let id = emulator.upload();
        let upload = json!({"certificate": *AUTHORITY});
        assert_eq!(emulator.post("/organization/certificates", upload).0, 400);
        emulator.delete(&format!("/organization/certificates/{id}"));
        emulator.upload();
    }

    #[test]
    fn only_the_name_can_be_modified() {
        let emulator = builder().build();
        let path = format!("/organization/certificates/{}", emulator.upload());
        let before = emulator.get(&path).1;
        let change = json!({"name": "New", "created_at": 1, "active": true, "id": "x"});
        let (status, after) = emulator.post(&path, change);
        assert_eq!((status, &after["name"]), (200, &json!("New")));
        assert_eq!(emulator.post(&path, json!({})).1, after, "nothing given, nothing changed");
        let mut expected = before;
        expected["name"] = json!("New");
        assert_eq!(emulator.get(&path).1, expected);
        let longest = "ü".repeat(1024);
        assert_eq!(emulator.post(&path, json!({"name": longest})).0, 200);
        for wrong in [json!(1), json!(format!("{longest}ü"))] {
            let (status, body) = emulator.post(&path, json!({"name": wrong}));
            assert_eq!((status, param(&body)), (400, "name"));
        }
    }

    #[test]
    fn a_delete_waits_for_every_scope() {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        let path = format!("/organization/certificates/{}", ids[0]);
        for scope in ["", "projects/proj_a/", "projects/proj_b/"] {
            emulator.toggle(scope, "activate", &ids);
            let (status, body) = emulator.delete(&path);
            assert_eq!((status, code(&body)), (400, "certificate_in_use"), "{scope}");
            emulator.toggle(scope, "deactivate", &ids);
        }
        let deleted = json!({"object": "certificate.deleted", "id": ids[0]});
        assert_eq!(emulator.delete(&path), (200, deleted));
        assert_eq!(emulator.delete(&path).0, 404);
        assert_eq!(emulator.get(&path).0, 404);
    }

    #[test]
    fn pages_follow_each_other_in_both_orders() {
        let emulator = builder().build();
        let ids = emulator.uploads(45);
        let page = |query: &str| emulator.get(&format!("/organization/certificates?{query}")).1;
        let listed = |page: &Value| -> Vec<String> {
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["id"].as_str().unwrap().into())
                .collect()
        };
        let first = page("order=asc");
        assert_eq!(listed(&first), ids[..20]);
        assert_eq!(first["object"], "list");
        assert_eq!(first["has_more"], true);
        assert_eq!((&first["first_id"], &first["last_id"]), (&json!(ids[0]), &json!(ids[19])));
        let last = page(&format!("order=asc&limit=25&after={}", ids[19]));
        assert_eq!(listed(&last), ids[20..]);
        assert_eq!(last["has_more"], false);
        let newest = page("limit=3");
        assert_eq!(listed(&newest), [ids[44].as_str(), &ids[43], &ids[42]]);
        assert_eq!(listed(&page(&format!("limit=1&after={}", ids[42]))), ids[41..42]);
    }

    #[test]
    fn an_empty_list_has_no_first_and_no_last() {
        let expected = json!(
            {"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false});
        assert_eq!(builder().build().get("/organization/certificates"), (200, expected));
    }

    #[test]
    fn a_list_refuses_what_it_does_not_understand() {
        let emulator = builder().build();
        for (query, name) in
            [("limit=0", "limit"), ("order=up", "order"), ("after=cert_x", "after")]
        {
            let (status, body) = emulator.get(&format!("/organization/certificates?{query}"));
            assert_eq!((status, param(&body)), (400, name));
        }
        assert_eq!(emulator.get("/organization/projects/proj_x/certificates").0, 404);
    }

    #[test]
    fn an_archived_project_lists_its_certificates() {
        let emulator = builder().build();
        let id = emulator.upload();
        let (status, page) = emulator.get("/organization/projects/proj_old/certificates");
        assert_eq!((status, &page["first_id"]), (200, &json!(id)));
    }
}
