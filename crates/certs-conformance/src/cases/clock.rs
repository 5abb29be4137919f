//! The transport's clock and its pauses.

use std::time::Duration;

use certs_core::{Delay, Transport};

use crate::Candidate;
use crate::seat::Seat;

pub(super) fn a_pause_keeps_to_its_range<C: Candidate>(candidate: &C) {
    let seat = Seat::new(candidate);
    let mut delay = Delay::exactly(Duration::from_millis(40));
    delay.min = Duration::from_millis(20);
    for _ in 0..4 {
        let before = seat.transport.now();
        candidate.run(seat.transport.sleep(delay));
        let paused = seat.transport.now() - before;
        assert!(paused >= delay.min, "paused only {paused:?}");
        // Any machine may be late; nobody is late by a factor of thousand.
        assert!(paused < delay.max * 1000, "paused {paused:?}");
    }
}

pub(super) fn the_clock_never_runs_backwards<C: Candidate>(candidate: &C) {
    let seat = Seat::new(candidate);
    let mut latest = seat.transport.now();
    for _ in 0..1000 {
        let now = seat.transport.now();
        assert!(now >= latest, "{now:?} came after {latest:?}");
        latest = now;
    }
    candidate.run(seat.transport.sleep(Delay::exactly(Duration::from_millis(1))));
    assert!(seat.transport.now() > latest, "the clock stands still");
}
