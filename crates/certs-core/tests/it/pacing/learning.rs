//! How the pacer learns the limit of an endpoint.

use std::time::Duration;

use certs_core::pacer::{InFlight, Reservation, SharedPacer};

use super::{LIST, outcome};

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn start(pacer: &SharedPacer, now: Duration) -> Result<InFlight, Duration> {
    pacer.try_reserve(&LIST, now).map(Reservation::start)
}

/// Sends one request after the other from `now` to `end`; the server accepts `per_minute` in the last minute.
/// Returns when each was accepted.
fn send_all(
    pacer: &SharedPacer,
    per_minute: usize,
    now: &mut Duration,
    end: Duration,
) -> Vec<Duration> {
    let mut accepted: Vec<Duration> = Vec::new();
    while *now < end {
        match start(pacer, *now) {
            Ok(in_flight) => {
                let counting = accepted.iter().filter(|at| **at + seconds(60.0) > *now).count();
                let status = if counting < per_minute { 200 } else { 429 };
                if status == 200 {
                    accepted.push(*now);
                }
                *now += seconds(0.05);
                in_flight.finish(&outcome(status, &[]), *now);
            }
            Err(wait) => *now += wait,
        }
    }
    accepted
}

#[test]
fn starts_with_one_request_in_flight_and_doubles_that_up_to_four() {
    let pacer = SharedPacer::auto();
    let mut rounds = Vec::new();
    for second in 0..5 {
        let now = Duration::from_secs(second);
        let in_flight: Vec<_> = std::iter::from_fn(|| start(&pacer, now).ok()).take(100).collect();
        rounds.push(in_flight.len());
        in_flight.into_iter().for_each(|request| request.finish(&outcome(200, &[]), now));
    }
    assert_eq!(rounds, [1, 2, 4, 4, 4]);
}

#[test]
fn the_first_refusal_stops_all_senders_and_shows_the_limit() {
    let pacer = SharedPacer::auto();
    let mut now = Duration::ZERO;
    let accepted = send_all(&pacer, 7, &mut now, seconds(2.0));
    assert_eq!(accepted.len(), 7);
    // One is tried early. It is refused, so the next one waits until the first no longer counts.
    let mut tried = Vec::new();
    while now < seconds(60.0) {
        match start(&pacer, now) {
            Ok(in_flight) => {
                tried.push(now);
                in_flight.finish(&outcome(429, &[]), now);
            }
            Err(wait) => now += wait,
        }
    }
    assert_eq!(tried.len(), 1, "{tried:?}");
    let accepted = send_all(&pacer, usize::MAX, &mut now, seconds(122.0));
    assert!((7..=8).contains(&accepted.len()), "{accepted:?}");
    assert!(accepted[0] >= seconds(61.0), "{accepted:?}");
    assert!(accepted.windows(2).all(|pair| pair[1] - pair[0] > seconds(8.0)), "{accepted:?}");
}

#[test]
fn a_server_that_refills_its_budget_gradually_is_not_waited_for() {
    let pacer = SharedPacer::auto();
    let mut now = Duration::ZERO;
    send_all(&pacer, 7, &mut now, seconds(2.0));
    let accepted = send_all(&pacer, usize::MAX, &mut now, seconds(61.0));
    assert!((6..=7).contains(&accepted.len()), "{accepted:?}");
    assert!(accepted.windows(2).all(|pair| pair[1] - pair[0] > seconds(8.0)), "{accepted:?}");
}

#[test]
fn requests_that_are_refused_together_are_one_signal() {
    let pacer = SharedPacer::auto();
    let mut now = Duration::ZERO;
    let accepted = send_all(&pacer, usize::MAX, &mut now, seconds(1.0)).len();
    let in_flight: Vec<_> = std::iter::from_fn(|| start(&pacer, now).ok()).take(100).collect();
    assert_eq!(in_flight.len(), 4);
    now += seconds(0.1);
    in_flight.into_iter().for_each(|request| request.finish(&outcome(429, &[]), now));
    let next = send_all(&pacer, usize::MAX, &mut now, seconds(61.0)).len();
    assert!((accepted - 2..=accepted).contains(&next), "{accepted}, then {next} a minute");
}

#[test]
fn a_refusal_below_the_learned_limit_halves_it_and_then_it_is_raised_again() {
    let pacer = SharedPacer::auto();
    let mut now = Duration::ZERO;
    send_all(&pacer, 20, &mut now, seconds(185.0));
    // Another program uses the key: of the last 20 requests, only a few were ours.
    now += seconds(50.0);
    start(&pacer, now).unwrap().finish(&outcome(429, &[]), now);
    let begin = now;
    let accepted = send_all(&pacer, usize::MAX, &mut now, begin + seconds(240.0));
    let in_minute = |minute: f64| {
        let from = begin + seconds(60.0 * minute);
        accepted.iter().filter(|at| (from..from + seconds(60.0)).contains(*at)).count()
    };
    let minutes = [0.0, 1.0, 2.0, 3.0].map(in_minute);
    assert!(minutes[0] <= 10 && minutes[3] >= 14, "{minutes:?}");
    assert!(minutes.is_sorted(), "{minutes:?}");
}

#[test]
fn a_limit_that_the_server_states_applies_from_the_first_response_on() {
    let pacer = SharedPacer::auto();
    let mut now = Duration::ZERO;
    let mut sent = 0;
    while let Ok(in_flight) = start(&pacer, now) {
        sent += 1;
        now += seconds(0.1);
        in_flight.finish(&outcome(200, &[("x-ratelimit-limit-requests", "5")]), now);
    }
    assert_eq!(sent, 5);
}

#[test]
fn nothing_is_sent_while_the_server_states_that_nothing_is_left() {
    let pacer = SharedPacer::auto();
    let headers = [("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", "0")];
    start(&pacer, Duration::ZERO).unwrap().finish(&outcome(200, &headers), Duration::ZERO);
    let wait = start(&pacer, Duration::ZERO).unwrap_err();
    assert!((seconds(1.0)..seconds(1.1)).contains(&wait), "{wait:?}");
}

#[test]
fn a_stated_limit_is_ignored_after_a_refusal_below_it() {
    let pacer = SharedPacer::auto();
    let stated = [("x-ratelimit-limit-requests", "1000")];
    let mut now = Duration::ZERO;
    for _ in 0..5 {
        now += seconds(0.1);
        start(&pacer, now).unwrap().finish(&outcome(200, &stated), now);
    }
    start(&pacer, now).unwrap().finish(&outcome(429, &stated), now);
    now += seconds(61.0);
    let mut sent = 0;
    while let Ok(in_flight) = start(&pacer, now) {
        sent += 1;
        in_flight.finish(&outcome(200, &stated), now);
    }
    assert_eq!(sent, 5, "what was accepted in the minute before the refusal");
}
