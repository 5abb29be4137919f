//! Any requests to the emulator, separated by `---`: each gets a response in the format of the API.
#![no_main]

use certs_emulator::Emulator;
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let emulator = Emulator::builder()
        .admin_key("sk-admin-fuzz")
        .project("proj_a".parse().expect("an id"))
        .build();
    for request in text.split("\n---\n").take(8) {
        let (line, body) = request.split_once('\n').unwrap_or((request, ""));
        let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", "Bearer sk-admin-fuzz")
            .header("content-type", "application/json")
            .body(body.as_bytes().to_vec());
        let Ok(request) = request else { continue };
        let response = emulator.handle(request);
        assert!(response.headers().contains_key("x-request-id"));
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
        assert_eq!(response.status().is_success(), body.get("error").is_none(), "{body}");
    }
});
