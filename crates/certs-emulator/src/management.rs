//! The management API of an emulator.

mod browser;

use bytes::Bytes;
use certs_types::ProjectId;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::misbehavior::fault::Fault;
use crate::state::snapshot::Snapshot;
use crate::wire::refusal::Refusal;

impl Emulator {
    /// Handles a request to the management API.
    ///
    /// It requires no key, so do not make it reachable from other machines.
    /// [`serve_management`](Self::serve_management) serves it.
    ///
    /// | request | |
    /// |---|---|
    /// | `GET /health` | returns `{"status":"ok"}` |
    /// | `POST /reset` | restores the initial state and faults, and clears the journal and the rate limit |
    /// | `GET /snapshot`, `PUT /snapshot` | reads or replaces the whole state, a [`Snapshot`] |
    /// | `GET /journal`, `DELETE /journal` | reads or clears the latest requests, a list of [`JournalEntry`](crate::JournalEntry) |
    /// | `GET /faults`, `PUT /faults`, `DELETE /faults` | reads, replaces or removes the list of [`Fault`]s |
    /// | `POST /faults` | adds a [`Fault`] |
    /// | `PUT /projects/{id}`, `DELETE /projects/{id}` | adds or removes a project |
    /// | `POST /projects/{id}/archive` | archives a project |
    ///
    /// A body is JSON, whatever its content type. A success without a body is a 204. Errors have the
    /// format of the API.
    ///
    /// Web pages cannot use it: requests from another origin are refused, and so are those whose
    /// `Host` is neither an address, nor `localhost`, nor a
    /// [management host](crate::Builder::management_host).
    ///
    /// ```
    /// use certs_emulator::Emulator;
    /// use certs_emulator::http::{self, Request};
    ///
    /// let emulator = Emulator::builder().admin_key("sk-admin-test").build();
    /// let fault = r#"{"when": {"nth": 1}, "action": "close_before_commit"}"#;
    /// let response = emulator.manage(Request::post("/faults").body(fault)?);
    /// assert_eq!(response.status(), 204);
    /// assert_eq!(emulator.faults().len(), 1);
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn manage(&self, request: Request<impl Into<Bytes>>) -> Response<Bytes> {
        let request = request.map(Into::into);
        self.try_manage(&request).unwrap_or_else(|refusal| self.refuse(refusal))
    }

    fn try_manage(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        browser::check(request.headers(), &self.settings().management_hosts)?;
        let (path, method) = (request.uri().path(), request.method());
        if let Some(project) = path.strip_prefix("/projects/") {
            return self.manage_project(method, path, project);
        }
        let allowed: &[Method] = match path {
            "/health" => &[Method::GET],
            "/reset" => &[Method::POST],
            "/snapshot" => &[Method::GET, Method::PUT],
            "/journal" => &[Method::GET, Method::DELETE],
            "/faults" => &[Method::GET, Method::PUT, Method::POST, Method::DELETE],
            _ => return Err(Refusal::unknown_url(method, path)),
        };
        if !allowed.contains(method) {
            return Err(Refusal::method_not_allowed(method, path, allowed));
        }
        let not_stored = |error| Refusal::not_stored(&error);
        match (path, method.as_str()) {
            ("/reset", _) => self.reset().map_err(not_stored)?,
            ("/snapshot", "PUT") => {
                let snapshot = read::<Snapshot>(request)?;
                self.restore(snapshot).map_err(not_stored)?;
            }
            ("/journal", "DELETE") => self.clear_journal(),
            ("/faults", "PUT") => self.set_faults(read(request)?),
            ("/faults", "POST") => self.add_fault(read::<Fault>(request)?),
            ("/faults", "DELETE") => self.set_faults(Vec::new()),
            ("/snapshot", _) => return Ok(ok(&self.snapshot())),
            ("/journal", _) => return Ok(ok(&self.journal())),
            ("/faults", _) => return Ok(ok(&self.faults())),
            _ => return Ok(ok(&json!({"status": "ok"}))),
        }
        Ok(no_content())
    }

    /// Handles a request to a path below `/projects/`: the id of a project, and what follows it.
    fn manage_project(
        &self,
        method: &Method,
        path: &str,
        project: &str,
    ) -> Result<Response<Bytes>, Refusal> {
        let (id, action) = project.split_once('/').unwrap_or((project, ""));
        let allowed: &[Method] = match action {
            "" => &[Method::PUT, Method::DELETE],
            "archive" => &[Method::POST],
            _ => return Err(Refusal::unknown_url(method, path)),
        };
        if !allowed.contains(method) {
            return Err(Refusal::method_not_allowed(method, path, allowed));
        }
        let unknown = || Refusal::new(StatusCode::NOT_FOUND, "There is no project with this id.");
        let id = percent_decode_str(id).decode_utf8().ok();
        let id: ProjectId = id.and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
        let changed = match *method {
            Method::PUT => self.add_project(id).map(|()| true),
            Method::DELETE => self.remove_project(&id),
            _ => self.archive_project(&id),
        };
        if changed.map_err(|error| Refusal::not_stored(&error))? {
            Ok(no_content())
        } else {
            Err(unknown())
        }
    }
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Refusal> {
    serde_json::from_slice(request.body())
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))
}

