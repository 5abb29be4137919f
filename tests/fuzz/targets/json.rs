//! Any body of a success: what is read from it is what serde_json reads from it.
#![no_main]

use std::fmt::Debug;
use std::time::Duration;

use certs_core::{
    AdminKey, Api, BaseUrl, Call, Deactivate, Draft, Effect, Endpoint, Get, List, Next, Operation,
    Retry, Scope,
};
use http::Response;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let id = || "cert_a".parse().expect("an id");
    agrees(List::new(Scope::Organization), body);
    agrees(Get::new(id()), body);
    agrees(Deactivate::new(Scope::Organization, [id()]), body);
    agrees(Anything, body);
});

fn agrees<O: Operation<Output: PartialEq + Debug>>(operation: O, body: &[u8]) {
    let api = Api::new(BaseUrl::default(), AdminKey::new("sk-a".into()).expect("a key"));
    let call = Call::new(&api, operation, Retry::default()).expect("a call");
    let Next::Done(read) = call.answer(Ok(Response::new(body)), Duration::ZERO) else {
        panic!("a success is final");
    };
    // serde_json looks at no string that it ignores; a body that is not UTF-8 is refused as a whole.
    let text =
        std::str::from_utf8(body).ok().map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
    let expected = text.and_then(|text| serde_json::from_str::<O::Output>(text).ok());
    assert_eq!(read.ok().map(|reply| reply.value), expected);
}

/// An operation that answers any JSON.
#[derive(Debug)]
struct Anything;

static ANYTHING: Endpoint = Endpoint::get("anything", "/anything");

impl Operation for Anything {
    type Output = Value;
    const EFFECT: Effect = Effect::None;

    fn draft(&self) -> Draft {
        Draft::new(&ANYTHING)
    }
}
