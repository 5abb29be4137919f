//! Compares the emulator with a minimal model: a map and the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Emulator;
use crate::testing::{AUTHORITY, Calls, builder};

/// The scopes, as path prefixes; the last one is archived.
const SCOPES: [&str; 4] = ["", "projects/proj_a/", "projects/proj_b/", "projects/proj_old/"];

/// One call. A certificate is identified by the number of its upload, which may not exist.
#[derive(Debug, Clone)]
enum Op {
    Upload,
    Rename(usize),
    Delete(usize),
    Toggle { scope: usize, active: bool, uploads: Vec<usize> },
}

#[derive(Debug, Default)]
struct Model {
    uploads: usize,
    /// The name of each existing certificate, and the scopes it is active in.
    certificates: BTreeMap<usize, (String, BTreeSet<usize>)>,
}

impl Model {
    /// Applies a call and returns the expected status.
    fn apply(&mut self, op: &Op) -> u16 {
        match op {
            Op::Upload if self.certificates.len() >= 5 => {
                // The number is still used, so that ids and numbers stay aligned.
                self.uploads += 1;
                return 400;
            }
            Op::Upload => {
                let name = self.uploads.to_string();
                self.certificates.insert(self.uploads, (name, BTreeSet::new()));
                self.uploads += 1;
            }
            Op::Rename(n) => match self.certificates.get_mut(n) {
                None => return 404,
                Some((name, _)) => name.push('!'),
            },
            Op::Delete(n) => match self.certificates.get(n) {
                None => return 404,
                Some((_, active)) if !active.is_empty() => return 400,
                Some(_) => drop(self.certificates.remove(n)),
            },
            Op::Toggle { uploads, .. } if !(1..=10).contains(&uploads.len()) => return 400,
            Op::Toggle { uploads, .. }
                if uploads.iter().any(|n| !self.certificates.contains_key(n)) =>
            {
                return 404;
            }
            Op::Toggle { scope: 3, .. } => return 400,
            Op::Toggle { scope, active, uploads } => {
                for n in uploads {
                    if let Some((_, scopes)) = self.certificates.get_mut(n) {
                        if *active {
                            scopes.insert(*scope)
                        } else {
                            scopes.remove(scope)
                        };
                    }
                }
            }
        }
        200
    }
}

fn any_op() -> impl Strategy<Value = Op> {
    let number = 0usize..8;
    prop_oneof![
        3 => Just(Op::Upload),
        1 => number.clone().prop_map(Op::Rename),
        2 => number.clone().prop_map(Op::Delete),
        6 => (0usize..4, any::<bool>(), prop::collection::vec(number, 0..12))
            .prop_map(|(scope, active, uploads)| Op::Toggle { scope, active, uploads }),
    ]
}

/// Makes the call on the emulator; `ids` are those of the uploads so far.
fn call(emulator: &Emulator, ids: &mut Vec<String>, op: &Op) -> u16 {
    let id = |n: &usize| ids.get(*n).cloned().unwrap_or_else(|| "cert_unknown".into());
    let path = |n| format!("/organization/certificates/{}", id(n));
    match op {
        Op::Upload => {
            let body = json!({"certificate": *AUTHORITY, "name": ids.len().to_string()});
            let (status, body) = emulator.post("/organization/certificates", body);
            ids.push(body["id"].as_str().unwrap_or("cert_refused").to_owned());
            status
        }
        Op::Rename(n) => {
            let name = emulator.get(&path(n)).1["name"].as_str().unwrap_or_default().to_owned();
            emulator.post(&path(n), json!({"name": name + "!"})).0
        }
        Op::Delete(n) => emulator.delete(&path(n)).0,
        Op::Toggle { scope, active, uploads } => {
            let switch = if *active { "activate" } else { "deactivate" };
            let named: Vec<_> = uploads.iter().map(id).collect();
            emulator.toggle(SCOPES[*scope], switch, &named).0
        }
    }
}

