//! The parts of a call that need no wire: the request made, the answer read and checked.

use std::hint::black_box;
use std::iter::repeat_with;

use certs_bench::answers::{Answer, Toggle, ids};
use certs_bench::by_hand;
use certs_bench::canned::toggled;
use certs_bench::ours::{api, operation};
use certs_core::{Call, Step, Retry};
use gungraun::prelude::*;
use hyper::{Method, Response};

const BASE: &str = "http://127.0.0.1:8080/v1";

/// What is counted, with everything it needs.
type Work = Box<dyn FnMut()>;

#[library_benchmark]
#[bench::ours(our_request())]
#[bench::by_hand(request_by_hand())]
fn request_500(mut work: Work) -> Work {
    for _ in 0..500 {
        work();
    }
    work
}

#[library_benchmark]
#[bench::ours(our_answer(500))]
#[bench::by_hand(answer_by_hand())]
fn answer_500(mut work: Work) -> Work {
    for _ in 0..500 {
        work();
    }
    work
}

library_benchmark_group!(name = part, benchmarks = [request_500, answer_500]);

fn our_request() -> Work {
    let (api, operation) = (api(BASE), operation());
    Box::new(move || {
        let call = Call::new(&api, &operation, Retry::default()).expect("a call");
        black_box(call.request());
    })
}

fn request_by_hand() -> Work {
    let ids = ids();
    Box::new(move || {
        let url = format!("{BASE}/organization/certificates/deactivate");
        let body = serde_json::to_vec(&Toggle { certificate_ids: &ids }).expect("JSON");
        black_box(by_hand::request(Method::POST, &url, body));
    })
}

fn our_answer(count: usize) -> Work {
    let (api, operation) = (api(BASE), operation());
    let call = || Call::new(&api, operation.clone(), Retry::default()).expect("a call");
    let pair = || (call(), Response::new(toggled(10).into_bytes()));
    let mut answered: Vec<_> = repeat_with(pair).take(count).collect();
    Box::new(move || {
        let (call, response) = answered.pop().expect("enough");
        let Step::Done(Ok(reply)) = call.handle_response(Ok(response), Default::default()) else { panic!() };
        assert!(operation.unconfirmed(&reply.value).is_empty());
        black_box(reply);
    })
}

fn answer_by_hand() -> Work {
    let body = toggled(10).into_bytes();
    Box::new(move || {
        let answer: Answer<'_> = serde_json::from_slice(black_box(&body)).expect("an answer");
        black_box(answer);
    })
}
