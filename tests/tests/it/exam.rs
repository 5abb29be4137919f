//! Every transport of the workspace sits the exam.

mod candidates;
mod wrong;

use certs_conformance::exam;

use self::candidates::{Hyper, Memory, Tower, Ureq};

exam!(hyper_transport: Hyper::new(), [clock, requests, answers, failures, cancellation, tls, emulator]);
exam!(ureq_transport: Ureq, [clock, requests, answers, failures, tls, emulator]);
exam!(tower_stack: Tower(Hyper::new()), [clock, requests, answers, failures, cancellation, emulator]);
exam!(in_memory: Memory, [clock, emulator]);
