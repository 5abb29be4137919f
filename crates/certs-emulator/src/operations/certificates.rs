//! `/organization/certificates`: list, upload, get, modify, delete.

use certs_types::{Certificate, DeleteResponse, ErrorCode, Page};

use super::{Call, is_archived, json, page};
use crate::state::audit::{Action, Subject};
use crate::state::ca_certificate::{CaCertificate, UploadError};
use crate::state::{Scope, State, StoredCertificate};
use crate::wire::body::Body;
use crate::wire::query::unknown_cursor;
use crate::wire::refusal::Refusal;
use crate::wire::response::OperationResult;

impl Call<'_> {
    /// Lists every certificate of the organization with its state in a scope.
    pub(super) fn list_certificates(&self, scope: &Scope) -> OperationResult {
        let query = self.query();
        let (limit, order) = (query.limit()?, query.order()?);
        let list = |state: &State| {
            self.check_project(state, scope)?;
            if self.settings.assumptions.refuse_archived_project_lists {
                self.check_archived(state, scope)?;
            }
            let certificates = state
                .certificates
                .after(query.value("after"), order)
                .ok_or_else(|| unknown_cursor("after"))?;
            let listed = certificates.filter(|stored| stored.is_listed(self.now));
            let views = listed.map(|stored| {
                let mut view = stored.in_scope(scope);
                view.active = Some(stored.appears_active(scope, self.now));
                view
            });
            Ok(page(views, limit, |certificate| certificate.id.to_string()))
        };
        let listed = if self.settings.lists_change_state() {
            self.state.change_unstored(|state| {
                let listed = list(state)?;
                count_read(state, scope, &listed);
                Ok(listed)
            })?
        } else {
            list(&self.state.read())?
        };
        json(&listed)
    }

    pub(super) fn upload_certificate(&self) -> OperationResult {
        let assumptions = &self.settings.assumptions;
        let mut body = Body::read(self.request, assumptions)?;
        let name = body.take_name(assumptions.max_name_length)?;
        let pem = self.pem(&mut body)?;
        let authority = CaCertificate::read(&pem, self.now, assumptions.upload_rules)
            .map_err(|error| self.upload_refusal(error))?;
        let created = self.change(|state| {
            self.check_limits(state, &authority)?;
            let (seed, delay) = (self.settings.seed, self.settings.upload_propagation);
            let added = state.add_certificate(authority, name, self.now, seed, delay);
            let created = added.map(|stored| (stored.unscoped(), stored.into()));
            let (view, subject) = created.ok_or_else(Refusal::server_error)?;
            self.log(state, Action::Created, vec![subject]);
            Ok(view)
        })?;
        json(&created)
    }

    pub(super) fn get_certificate(&self) -> OperationResult {
        let query = self.query();
        if query.values("include").any(|field| field != "content") {
            let message = "Invalid 'include': the only supported value is 'content'.";
            return Err(Refusal::parameter("include", message));
        }
        let with_content = query.values("include").next().is_some();
        let found = {
            let state = self.state.read();
            let stored = self.find(&state)?;
            let mut view = stored.unscoped();
            if with_content {
                view.certificate_details.content = Some(stored.authority.pem.as_str().into());
            }
            view
        };
        json(&found)
    }

    pub(super) fn modify_certificate(&self) -> OperationResult {
        let assumptions = &self.settings.assumptions;
        let name = Body::read(self.request, assumptions)?.take_name(assumptions.max_name_length)?;
        let modified = self.change(|state| {
            let id = self.route.id.as_str();
            let stored = state.certificates.get_mut(id).ok_or_else(|| self.no_certificate(id))?;
            let changed = name.is_some() && stored.name != name;
            if changed {
                stored.name = name;
            }
            let (view, subject) = (stored.unscoped(), Subject::from(&*stored));
            self.log(state, Action::Updated, if changed { vec![subject] } else { Vec::new() });
            Ok(view)
        })?;
        json(&modified)
    }

    pub(super) fn delete_certificate(&self) -> OperationResult {
        let deleted = self.change(|state| {
            let stored = self.find(state)?;
            if let Some(scope) = self.blocking_scope(state, stored) {
                let message = format!("The certificate is still active in {scope}.");
                return Err(Refusal::new(self.settings.assumptions.certificate_in_use, message)
                    .code(ErrorCode::CERTIFICATE_IN_USE));
            }
            let mut subject = Subject::from(stored);
            subject.certificate = Some(stored.authority.pem.clone());
            let id = stored.id.clone();
            state.certificates.remove(id.as_str());
            self.log(state, Action::Deleted, vec![subject]);
            Ok(DeleteResponse::new(id))
        })?;
        json(&deleted)
    }

    fn find<'s>(&self, state: &'s State) -> Result<&'s StoredCertificate, Refusal> {
        let id = self.route.id.as_str();
        state.certificates.get(id).ok_or_else(|| self.no_certificate(id))
    }

    fn pem(&self, body: &mut Body) -> Result<String, Refusal> {
        let loose = self.settings.loose;
        let (given, older) = (body.take_string("certificate")?, body.take_string("content"));
        let pem = match given {
            None if loose => older?,
            given => given,
        };
        // An example on the vendor's reference page has its line breaks escaped twice.
        let pem = pem.map(|pem| if loose { pem.replace("\\n", "\n") } else { pem });
        pem.ok_or_else(|| {
            Refusal::parameter("certificate", "Missing required parameter: 'certificate'.")
        })
    }

    fn check_limits(&self, state: &State, authority: &CaCertificate) -> Result<(), Refusal> {
        let settings = &self.settings;
        let refuse = |message: String| {
            Err(Refusal::new(settings.assumptions.upload_refused, message).param("certificate"))
        };
        if state.certificates.len() >= settings.certificate_limit {
            let limit = settings.certificate_limit;
            return refuse(format!(
                "The organization has {limit} certificates, which is the limit."
            ));
        }
        if !settings.assumptions.allow_duplicate_uploads && state.contains(authority) {
            return refuse("The organization has this certificate already.".into());
        }
        Ok(())
    }

    fn upload_refusal(&self, error: UploadError) -> Refusal {
        let assumptions = &self.settings.assumptions;
        let (status, code, message) = match error {
            UploadError::Invalid(why) => (
                assumptions.certificate_invalid,
                ErrorCode::CERTIFICATE_INVALID,
                format!("Invalid certificate: {why}."),
            ),
            UploadError::Expired => (
                assumptions.expired_certificate,
                ErrorCode::EXPIRED_CERTIFICATE,
                "The certificate has expired or expires within a day.".into(),
            ),
        };
        Refusal::new(status, message).code(code).param("certificate")
    }

    /// A scope in which the certificate is active, which prevents its deletion.
    fn blocking_scope(&self, state: &State, stored: &StoredCertificate) -> Option<String> {
        if stored.active_in_organization {
            return Some("the organization".into());
        }
        let ignore_archived =
            self.settings.assumptions.allow_delete_while_active_in_archived_project;
        let mut projects = stored.active_projects.iter();
        let project = projects.find(|id| !(ignore_archived && is_archived(state, id)))?;
        Some(format!("project '{project}'"))
    }
}

