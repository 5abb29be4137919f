//! Every transport of the workspace passes the conformance suite.

mod defects;
mod minreq_transport;
mod subjects;

use certs_conformance::conformance_suite;

use self::minreq_transport::Minreq;
use self::subjects::{Hyper, Memory, Tower, Ureq};

conformance_suite!(hyper: Hyper::new(), [clock, requests, responses, failures, cancellation, tls, emulator]);
conformance_suite!(ureq: Ureq, [clock, requests, responses, failures, tls, emulator]);
// The pool of hyper-util cannot open a fresh connection for one request.
conformance_suite!(
    tower: Tower(Hyper::new()),
    [clock, requests, responses, failures, cancellation, emulator],
    except [non_idempotent_requests_use_a_fresh_connection]
);
conformance_suite!(in_memory: Memory, [clock, emulator]);
// minreq returns interim responses, accepts truncated chunked bodies, and treats a line without a
// colon as the end of the headers, so that the errors of the last case do not occur.
conformance_suite!(
    minreq: Minreq,
    [clock, requests, responses, failures, emulator],
    except [
        skips_interim_responses, truncated_body_is_interrupted, malformed_response_is_interrupted,
        errors_never_show_the_key,
    ]
);
