//! Acknowledged changes survive a kill at any moment.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Connection, Folder, Process, authority};

/// How often the emulator is killed.
const KILLS: u64 = 100;

/// The number of concurrent callers. Each changes two certificates of its own.
const CALLERS: usize = 3;

/// Two certificates: the first is renamed, both are toggled in one call.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    ids: [String; 2],
    name: String,
    active: bool,
}

/// A caller with the last acknowledged state, and the state that it requested after that.
#[derive(Debug)]
struct Caller {
    turn: u64,
    acknowledged: Pair,
    requested: Pair,
}

#[test]
fn keeps_every_acknowledged_change_through_a_hundred_kills() {
    let folder = Folder::new("kills");
    let state = folder.file("state.json");
    let start = || Process::start(&["--state", &state, "--quiet"]);
    let emulator = start();
    let mut callers: Vec<Caller> = (0..CALLERS).map(|_| Caller::new(&emulator)).collect();
    emulator.kill();
    let (mut responses, mut lost) = (0, 0);
    for kill in 0..KILLS {
        let emulator = start();
        for caller in &mut callers {
            caller.check(&emulator);
        }
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            for caller in &mut callers {
                let (connection, sender) = (emulator.connect(), sender.clone());
                scope.spawn(move || caller.change_until_killed(connection, &sender));
            }
            drop(sender);
            // Kills after some responses and a short time: before, during and after a change is stored.
            responses += receiver.iter().take(usize::try_from(random(kill) % 7).unwrap()).count();
            let killed = Instant::now() + Duration::from_micros(random(kill + KILLS) % 3000);
            while Instant::now() < killed {
                std::hint::spin_loop();
            }
            emulator.kill();
            responses += receiver.iter().count();
        });
        lost += callers.iter().filter(|caller| caller.acknowledged != caller.requested).count();
    }
    assert!(responses > 0 && lost > 0, "{responses} responses, {lost} lost");
    let emulator = start();
    callers.iter_mut().for_each(|caller| caller.check(&emulator));
}

impl Caller {
    fn new(emulator: &Process) -> Self {
        let ids = [(); 2].map(|()| {
            let upload = json!({"certificate": authority()});
            let (status, body) = emulator.call("POST", "/certificates", &upload);
            assert_eq!(status, 200, "{body}");
            body["id"].as_str().unwrap().to_owned()
        });
        let pair = Pair { ids, name: "0".into(), active: false };
        let rename = json!({"name": pair.name});
        let path = format!("/certificates/{}", pair.ids[0]);
        assert_eq!(emulator.call("POST", &path, &rename).0, 200);
        Self { turn: 0, acknowledged: pair.clone(), requested: pair }
    }

    /// Renames and toggles in turn until there is no response.
    fn change_until_killed(&mut self, mut connection: Connection, sender: &Sender<()>) {
        loop {
            self.turn += 1;
            let Pair { ids, name, active } = &mut self.requested;
            let (path, body) = if self.turn.is_multiple_of(2) {
                *name = self.turn.to_string();
                (ids[0].as_str(), json!({ "name": name }))
            } else {
                *active = !*active;
                let switch = if *active { "activate" } else { "deactivate" };
                (switch, json!({ "certificate_ids": ids }))
            };
            let path = format!("/v1/organization/certificates/{path}");
            let Some((status, body)) = connection.call("POST", &path, &body) else { return };
            assert_eq!(status, 200, "{body}");
            self.acknowledged = self.requested.clone();
            let _ = sender.send(());
        }
    }

    /// Checks that the state is the acknowledged one, or the requested one.
    fn check(&mut self, emulator: &Process) {
        let list = emulator.call("GET", "/certificates?limit=100", &Value::Null).1;
        let find = |id: &String| {
            let listed = list["data"].as_array().unwrap().iter();
            listed.clone().find(|shown| shown["id"] == **id).unwrap().clone()
        };
        let [first, second] = self.acknowledged.ids.each_ref().map(find);
        assert_eq!(first["active"], second["active"], "half a toggle was stored");
        let found = Pair {
            ids: self.acknowledged.ids.clone(),
            name: first["name"].as_str().unwrap().to_owned(),
            active: first["active"].as_bool().unwrap(),
        };
        assert!(
            found == self.acknowledged || found == self.requested,
            "{found:?} instead of {self:?}"
        );
        (self.acknowledged, self.requested) = (found.clone(), found);
    }
}

/// Returns the nth pseudorandom number.
fn random(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z ^ (z >> 27)) >> 7
}
