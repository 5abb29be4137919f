//! Every transport of the workspace sits the exam.

mod wrong;

use certs_conformance::{Candidate, Terms, block_on, exam};
use certs_hyper::HyperTransport;
use certs_ureq::UreqTransport;
use tokio::runtime::Runtime;

exam!(hyper: Hyper::new(), [clock, requests, answers, failures, cancellation, tls, emulator]);
exam!(ureq: Ureq, [clock, requests, answers, failures, tls, emulator]);

/// What runs on tokio.
struct Hyper(Runtime);

impl Hyper {
    fn new() -> Self {
        Self(Runtime::new().unwrap())
    }
}

impl Candidate for Hyper {
    type Transport = HyperTransport;

    fn transport(&self, terms: &Terms) -> HyperTransport {
        let builder = HyperTransport::builder().largest_answer(terms.largest_answer);
        match &terms.authority {
            None => builder.build_plain(),
            Some(pem) => {
                let trusting = builder.without_platform_trust().trust_pem(pem.as_bytes());
                trusting.unwrap().build().unwrap()
            }
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}

/// What blocks, and so cannot be cancelled.
struct Ureq;

impl Candidate for Ureq {
    type Transport = UreqTransport;

    fn transport(&self, terms: &Terms) -> UreqTransport {
        let builder = UreqTransport::builder().largest_answer(terms.largest_answer);
        match &terms.authority {
            None => builder.build_plain(),
            Some(pem) => {
                let trusting = builder.without_platform_trust().trust_pem(pem.as_bytes());
                trusting.unwrap().build().unwrap()
            }
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}
