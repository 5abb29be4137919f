//! Two clients with the same key: one for the organization, one for a project.

use certs_core::operations::ListProjects;
use certs_core::pacer::SharedPacer;
use certs_core::{AdminKey, Api, BaseUrl, Client, Error};
use certs_emulator::Emulator;
use certs_testing::{EmulatorTransport, block_on};

#[test]
fn clients_that_share_a_pacer_share_the_budget() -> Result<(), Error> {
    let limited = Emulator::builder().admin_key("sk-admin-test").admin_rate_limit(7);
    let transport = EmulatorTransport::new(limited);
    let key = AdminKey::new("sk-admin-test".into()).expect("a key");
    let api = Api::new(BaseUrl::default(), key);
    let pacer = SharedPacer::fixed(7);
    let one = Client::new(api.clone(), transport.clone()).with_pacer(pacer.clone());
    let two = Client::new(api, transport.clone()).with_pacer(pacer);
    for _ in 0..10 {
        assert_eq!(block_on(one.call(ListProjects::new()))?.attempts, 1);
        assert_eq!(block_on(two.call(ListProjects::new()))?.attempts, 1);
    }
    let refused =
        transport.emulator().journal().iter().filter(|entry| entry.status == Some(429)).count();
    assert_eq!(refused, 0);
    Ok(())
}
