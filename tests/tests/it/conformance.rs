//! Every transport of the workspace passes the conformance suite.

mod defects;
mod subjects;

use certs_conformance::conformance_suite;

use self::subjects::{Hyper, Memory, Tower, Ureq};

conformance_suite!(hyper: Hyper::new(), [clock, requests, responses, failures, cancellation, tls, emulator]);
conformance_suite!(ureq: Ureq, [clock, requests, responses, failures, tls, emulator]);
// The pool of hyper-util does not know which request needs a fresh connection.
conformance_suite!(
    tower: Tower(Hyper::new()),
    [clock, requests, responses, failures, cancellation, emulator],
    except [non_idempotent_requests_use_a_fresh_connection]
);
conformance_suite!(in_memory: Memory, [clock, emulator]);
