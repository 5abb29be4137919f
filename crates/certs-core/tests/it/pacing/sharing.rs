//! The state that pacers of several processes share.

use std::time::Duration;

use certs_core::pacer::SharedPacer;
use proptest::collection::vec;
use proptest::prelude::*;

use super::store::MemoryStore;
use super::{LIST, outcome};

const NOW: u64 = 1_800_000_000;
const ZERO: Duration = Duration::ZERO;

/// Sends as many requests as the pacer allows, at most a hundred, with responses of this status.
fn send(pacer: &SharedPacer, status: u16) -> usize {
    let reserve = || pacer.try_reserve(&LIST, ZERO).ok();
    let sent = std::iter::from_fn(reserve).map(|reservation| {
        reservation.start().finish(&outcome(status, &[]), ZERO);
    });
    sent.take(100).count()
}

fn send_one(pacer: &SharedPacer, status: u16, headers: &[(&'static str, &str)]) {
    let in_flight = pacer.try_reserve(&LIST, ZERO).unwrap().start();
    in_flight.finish(&outcome(status, headers), ZERO);
}

#[test]
fn pacers_with_one_store_share_the_requests_of_a_minute() {
    let store = MemoryStore::at(NOW);
    let [one, two] = ["1", "2"].map(|name| SharedPacer::fixed(3).with_store(store.clone(), name));
    send_one(&one, 200, &[]);
    send_one(&two, 200, &[]);
    assert_eq!(send(&one, 200), 1);
    assert_eq!(send(&two, 200), 0);
    assert_eq!(
        store.json(),
        r#"{"version":1,"blocked_until":0,"endpoints":{"list":{"per_minute":null,"learned_at":0,"#
            .to_owned()
            + r#""blocked_until":0,"requests":{"1":[[1800000000,2]],"2":[[1800000000,1]]}}}}"#
    );
}

#[test]
fn a_request_in_flight_counts_for_the_others() {
    let store = MemoryStore::at(NOW);
    let [one, two] = ["1", "2"].map(|name| SharedPacer::fixed(1).with_store(store.clone(), name));
    let in_flight = one.try_reserve(&LIST, ZERO).unwrap().start();
    assert!(two.try_reserve(&LIST, ZERO).is_err());
    in_flight.finish(&outcome(200, &[]), ZERO);
}

#[test]
fn a_later_run_starts_with_the_limit_that_an_earlier_one_learned() {
    let store = MemoryStore::at(NOW);
    let earlier = SharedPacer::auto().with_store(store.clone(), "1");
    for _ in 0..5 {
        send_one(&earlier, 200, &[]);
    }
    send_one(&earlier, 429, &[]);
    drop(earlier);

    for (after, sent) in [(30, 0), (62, 5), (599, 5), (602, 100)] {
        store.set_unix(Duration::from_secs(NOW + after));
        let later = SharedPacer::auto().with_store(MemoryStore::clone(&store), after.to_string());
        let state = store.json();
        assert_eq!(send(&later, 200), sent, "{after} seconds later");
        store.set_json(&state);
    }
}

#[test]
fn entries_from_the_future_are_ignored() {
    let store = MemoryStore::at(NOW);
    let second = NOW + 2;
    store.set_json(&format!(
        r#"{{"version":1,"endpoints":{{"list":{{"per_minute":1,"learned_at":{second},"requests":{{"x":[[{second},9]]}}}}}}}}"#
    ));
    assert_eq!(send(&SharedPacer::auto().with_store(store.clone(), "1"), 200), 100);
    assert_eq!(send(&SharedPacer::fixed(3).with_store(store, "2"), 200), 0, "those count");
}

#[test]
fn a_server_delay_blocks_all_processes_for_a_minute_at_most() {
    for (delay, min, max) in [("10", 9, 11), ("3600", 59, 60)] {
        let store = MemoryStore::at(NOW);
        let [one, two] = ["1", "2"].map(|name| SharedPacer::auto().with_store(store.clone(), name));
        send_one(&one, 429, &[("retry-after", delay)]);
        let wait = two.try_reserve(&LIST, ZERO).unwrap_err().as_secs();
        assert!((min..=max).contains(&wait), "{delay}: {wait}");
    }
}

#[test]
fn a_shared_block_does_not_grow() {
    let store = MemoryStore::at(NOW);
    store.set_unix(Duration::from_millis(NOW * 1000 + 300));
    let [one, two] = ["1", "2"].map(|name| SharedPacer::fixed(99).with_store(store.clone(), name));
    let reserve = |_| [&one, &two].map(|pacer| pacer.try_reserve(&LIST, ZERO).unwrap().start());
    let in_flight: Vec<_> = (0..20).flat_map(reserve).collect();
    send_one(&one, 429, &[("retry-after", "10")]);
    in_flight.into_iter().for_each(|request| request.finish(&outcome(200, &[]), ZERO));
    assert!(two.try_reserve(&LIST, ZERO).unwrap_err() <= Duration::from_secs(11));
    store.set_unix(Duration::from_millis(NOW * 1000 + 11_300));
    assert!(two.try_reserve(&LIST, Duration::from_secs(11)).is_ok());
}

#[test]
fn a_pacer_whose_store_is_not_available_works_alone() {
    let store = MemoryStore::at(NOW);
    store.set_unavailable();
    let pacer = SharedPacer::fixed(3).with_store(store, "1");
    assert_eq!(send(&pacer, 200), 3);
}

proptest! {
    #[test]
    fn no_state_makes_a_call_wait_for_more_than_a_minute(
        learned in (prop::option::of(any::<u32>()), near_now()),
        blocked in (near_now(), near_now()),
        requests in vec((near_now(), any::<u32>()), 0..20),
        unix in near_now(),
    ) {
        let state = serde_json::json!({
            "version": 1, "blocked_until": blocked.0,
            "endpoints": { "list": {
                "per_minute": learned.0, "learned_at": learned.1, "blocked_until": blocked.1,
                "requests": { "x": requests },
            }},
        });
        let store = MemoryStore::at(unix);
        store.set_json(&state.to_string());
        for pacer in [SharedPacer::auto(), SharedPacer::fixed(1)] {
            let pacer = pacer.with_store(store.clone(), "1");
            let wait = pacer.try_reserve(&LIST, ZERO).err().unwrap_or_default();
            prop_assert!(wait <= Duration::from_secs(60), "{wait:?}");
        }
    }
}

/// Seconds close to [`NOW`], and any others.
fn near_now() -> impl Strategy<Value = u64> {
    prop_oneof![4 => NOW - 100..NOW + 100, 1 => NOW - 1000..NOW + 1000, 1 => any::<u64>()]
}
