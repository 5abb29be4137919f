//! Helpers for the tests of several modules.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use certs_types::Timestamp;
use http::{Request, Response};
use rcgen::{CertificateParams, date_time_ymd};
use serde_json::{Value, json};

use crate::wire::endpoint::Route;
use crate::{Builder, Emulator, pki};

pub(crate) const KEY: &str = "sk-admin-test";

/// A CA certificate, valid from 2024 to 2040.
pub(crate) static AUTHORITY: LazyLock<String> = LazyLock::new(|| sign(authority_params()));

/// The time in the tests: 2024-06-01.
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(1_717_200_000).unwrap()
}

pub(crate) fn authority_params() -> CertificateParams {
    let mut params = pki::authority_params("Root");
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

pub(crate) fn sign(params: CertificateParams) -> String {
    pki::Authority::from_params(params).unwrap().certificate()
}

/// An emulator with two projects, an archived one, and a clock that stands still.
pub(crate) fn builder() -> Builder {
    Emulator::builder()
        .admin_key(KEY)
        .project("proj_a".parse().unwrap())
        .project("proj_b".parse().unwrap())
        .archived_project("proj_old".parse().unwrap())
        .clock(now)
}

/// Calls with the admin key. Paths are relative to `/v1`, and responses are JSON.
pub(crate) trait Calls {
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value);

    fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, None)
    }

    fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call("POST", path, Some(body))
    }

    fn delete(&self, path: &str) -> (u16, Value) {
        self.call("DELETE", path, None)
    }

    /// Uploads [`AUTHORITY`] and returns its id.
    fn upload(&self) -> String {
        let (status, body) =
            self.post("/organization/certificates", json!({"certificate": *AUTHORITY}));
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    fn uploads(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.upload()).collect()
    }

    /// Toggles in the organization (`""`) or in a project (`"projects/proj_a/"`).
    fn toggle(&self, scope: &str, switch: &str, ids: &[String]) -> (u16, Value) {
        let path = format!("/organization/{scope}certificates/{switch}");
        self.post(&path, json!({"certificate_ids": ids}))
    }
}

impl Calls for Emulator {
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = request(method, path, body);
        let endpoint =
            Route::find(request.method(), request.uri().path()).map(|route| route.endpoint);
        let response = self.handle(request);
        let (status, body) = (response.status().as_u16(), json(&response));
        record(&json!({"operation": endpoint.ok(), "status": status, "response": body}));
        (status, body)
    }
}

/// Appends a response to the file in `CERTS_RESPONSES`, which `cargo xtask spec` validates against
/// the vendor's OpenAPI document.
fn record(response: &Value) {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(path) = std::env::var_os("CERTS_RESPONSES") else { return };
    let line = format!("{response}\n");
    let mut seen = SEEN.lock().unwrap();
    if seen.insert(line.clone()) {
        let file = File::options().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
    }
}

pub(crate) fn request(method: &str, path: &str, body: Option<Value>) -> Request<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/v1{path}"))
        .header("authorization", format!("Bearer {KEY}"));
    match body {
        None => request.body(Bytes::new()).unwrap(),
        Some(body) => request
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap(),
    }
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The `code` of a refusal.
pub(crate) fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

/// The `param` of a refusal.
pub(crate) fn param(body: &Value) -> &str {
    body["error"]["param"].as_str().unwrap_or_default()
}
