//! Many concurrent callers: toggles are atomic, and every history is linearizable.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use certs_core::Client;
use certs_core::operations::{Activate, Deactivate, List, PageSize, Scope, Upload};
use certs_core::types::{CertificateId, CertificateIds, ToggleResponse};
use certs_emulator::Emulator;
use certs_hyper::HyperTransport;
use http::Request;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{KEY, api};
use certs_emulator::pki::Authority;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_toggles_are_atomic() {
    let server = emulator().bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(api(&server.base_url()), HyperTransport::loopback());
    let mut ids = Vec::new();
    for n in 0..12 {
        let pem = Authority::new(&format!("Root {n}")).unwrap().certificate().parse().unwrap();
        ids.push(client.call(Upload::new(pem)).await.unwrap().value.id);
    }
    // The first two are in every toggle, so a list that shows them differently shows half of a toggle.
    let ids = Arc::new(ids);
    let callers = (0..64usize).map(|caller| {
        let (client, ids) = (client.clone(), ids.clone());
        tokio::spawn(async move {
            for round in 0..6 {
                let others = (0..caller % 9).map(|n| &ids[2 + (caller + round + n) % 10]);
                let chosen = ids[..2].iter().chain(others).cloned();
                let chosen = CertificateIds::new(chosen).unwrap();
                let toggled = if (caller + round) % 2 == 0 {
                    let operation = Activate::new(Scope::Organization, chosen);
                    let toggled = client.call(&operation).await.unwrap().value;
                    assert!(operation.unconfirmed(&toggled).is_empty());
                    toggled
                } else {
                    let operation = Deactivate::new(Scope::Organization, chosen);
                    let toggled = client.call(&operation).await.unwrap().value;
                    assert!(operation.unconfirmed(&toggled).is_empty());
                    toggled
                };
                assert_whole(&ids, |id| toggled.is_active(id));
                let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
                let list = ToggleResponse::new("list".into(), client.all(list).await.unwrap());
                assert_whole(&ids, |id| list.is_active(id));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    server.stop().await;
}

fn assert_whole(ids: &[CertificateId], state: impl Fn(&CertificateId) -> Option<bool>) {
    assert!(state(&ids[0]).is_some());
    assert_eq!(state(&ids[0]), state(&ids[1]), "half a toggle was seen");
}

fn emulator() -> Emulator {
    Emulator::builder().admin_key(KEY).build()
}

/// A step of a caller. Certificates have numbers, and `UNKNOWN` does not exist.
#[derive(Debug, Clone)]
enum Step {
    Toggle { on: bool, which: Vec<usize> },
    List,
}

const CERTIFICATES: usize = 4;
const UNKNOWN: usize = CERTIFICATES;

/// The observed result of a step, and when it started and ended.
#[derive(Debug)]
struct Event {
    step: Step,
    started: u64,
    ended: u64,
    /// The states in the response; `None` for an error.
    reported: Option<BTreeMap<usize, bool>>,
}

/// The model: a set of active certificates. Returns whether the event is possible, and the set after it.
fn model(active: &BTreeSet<usize>, event: &Event) -> Option<BTreeSet<usize>> {
    match &event.step {
        Step::List => {
            let expected = (0..CERTIFICATES).map(|n| (n, active.contains(&n))).collect();
            (event.reported == Some(expected)).then(|| active.clone())
        }
        Step::Toggle { which, .. } if which.contains(&UNKNOWN) => {
            event.reported.is_none().then(|| active.clone())
        }
        Step::Toggle { on, which } => {
            let expected = which.iter().map(|n| (*n, *on)).collect();
            let mut after = active.clone();
            for n in which {
                if *on {
                    after.insert(*n)
                } else {
                    after.remove(n)
                };
            }
            (event.reported == Some(expected)).then_some(after)
        }
    }
}

/// Whether the model allows an order of the events in which each comes after those that ended before it
/// started.
fn is_linearizable(events: &[Event]) -> bool {
    fn search(
        events: &[Event],
        done: u64,
        active: &BTreeSet<usize>,
        dead_ends: &mut HashSet<(u64, BTreeSet<usize>)>,
    ) -> bool {
        if done.count_ones() as usize == events.len() {
            return true;
        }
        if !dead_ends.insert((done, active.clone())) {
            return false;
        }
        let open = || events.iter().enumerate().filter(|(n, _)| done & (1 << n) == 0);
        let first_end = open().map(|(_, event)| event.ended).min().unwrap();
        open().filter(|(_, event)| event.started <= first_end).any(|(n, event)| {
            model(active, event)
                .is_some_and(|after| search(events, done | 1 << n, &after, dead_ends))
        })
    }
    search(events, 0, &BTreeSet::new(), &mut HashSet::new())
}

fn call(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/v1/organization/certificates{path}"))
        .header("authorization", format!("Bearer {KEY}"))
        .header("content-type", "application/json")
        .body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
        .unwrap();
    let response = emulator.handle(request);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

/// Carries out one step and returns the event.
fn carry_out(emulator: &Emulator, ids: &[String], step: Step, clock: &AtomicU64) -> Event {
    let started = clock.fetch_add(1, Ordering::SeqCst);
    let (status, body) = match &step {
        Step::List => call(emulator, "GET", "?limit=100", None),
        Step::Toggle { on, which } => {
            let path = if *on { "/activate" } else { "/deactivate" };
            let which: Vec<_> = which.iter().map(|n| &ids[*n]).collect();
            call(emulator, "POST", path, Some(json!({ "certificate_ids": which })))
        }
    };
    let ended = clock.fetch_add(1, Ordering::SeqCst);
    let reported = (status == 200).then(|| {
        let number = |item: &Value| ids.iter().position(|id| item["id"] == **id).unwrap();
        let items = body["data"].as_array().unwrap().iter();
        items.map(|item| (number(item), item["active"].as_bool().unwrap())).collect()
    });
    Event { step, started, ended, reported }
}

fn step() -> impl Strategy<Value = Step> {
    let which = prop::collection::btree_set(0..=UNKNOWN, 1..=3);
    prop_oneof![
        1 => Just(Step::List),
        3 => (any::<bool>(), which)
            .prop_map(|(on, which)| Step::Toggle { on, which: which.into_iter().collect() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn concurrent_toggles_have_the_effect_of_one_order(plans in vec(vec(step(), 1..8), 2..5)) {
        let emulator = emulator();
        let mut ids: Vec<String> = (0..CERTIFICATES)
            .map(|_| {
                let (status, body) =
                    call(&emulator, "POST", "", Some(json!({ "certificate": *PEM })));
                assert_eq!(status, 200, "{body}");
                body["id"].as_str().unwrap().into()
            })
            .collect();
        ids.push("cert_unknown".into());
        let clock = AtomicU64::new(0);
        let events: Vec<Event> = thread::scope(|scope| {
            let threads: Vec<_> = plans
                .into_iter()
                .map(|plan| {
                    let run = || {
                        plan.into_iter()
                            .map(|step| carry_out(&emulator, &ids, step, &clock))
                            .collect::<Vec<_>>()
                    };
                    scope.spawn(run)
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert!(is_linearizable(&events), "no order explains {:#?}", events);
    }
}

static PEM: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| Authority::new("Root").unwrap().certificate());

#[test]
fn detects_a_history_that_is_not_linearizable() {
    let toggle = |on, which: &[usize], started, ended| Event {
        step: Step::Toggle { on, which: which.into() },
        started,
        ended,
        reported: Some(which.iter().map(|n| (*n, on)).collect()),
    };
    let list = |active: &[usize], started, ended| Event {
        step: Step::List,
        started,
        ended,
        reported: Some((0..CERTIFICATES).map(|n| (n, active.contains(&n))).collect()),
    };
    assert!(is_linearizable(&[toggle(true, &[0, 1], 0, 3), list(&[], 1, 2), list(&[0, 1], 4, 5)]));
    let half = [toggle(true, &[0, 1], 0, 3), list(&[0], 1, 2)];
    assert!(!is_linearizable(&half), "half a toggle");
    let stale = [toggle(true, &[0], 0, 1), list(&[], 2, 3)];
    assert!(!is_linearizable(&stale), "an old state after the response");
}
