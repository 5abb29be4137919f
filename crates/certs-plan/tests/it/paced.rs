//! A survey of a server that allows seven requests a minute, by a test clock.

use std::time::Duration;

use certs_core::pacer::SharedPacer;
use certs_core::{AdminKey, Api, BaseUrl, Client, Retry};
use certs_emulator::{Builder, Emulator};
use certs_plan::survey::{ReadError, Survey, SurveyError};
use certs_plan::{Inventory, driver};
use certs_testing::{EmulatorTransport, block_on};

const KEY: &str = "sk-admin-example";

#[test]
fn two_hundred_projects_at_seven_a_minute_take_at_most_five_percent_longer_than_possible() {
    let builder = Emulator::builder().admin_key(KEY).admin_rate_limit(7);
    let projects = (0..200).map(|n| format!("proj_{n:03}").parse().unwrap());
    let transport = EmulatorTransport::new(projects.fold(builder, Builder::project));
    let api = Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).unwrap());
    let mut retry = Retry::default();
    retry.deadline = Duration::from_secs(600);
    let client =
        Client::new(api, transport.clone()).with_pacer(SharedPacer::auto()).with_retry(retry);

    let mut survey = Survey::of_everything(Inventory::new());
    let now = || transport.clock().timestamp();
    block_on(driver::run(&client, &mut survey, now, |_| {})).unwrap();
    assert!(survey.inventory().is_complete());

    let journal = transport.emulator().journal();
    let refused = journal.iter().filter(|entry| entry.status == Some(429)).count();
    assert_eq!(
        journal.len() - refused,
        203,
        "two pages of projects, the organization, two hundred lists"
    );
    assert!(refused <= 10, "{refused} of {} requests were refused", journal.len());
    // Seven lists at once, and the others as the server allows them.
    let shortest = 193.0 * 60.0 / 7.0;
    let took = transport.clock().elapsed().as_secs_f64();
    assert!(took <= shortest * 1.05, "{took:.0} s, where {shortest:.0} s is the minimum");
}

#[test]
fn an_exhausted_rate_limit_ends_a_survey_that_continues_after_other_failures() {
    let builder = Emulator::builder().admin_key(KEY).admin_rate_limit(1);
    let [a, b] = ["proj_a", "proj_b"].map(|id| id.parse().unwrap());
    let transport = EmulatorTransport::new(builder.project(a).project(b));
    let api = Api::new(BaseUrl::default(), AdminKey::new(KEY.into()).unwrap());
    let mut retry = Retry::default();
    retry.deadline = Duration::from_secs(5);
    let client = Client::new(api, transport.clone()).with_retry(retry);
    let scopes = ["proj_a", "proj_b"].map(|id| id.parse().unwrap());
    let mut survey = Survey::of_scopes(Inventory::new(), scopes);
    let on_failure =
        |error: SurveyError| if error.concerns_one_list() { Ok(()) } else { Err(error) };
    let now = || transport.clock().timestamp();
    let reading = driver::run_with_failures(&client, &mut survey, now, |_| {}, on_failure);
    let error = block_on(reading).unwrap_err();
    assert!(
        matches!(&error.source, ReadError::Call(cause) if cause.is_rate_limited()),
        "{error:?}"
    );
}