/// Counts a list for the changes that become visible after a number of lists.
fn count_read(state: &mut State, scope: &Scope, listed: &Page<Certificate>) {
    for certificate in &listed.data {
        let stored = state.certificates.get_mut(certificate.id.as_str());
        if let Some(change) = stored.and_then(|stored| stored.pending.get_mut(scope)) {
            change.count_read();
        }
    }
    for stored in state.certificates.iter_mut() {
        if let Some(change) = &mut stored.unlisted {
            change.count_read();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Assumptions;
    use crate::testing::{AUTHORITY, Calls, authority_params, builder, code, param, sign};

    #[test]
    fn upload_returns_the_certificate_without_a_state() {
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
    fn upload_activates_nothing() {
        let emulator = builder().build();
        emulator.upload();
        for path in ["/organization/certificates", "/organization/projects/proj_a/certificates"] {
            assert_eq!(emulator.get(path).1["data"][0]["active"], false);
        }
    }

    #[test]
    fn returns_the_content_only_on_request() {
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
    fn refuses_uploads_with_the_documented_codes() {
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
    fn loose_mode_accepts_uploads_of_older_documents() {
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
    fn refuses_the_fifty_first_certificate() {
        let emulator = builder().build();
        let ids = emulator.uploads(50);
        let upload = json!({"certificate": *AUTHORITY});
        let (status, body) = emulator.post("/organization/certificates", upload.clone());
        assert_eq!((status, param(&body)), (400, "certificate"));
        emulator.delete(&format!("/organization/certificates/{}", ids[7]));
        assert_eq!(emulator.post("/organization/certificates", upload).0, 200);
    }

    #[test]
    fn duplicate_uploads_are_configurable() {
        assert_ne!(builder().build().uploads(2).pop(), None);
        let assumptions = Assumptions { allow_duplicate_uploads: false, ..Assumptions::default() };
        let emulator = builder().assumptions(assumptions).build();
        let id = emulator.upload();
        let upload = json!({"certificate": *AUTHORITY});
        assert_eq!(emulator.post("/organization/certificates", upload).0, 400);
        emulator.delete(&format!("/organization/certificates/{id}"));
        emulator.upload();
    }

    #[test]
    fn modifies_only_the_name() {
        let emulator = builder().build();
        let path = format!("/organization/certificates/{}", emulator.upload());
        let before = emulator.get(&path).1;
        let change = json!({"name": "New", "created_at": 1, "active": true, "id": "x"});
        let (status, after) = emulator.post(&path, change);
        assert_eq!((status, &after["name"]), (200, &json!("New")));
        assert_eq!(
            emulator.post(&path, json!({})).1,
            after,
            "an empty modification changes nothing"
        );
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
    fn deletes_only_while_active_nowhere() {
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
    fn pages_in_both_orders() {
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
    fn empty_list_has_no_first_and_last_id() {
        let expected = json!(
            {"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false});
        assert_eq!(builder().build().get("/organization/certificates"), (200, expected));
    }

    #[test]
    fn refuses_invalid_list_parameters() {
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
    fn archived_project_lists_its_certificates() {
        let emulator = builder().build();
        let id = emulator.upload();
        let (status, page) = emulator.get("/organization/projects/proj_old/certificates");
        assert_eq!((status, &page["first_id"]), (200, &json!(id)));
    }
}
