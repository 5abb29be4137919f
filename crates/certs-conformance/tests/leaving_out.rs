//! Leaving cases out by name.

use std::panic::catch_unwind;
use std::time::Duration;

use certs_conformance::{Requirements, Subject, block_on, conformance_suite, run_case};
use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError};
use certs_testing::EmulatorTransport;
use http::{Request, Response};

conformance_suite!(one: StoppedClock, [clock, emulator], except [
    waits_as_long_as_the_server_requests, sleeps_within_the_delay, clock_never_runs_backwards,
]);

#[test]
fn the_cases_that_are_left_out_fail() {
    for (group, case) in [
        ("emulator", "waits_as_long_as_the_server_requests"),
        ("clock", "sleeps_within_the_delay"),
        ("clock", "clock_never_runs_backwards"),
    ] {
        assert!(catch_unwind(|| run_case(group, case, StoppedClock)).is_err(), "{case}");
    }
}

/// A transport whose clock stands still.
struct StoppedClock;

impl Subject for StoppedClock {
    type Transport = Stopped;

    fn transport(&self, requirements: &Requirements) -> Stopped {
        Stopped(requirements.emulator.clone())
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}

struct Stopped(EmulatorTransport);

impl Transport for Stopped {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, attempt).await
    }

    async fn sleep(&self, _: Delay) {}

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}
