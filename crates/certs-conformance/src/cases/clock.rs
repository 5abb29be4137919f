//! The clock of the transport, and its sleep.

use std::time::Duration;

use certs_core::local::LocalTransport;
use certs_core::transport::Delay;

use crate::harness::Harness;
use crate::subject::Subject;

pub(super) fn sleeps_within_the_delay<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    let mut delay = Delay::exactly(Duration::from_millis(40));
    delay.min = Duration::from_millis(20);
    for _ in 0..4 {
        let before = harness.transport.now();
        subject.run(harness.transport.sleep(delay));
        let slept = harness.transport.now() - before;
        assert!(slept >= delay.min, "slept only {slept:?}");
        // A busy machine may be late, but not by a factor of a thousand.
        assert!(slept < delay.max * 1000, "slept {slept:?}");
    }
}

pub(super) fn clock_never_runs_backwards<S: Subject>(subject: &S) {
    let harness = Harness::new(subject);
    let mut latest = harness.transport.now();
    for _ in 0..1000 {
        let now = harness.transport.now();
        assert!(now >= latest, "the clock went back from {latest:?} to {now:?}");
        latest = now;
    }
    subject.run(harness.transport.sleep(Delay::exactly(Duration::from_millis(1))));
    assert!(harness.transport.now() > latest, "the clock stands still");
}
