//! Any response to any operation: the status in the first line, then headers, an empty line and the body.
#![no_main]

use std::time::Duration;

use certs_core::{AdminKey, Api, BaseUrl, Retry};
use certs_core::call::{Call, Step};
use certs_core::operations::{Deactivate, Delete, List, Scope};
use certs_core::operation::Operation;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

fuzz_target!(|bytes: &[u8]| {
    let Some(response) = response(bytes) else { return };
    let api = Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).expect("a key"));
    let id = || "cert_a".parse().expect("an id");
    run(&api, Deactivate::new(Scope::Organization, [id()]), &response);
    run(&api, Delete::new(id()), &response);
    run(&api, List::new(Scope::Organization), &response);
});

/// Gives every attempt the same response: the call must end, and must not show the key.
fn run<O: Operation>(api: &Api, operation: O, response: &Response<Vec<u8>>) {
    let retry = Retry::default();
    let mut call = Call::new(api, operation, retry.clone()).expect("a call");
    for _ in 0..retry.attempts {
        match call.handle_response(Ok(response.clone()), Duration::ZERO) {
            Step::Done(Ok(_)) => return,
            Step::Done(Err(error)) => {
                let printed = format!("{error} {error:?}");
                assert!(!printed.contains(KEY), "{printed}");
                return;
            }
            Step::Retry(delay, again) => {
                assert!(delay.max <= retry.max_server_delay);
                call = again;
            }
        }
    }
    panic!("the call did not end");
}

fn response(bytes: &[u8]) -> Option<Response<Vec<u8>>> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (&bytes[..end], &bytes[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut response = Response::new(body.to_vec());
    *response.status_mut() = StatusCode::from_bytes(lines.next()?).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        response.headers_mut().append(name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?);
    }
    Some(response)
}