/// Lists the name and the state of each certificate in a scope.
fn listed(emulator: &Emulator, scope: &str) -> Vec<(Value, Value)> {
    let path = format!("/organization/{scope}certificates?limit=100&order=asc");
    let page = emulator.get(&path).1;
    let data = page["data"].as_array().cloned().unwrap_or_default();
    data.into_iter().map(|shown| (shown["name"].clone(), shown["active"].clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_sequence_of_calls_matches_the_model(ops in prop::collection::vec(any_op(), 0..60)) {
        let emulator = builder().certificate_limit(5).build();
        let (mut model, mut ids) = (Model::default(), Vec::new());
        for op in &ops {
            prop_assert_eq!(call(&emulator, &mut ids, op), model.apply(op), "{:?}", op);
        }
        for (at, scope) in SCOPES.into_iter().enumerate() {
            let expected = model.certificates.values();
            let expected: Vec<_> =
                expected.map(|(name, active)| (json!(name), json!(active.contains(&at)))).collect();
            prop_assert_eq!(listed(&emulator, scope), expected);
        }
        let text = serde_json::to_string(&emulator.snapshot()).unwrap();
        let copy = builder().state(serde_json::from_str(&text).unwrap()).build();
        prop_assert_eq!(copy.snapshot(), emulator.snapshot());
    }

    #[test]
    fn concurrent_toggles_are_linearizable(
        programs in prop::collection::vec(prop::collection::vec(0u8..16, 4), 3),
    ) {
        let emulator = builder().build();
        let ids = emulator.uploads(3);
        let barrier = Barrier::new(programs.len());
        let histories: Vec<Vec<Event>> = thread::scope(|scope| {
            let run = |program: &Vec<u8>| {
                barrier.wait();
                program.iter().map(|&code| Event::run(&emulator, &ids, code)).collect()
            };
            let threads: Vec<_> =
                programs.iter().map(|program| scope.spawn(move || run(program))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let history: Vec<_> = histories.into_iter().flatten().collect();
        prop_assert!(is_linearizable(&history, 0, 0), "{history:?}");
    }
}

/// One of several concurrent calls: when it began and ended, and its effect on three certificates.
#[derive(Debug)]
struct Event {
    began: Instant,
    ended: Instant,
    effect: Effect,
}

/// An effect on a set of three certificates, each of which is a bit.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Activate(u8),
    Deactivate(u8),
    Observe(u8),
}

impl Event {
    /// Makes a call. The lowest three bits of its code are the set, and the next one activates. An empty
    /// set makes it a list.
    fn run(emulator: &Emulator, ids: &[String], code: u8) -> Self {
        let (set, active) = (code & 7, code & 8 != 0);
        let named: Vec<_> = (0..3).filter(|n| set >> n & 1 == 1).map(|n| ids[n].clone()).collect();
        let began = Instant::now();
        let effect = if named.is_empty() {
            let observed = listed(emulator, "");
            Effect::Observe((0..3).map(|n| u8::from(observed[n].1 == true) << n).sum())
        } else {
            let switch = if active { "activate" } else { "deactivate" };
            assert_eq!(emulator.toggle("", switch, &named).0, 200);
            if active { Effect::Activate(set) } else { Effect::Deactivate(set) }
        };
        Self { began, ended: Instant::now(), effect }
    }
}

/// Whether the events that are not in `done` (a bit set) can be ordered, starting from this set.
fn is_linearizable(history: &[Event], done: u32, set: u8) -> bool {
    let rest = || (0..history.len()).filter(|n| done >> n & 1 == 0);
    if rest().next().is_none() {
        return true;
    }
    rest().any(|n| {
        let next = &history[n];
        // An event that ended before this one began comes before it.
        let is_first = rest().all(|other| history[other].ended >= next.began);
        let after = match next.effect {
            Effect::Activate(named) => Some(set | named),
            Effect::Deactivate(named) => Some(set & !named),
            Effect::Observe(observed) => (observed == set).then_some(set),
        };
        is_first && after.is_some_and(|set| is_linearizable(history, done | 1 << n, set))
    })
}