fn ok(value: &impl Serialize) -> Response<Bytes> {
    // Our types have string keys and no non-finite floats, so this does not fail.
    let value = serde_json::to_vec(value).unwrap_or_else(|_| Value::Null.to_string().into());
    let mut response = Response::new(Bytes::from(value));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Calls, builder};

    fn manage(emulator: &Emulator, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let response = emulator.manage(request.body(body.to_string()).unwrap());
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), body)
    }

    #[test]
    fn saves_and_restores_a_snapshot() {
        let emulator = builder().build();
        let (_, empty) = manage(&emulator, "GET", "/snapshot", &Value::Null);
        emulator.upload();
        let (_, full) = manage(&emulator, "GET", "/snapshot", &Value::Null);
        assert_eq!(manage(&emulator, "PUT", "/snapshot", &empty).0, 204);
        assert_eq!(manage(&emulator, "GET", "/snapshot", &Value::Null).1, empty);
        assert_eq!(manage(&emulator, "PUT", "/snapshot", &full).0, 204);
        assert_eq!(
            emulator.get("/organization/certificates").1["data"].as_array().unwrap().len(),
            1
        );
        let (status, body) = manage(&emulator, "PUT", "/snapshot", &json!({"version": 9}));
        assert_eq!(status, 400);
        assert!(body["error"]["message"].as_str().unwrap().contains("version 9"), "{body}");
    }

    #[test]
    fn adds_lists_and_removes_faults() {
        let emulator = builder().build();
        let fault = json!({"when": {"nth": 1}, "action": {"respond": {"status": 502}}});
        assert_eq!(manage(&emulator, "POST", "/faults", &fault).0, 204);
        let (_, faults) = manage(&emulator, "GET", "/faults", &Value::Null);
        assert_eq!(faults.as_array().unwrap().len(), 1);
        assert_eq!(
            manage(&emulator, "PUT", "/faults", &faults).0,
            204,
            "a listed fault can be set again"
        );
        assert_eq!(manage(&emulator, "GET", "/faults", &Value::Null).1, faults);
        assert_eq!(
            [(); 2].map(|()| emulator
                .handle(crate::testing::request("GET", "/x", None))
                .status()
                .as_u16()),
            [502, 404]
        );
        assert_eq!(manage(&emulator, "DELETE", "/faults", &Value::Null).0, 204);
        assert_eq!(emulator.faults(), []);
        assert_eq!(manage(&emulator, "POST", "/faults", &json!({"action": "explode"})).0, 400);
    }

    #[test]
    fn adds_archives_and_removes_projects() {
        let emulator = builder().build();
        let call = |method, path| manage(&emulator, method, path, &Value::Null).0;
        let list = "/organization/projects/proj_new/certificates";
        assert_eq!(emulator.get(list).0, 404);
        assert_eq!(call("PUT", "/projects/proj_new"), 204);
        assert_eq!(emulator.get(list).0, 200);
        assert_eq!(call("POST", "/projects/proj_new/archive"), 204);
        let projects = emulator.get("/organization/projects?include_archived=true").1;
        assert_eq!(projects["data"][3]["status"], "archived");
        assert_eq!(call("DELETE", "/projects/proj_new"), 204);
        assert_eq!(emulator.get(list).0, 404);
        assert_eq!(call("DELETE", "/projects/proj_new"), 404);
        for (method, path, expected) in
            [("GET", "/projects/proj_new", 405), ("POST", "/projects/a/b/c", 404)]
        {
            let (status, body) = manage(&emulator, method, path, &Value::Null);
            assert_eq!(status, expected);
            assert!(body["error"]["message"].as_str().unwrap().contains(path), "{body}");
        }
    }

    #[test]
    fn reset_restores_the_initial_state() {
        let emulator = builder().fault(Fault::any().nth(3)).build();
        let initial = emulator.snapshot();
        emulator.upload();
        emulator.set_faults(Vec::new());
        assert_eq!(manage(&emulator, "GET", "/journal", &Value::Null).1[0]["status"], 200);
        assert_eq!(manage(&emulator, "POST", "/reset", &Value::Null).0, 204);
        assert_eq!(emulator.snapshot(), initial);
        assert_eq!(emulator.journal(), []);
        assert_eq!(emulator.faults(), [Fault::any().nth(3)]);
    }

    #[test]
    fn refuses_unknown_paths_and_methods() {
        let emulator = builder().build();
        assert_eq!(
            manage(&emulator, "GET", "/health", &Value::Null),
            (200, json!({"status": "ok"}))
        );
        assert_eq!(manage(&emulator, "GET", "/", &Value::Null).0, 404);
        assert_eq!(manage(&emulator, "DELETE", "/health", &Value::Null).0, 405);
        assert_eq!(manage(&emulator, "GET", "/reset", &Value::Null).0, 405);
        emulator.get("/x");
        assert_eq!(manage(&emulator, "DELETE", "/journal", &Value::Null).0, 204);
        assert_eq!(emulator.journal(), []);
    }
}
