//! What the tests of several modules need.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use certs_types::Timestamp;
use http::{Request, Response};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use serde_json::{Value, json};

use crate::wire::endpoint::Route;
use crate::{Builder, Emulator};

pub(crate) const KEY: &str = "sk-admin-test";

/// An authority valid from 2024 to 2040.
pub(crate) static AUTHORITY: LazyLock<String> = LazyLock::new(|| sign(authority_params()));

/// The moment at which the tests happen: 2024-06-01.
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(1_717_200_000).unwrap()
}

pub(crate) fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

pub(crate) fn sign(params: CertificateParams) -> String {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

/// Two projects in use, an archived one, a clock that stands still.
pub(crate) fn builder() -> Builder {
    Emulator::builder()
        .admin_key(KEY)
        .project("proj_a".parse().unwrap())
        .project("proj_b".parse().unwrap())
        .archived_project("proj_old".parse().unwrap())
        .clock(now)
}

/// Calls with the right key: the method and the path below `/v1`, and the answer as JSON.
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

    /// Uploads the authority and gives its id.
    fn upload(&self) -> String {
        let (status, body) =
            self.post("/organization/certificates", json!({"certificate": *AUTHORITY}));
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    fn uploads(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.upload()).collect()
    }

    /// Toggles in the organization, or in a project given as `projects/proj_a/`.
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
        let answer = self.handle(request);
        let (status, body) = (answer.status().as_u16(), json(&answer));
        record(&json!({"operation": endpoint.ok(), "status": status, "answer": body}));
        (status, body)
    }
}

/// Writes an answer down, once, where `cargo xtask spec` asks for it: it holds all of them against
/// the vendor's document.
fn record(answer: &Value) {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(path) = std::env::var_os("CERTS_ANSWERS") else { return };
    let line = format!("{answer}\n");
    let mut seen = SEEN.lock().unwrap();
    if seen.insert(line.clone()) {
        let file = File::options().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
    }
}

pub(crate) fn request(method: &str, path: &str, body: Option<Value>) -> Request<Vec<u8>> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/v1{path}"))
        .header("authorization", format!("Bearer {KEY}"));
    match body {
        None => request.body(Vec::new()).unwrap(),
        Some(body) => request
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap(),
    }
}

pub(crate) fn json(answer: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// The `code` of a refusal.
pub(crate) fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

/// The `param` of a refusal.
pub(crate) fn param(body: &Value) -> &str {
    body["error"]["param"].as_str().unwrap_or_default()
}
