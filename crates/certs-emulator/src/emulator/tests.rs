use std::collections::HashSet;

use super::*;
use crate::testing::{Calls, builder, json, request};

#[test]
fn every_response_has_the_headers_of_the_api() {
    let emulator = builder().build();
    for path in ["/organization/certificates", "/organization/certificates/x", "/nowhere"] {
        let response = emulator.handle(request("GET", path, None));
        let header = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("date"), "Sat, 01 Jun 2024 00:00:00 GMT");
        assert_eq!(header("openai-version"), "2020-10-01");
        assert!(header("x-request-id").starts_with("req_"));
        assert!(header("openai-processing-ms").parse::<u32>().is_ok());
    }
}

#[test]
fn request_ids_are_unique_and_reproducible() {
    let ids = |seed| -> Vec<_> {
        let emulator = builder().seed(seed).build();
        let responses = (0..50).map(|_| emulator.handle(request("GET", "/x", None)));
        responses.map(|response| response.headers()["x-request-id"].clone()).collect()
    };
    assert_eq!(ids(1).iter().collect::<HashSet<_>>().len(), 50);
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
}

#[test]
fn certificate_ids_are_reproducible() {
    let ids = |seed| builder().seed(seed).build().uploads(3);
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
}

#[test]
fn every_error_has_all_four_fields() {
    let emulator = builder().build();
    for (method, path) in [("GET", "/x"), ("PUT", "/organization/projects")] {
        let error = &emulator.call(method, path, None).1["error"];
        let fields: HashSet<_> = error.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, HashSet::from(["type", "message", "param", "code"]));
    }
}

#[test]
fn only_existing_endpoints_require_a_key() {
    let emulator = builder().build();
    let response = |path| {
        let request = Request::get(path).body(Vec::new()).unwrap();
        emulator.handle(request).status().as_u16()
    };
    assert_eq!(response("/v1/organization/certificates"), 401);
    assert_eq!(response("/v1/organization/nothing"), 404);
}

#[test]
fn wrong_method_lists_the_allowed_ones() {
    let response = builder().build().handle(request("PATCH", "/organization/certificates/x", None));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, POST, DELETE");
    assert_eq!(json(&response)["error"]["code"], "method_not_supported");
}

#[test]
fn refuses_an_oversized_body() {
    let emulator = builder().body_limit(100).build();
    let body = serde_json::json!({"certificate": "x".repeat(100)});
    assert_eq!(emulator.post("/organization/certificates", body).0, 413);
}

#[test]
fn survives_a_poisoned_lock() {
    let emulator = builder().build();
    let id = emulator.upload();
    let clone = emulator.clone();
    let panicked = std::thread::spawn(move || {
        clone.inner.state.change(|_| std::panic::resume_unwind(Box::new("on purpose")))
    });
    assert!(panicked.join().is_err());
    let path = format!("/organization/certificates/{id}");
    assert_eq!(emulator.get(&path).0, 200);
    assert_eq!(emulator.delete(&path).0, 200);
}

#[test]
fn debug_shows_no_key_and_no_certificate() {
    let emulator = builder().build();
    emulator.upload();
    let text = format!("{emulator:?} {:?} {:?}", builder(), emulator.snapshot());
    assert!(!text.contains(crate::testing::KEY) && !text.contains("BEGIN"), "{text}");
}
