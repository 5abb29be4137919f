//! Laws of pacing: below the rate, at the server's word, and nobody waits for a place that is not used.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use certs_core::{Client, Delay, Endpoint, List, Pacer, Retry, Scope};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::nowhere;
use crate::support::script::{Outcome, Script, Slow};

fn fine() -> Outcome {
    Outcome::answer(200, r#"{"object":"list","data":[]}"#)
}

fn list() -> List {
    List::new(Scope::Organization)
}

#[tokio::test]
async fn one_server_delay_holds_every_call_that_shares_the_pacer() {
    let busy = Outcome::answer(429, "").header("retry-after", "30");
    let client =
        Client::new(nowhere(), Script::new([busy, fine(), fine()])).with_pacer(Pacer::new(60, 1));
    client.call(list()).await.unwrap();
    client.call(list()).await.unwrap();
    let waits: Vec<_> =
        client.transport().pauses().iter().map(|pause| pause.max.as_secs()).collect();
    assert_eq!(waits, [30, 1], "the retry, then the next call a second later");
}

#[tokio::test(start_paused = true)]
async fn a_server_delay_holds_the_calls_that_wait_already() {
    let busy = Outcome::answer(429, "").header("retry-after", "5");
    let client = Client::new(nowhere(), Slow::new([busy, fine(), fine()]));
    let client = client.with_pacer(Pacer::new(60, 1));
    // The second waits for its place, a second away, when the first is asked to wait for five.
    let (first, second) = tokio::join!(client.call(list()), client.call(list()));
    assert_eq!((first.unwrap().attempts, second.unwrap().attempts), (2, 1));
    let mut sent_at = client.transport().sent_at.lock().unwrap().clone();
    sent_at.sort();
    let seconds: Vec<_> = sent_at.iter().map(Duration::as_secs_f64).collect();
    assert_eq!(seconds[0], 0.0);
    assert!(seconds[1..].iter().all(|at| *at >= 5.5), "{seconds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_waits_gives_its_place_back() {
    let client = Client::new(nowhere(), Slow::new([fine(), fine()])).with_pacer(Pacer::new(60, 1));
    client.call(list()).await.unwrap();
    for _ in 0..100 {
        let mut waiting = pin!(client.call(list()));
        poll_fn(|context| {
            assert!(waiting.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    client.call(list()).await.unwrap();
    let sent_at = client.transport().sent_at.lock().unwrap().clone();
    assert_eq!(sent_at, [0, 1].map(Duration::from_secs));
}

#[tokio::test]
async fn a_paced_client_waits_for_a_place_after_a_refusal_that_does_not_say_how_long() {
    for (seconds, pauses) in [
        // One of six places a minute comes free in ten seconds.
        (60, [Delay::exactly(Duration::from_secs(10)), Delay::exactly(Duration::from_secs(10))]),
        // There is no time for that: the call keeps to its own waits.
        (
            5,
            [0.5, 1.0].map(|max| {
                let max = Duration::from_secs_f64(max);
                Delay { min: max / 4 * 3, max }
            }),
        ),
    ] {
        let busy = Outcome::answer(429, "");
        let script = Script::new([busy.clone(), busy, fine()]);
        let mut retry = Retry::default();
        retry.deadline = Duration::from_secs(seconds);
        let client = Client::new(nowhere(), script).with_retry(retry);
        let client = client.with_pacer(Pacer::new(6, 3));
        assert_eq!(client.call(list()).await.unwrap().attempts, 3);
        assert_eq!(client.transport().pauses(), pauses);
    }
}

#[tokio::test]
async fn a_paced_client_waits_for_a_place_after_a_failure_too() {
    let own = Delay { min: Duration::from_millis(375), max: Duration::from_millis(500) };
    for (burst, pause) in [(1, Delay::exactly(Duration::from_secs(1))), (3, own)] {
        let script = Script::new([Outcome::answer(503, ""), fine()]);
        let client = Client::new(nowhere(), script).with_pacer(Pacer::new(60, burst));
        client.call(list()).await.unwrap();
        assert_eq!(client.transport().pauses(), [pause], "{burst} at once");
    }
}

proptest! {
    #[test]
    fn no_minute_has_more_requests_than_allowed(
        per_minute in 1u32..30,
        burst in 1u32..30,
        gaps in vec(0u64..20_000, 1..80),
    ) {
        let mut pacer = Pacer::new(per_minute, burst);
        let mut now = Duration::ZERO;
        let mut starts: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for (turn, gap) in gaps.into_iter().enumerate() {
            now += Duration::from_millis(gap);
            let lane: &'static Endpoint = if turn % 3 == 0 { &OTHER } else { &LANE };
            starts.entry(lane.operation_id).or_default().push(now + pacer.reserve(lane, now));
        }
        for starts in starts.values() {
            prop_assert!(starts.is_sorted());
            for (place, start) in starts.iter().enumerate() {
                let minute = *start + Duration::from_secs(60) - Duration::from_micros(1);
                let within = starts[place..].iter().filter(|other| **other <= minute).count();
                prop_assert!(within <= (per_minute + burst) as usize, "{} in a minute", within);
            }
        }
    }
}

static LANE: Endpoint = Endpoint::get("lane", "/lane");
static OTHER: Endpoint = Endpoint::get("other", "/other");
