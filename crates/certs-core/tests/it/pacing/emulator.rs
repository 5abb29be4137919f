//! The pacer of a client against the emulator, which allows a burst and refills it in whole seconds.

use std::time::Duration;

use certs_core::operations::{List, Scope};
use certs_core::pacer::SharedPacer;
use certs_core::{AdminKey, Api, BaseUrl, Client, Retry};
use certs_emulator::Emulator;
use certs_testing::{EmulatorTransport, block_on};

use super::store::MemoryStore;

const KEY: &str = "sk-admin-example";

fn emulator(per_minute: u32) -> EmulatorTransport {
    EmulatorTransport::new(Emulator::builder().admin_key(KEY).admin_rate_limit(per_minute))
}

fn client(transport: &EmulatorTransport, pacer: SharedPacer) -> Client<EmulatorTransport> {
    let api = Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).unwrap());
    let mut retry = Retry::default();
    retry.deadline = Duration::from_secs(120);
    Client::new(api, transport.clone()).with_pacer(pacer).with_retry(retry)
}

#[test]
fn two_hundred_lists_at_seven_a_minute_take_little_more_than_the_minimum_time() {
    let transport = emulator(7);
    let client = client(&transport, SharedPacer::auto());
    let mut requests = 0;
    for _ in 0..200 {
        requests += block_on(client.call(List::new(Scope::Organization))).unwrap().attempts;
    }
    // Seven at once, and then as fast as the emulator allows.
    let minimum = 193.0 * 60.0 / 7.0;
    let took = transport.clock().elapsed().as_secs_f64();
    assert!(took <= minimum * 1.05, "{took:.0} s, where {minimum:.0} s are the minimum");
    assert!(requests <= 208, "{requests} requests");
}

#[test]
fn twelve_runs_of_one_call_each_pass_within_their_deadlines() {
    let transport = emulator(7);
    let store = MemoryStore::following(transport.clock());
    let mut requests = 0;
    for run in 0..12 {
        let pacer = SharedPacer::auto().with_store(store.clone(), run.to_string());
        let reply = block_on(client(&transport, pacer).call(List::new(Scope::Organization)));
        requests += reply.unwrap().attempts;
    }
    assert!(requests <= 15, "{requests} requests");
}
