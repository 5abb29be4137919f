//! A survey of an organization through a client: how many requests it makes, and how it handles refusals.

use certs_core::operations::Scope;
use certs_plan::survey::{Survey, SurveyError};
use certs_plan::{Inventory, driver};
use certs_types::Project;

use crate::support::{Server, block_on, client, now};

fn read(server: &Server, survey: &mut Survey) -> Result<(), String> {
    let client = client(server);
    let outcome = block_on(driver::run(&client, survey, now, |_| {}));
    outcome.map_err(|error| error.to_string())
}

fn survey_of(server: &Server) -> Inventory {
    let mut survey = Survey::of_everything(Inventory::new());
    read(server, &mut survey).unwrap();
    assert!(survey.is_done());
    let (requests, progress) = (server.requests().len(), survey.progress());
    assert_eq!((progress.done, progress.total), (requests, requests));
    survey.into_inventory()
}

#[test]
fn makes_one_request_for_each_list_and_each_hundred_projects() {
    for (projects, pages) in [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)] {
        let server = Server::new(["cert_a"], (0..projects).map(|n| format!("proj_{n:03}")));
        let inventory = survey_of(&server);
        assert!(inventory.is_complete());
        assert_eq!(inventory.projects().count(), projects);
        assert_eq!(server.requests().len(), 1 + pages + projects);
    }
}

#[test]
fn has_four_requests_in_flight_and_no_more() {
    let server = Server::new(["cert_a"], (0..20).map(|n| format!("proj_{n}")));
    survey_of(&server);
    assert_eq!(server.most_in_flight(), driver::MAX_IN_FLIGHT);
}

#[test]
fn reports_progress_after_every_page() {
    let server = Server::new(["cert_a"], (0..150).map(|n| format!("proj_{n:03}")));
    let mut survey = Survey::of_everything(Inventory::new());
    let mut seen = Vec::new();
    let client = client(&server);
    let on_progress = |survey: &Survey| seen.push(survey.progress());
    block_on(driver::run(&client, &mut survey, now, on_progress)).unwrap();
    assert_eq!(seen.len(), 153);
    assert!(seen.iter().zip(1..).all(|(progress, count)| progress.done == count));
    let last = seen.last().unwrap();
    assert_eq!((last.done, last.total, last.is_total_final), (153, 153, true));
    assert!(seen.iter().filter(|progress| progress.is_total_final).all(|all| all.total == 153));
}

#[test]
fn a_survey_of_projects_is_done_when_the_organization_is_read_as_well() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    for scope in [Scope::Organization, "proj_a".parse().unwrap()] {
        let mut before = Survey::of_scopes(Inventory::new(), [scope]);
        read(&server, &mut before).unwrap();
        let wanted = ["proj_a".parse().unwrap()];
        let mut survey = Survey::of_projects(before.into_inventory(), wanted);
        assert!(!survey.is_done());
        read(&server, &mut survey).unwrap();
        assert!(survey.is_done());
    }
}

#[test]
fn a_single_scope_is_read_whatever_an_earlier_list_of_projects_contains() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    let before = survey_of(&Server::new(["cert_a"], []));
    assert!(before.lists_all_projects());
    let mut survey = Survey::of_scopes(before, ["proj_a".parse().unwrap()]);
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done());
}

#[test]
fn only_a_missing_project_makes_the_survey_read_the_list_of_projects_again() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    server.refuse("proj_a", 400);
    let mut survey = Survey::of_everything(Inventory::new());
    assert!(read(&server, &mut survey).is_err());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn continues_from_lists_that_were_read_before() {
    let server = Server::new(["cert_a"], (0..250).map(|n| format!("proj_{n:03}")));
    for broken in [0, 1, 2, 3, 4, 50, 253] {
        server.forget_requests();
        server.fail_from(broken);
        let mut survey = Survey::of_everything(Inventory::new());
        assert!(read(&server, &mut survey).is_err());
        assert!(!survey.is_done());
        let saved = serde_json::to_string(survey.inventory()).unwrap();
        let done = survey.progress().done;

        server.forget_requests();
        let mut resumed = Survey::of_everything(serde_json::from_str(&saved).unwrap());
        read(&server, &mut resumed).unwrap();
        assert!(resumed.is_done() && resumed.inventory().is_complete());
        assert_eq!(server.requests().len(), 254 - done, "after {broken} requests");
    }
}

#[test]
fn reads_a_list_of_several_pages_to_its_end() {
    let certificates = (0..150).map(|n| format!("cert_{n:03}"));
    let server = Server::new(certificates, ["proj_a".to_owned()]);
    server.activate("proj_a", "cert_000");
    server.activate("proj_a", "cert_149");
    let inventory = survey_of(&server);
    assert_eq!(inventory.certificates().count(), 150);
    assert_eq!(inventory.active_in(&"proj_a".parse().unwrap()).unwrap().len(), 2);
}

#[test]
fn an_archived_project_that_refuses_is_not_observed() {
    for status in [400, 403, 404] {
        let server = Server::new(["cert_a"], ["proj_a".to_owned(), "proj_old".to_owned()]);
        server.archive("proj_old");
        server.refuse("proj_old", status);
        let inventory = survey_of(&server);
        assert!(inventory.is_complete());
        let archived = inventory.project(&"proj_old".parse().unwrap()).unwrap();
        assert!(archived.is_archived() && !archived.is_unread());
        assert_eq!(archived.active(), None);
    }
}

#[test]
fn a_refused_key_is_not_recorded_as_a_refusal_of_the_project() {
    for status in [401, 408, 429] {
        let server = Server::new(["cert_a"], ["proj_old".to_owned()]);
        server.archive("proj_old");
        server.refuse("proj_old", status);
        let mut survey = Survey::of_everything(Inventory::new());
        let error = read(&server, &mut survey).unwrap_err();
        assert_eq!(error, "could not read the certificates of project proj_old");
        assert!(!survey.is_done());
    }
}

#[test]
fn a_project_that_is_archived_meanwhile_is_not_observed() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    server.archive_when_read("proj_a");
    server.refuse("proj_a", 404);
    let inventory = survey_of(&server);
    assert!(inventory.is_complete());
    assert!(inventory.project(&"proj_a".parse().unwrap()).unwrap().is_archived());
}

#[test]
fn a_selected_project_that_is_gone_is_reported_after_the_list_is_read() {
    let server = Server::new(["cert_a"], (0..150).map(|n| format!("proj_{n:03}")));
    server.remove_when_read("proj_003");
    let mut survey = Survey::of_projects(Inventory::new(), ["proj_003".parse().unwrap()]);
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done());
    assert_eq!(survey.unknown_projects(), [&"proj_003".parse().unwrap()]);
    assert_eq!(server.requests().len(), 1 + 1 + 1 + 2, "the whole list is read once more");
}

#[test]
fn a_project_of_an_earlier_reading_that_is_not_listed_any_more_is_not_read() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    let mut before = Inventory::new();
    let gone = Project::new("proj_gone".parse().unwrap(), now());
    before.observe_projects([gone]);
    let mut survey = Survey::of_everything(before);
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done());
    assert_eq!(survey.inventory().projects().count(), 1);
    assert!(server.requests().len() <= 4, "{:?}", server.requests());
}

#[test]
fn a_project_that_is_gone_is_left_out_after_the_list_is_read() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned(), "proj_gone".to_owned()]);
    server.remove_when_read("proj_gone");
    let inventory = survey_of(&server);
    assert!(inventory.is_complete());
    assert_eq!(inventory.projects().count(), 1);
    assert_eq!(server.requests().len(), 1 + 1 + 2 + 1, "the list of projects is read once more");
}

#[test]
fn a_project_that_is_still_listed_but_not_found_ends_the_survey() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned(), "proj_b".to_owned()]);
    server.refuse("proj_b", 404);
    let mut survey = Survey::of_everything(Inventory::new());
    let error = read(&server, &mut survey).unwrap_err();
    assert_eq!(error, "could not read the certificates of project proj_b");
    assert!(!survey.is_done() && !survey.inventory().is_complete());
    assert_eq!(survey.inventory().is_enforced(&"proj_a".parse().unwrap()), Some(false));
}

#[test]
fn reads_pages_of_projects_until_all_selected_ones_are_found() {
    let server = Server::new(["cert_a"], (0..250).map(|n| format!("proj_{n:03}")));
    let wanted = ["proj_003", "proj_120"].map(|id| id.parse().unwrap());
    let mut survey = Survey::of_projects(Inventory::new(), wanted);
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done() && !survey.inventory().is_complete());
    assert_eq!(server.requests().len(), 1 + 2 + 2);
    assert!(survey.unknown_projects().is_empty());
}

#[test]
fn a_selected_project_that_does_not_exist_is_named() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    let mut survey = Survey::of_projects(Inventory::new(), ["proj_x".parse().unwrap()]);
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done());
    assert_eq!(survey.unknown_projects(), [&"proj_x".parse().unwrap()]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn single_scopes_are_read_without_the_list_of_projects() {
    let server = Server::new(["cert_a"], ["proj_a".to_owned()]);
    let scopes = || [Scope::Organization, "proj_a".parse().unwrap()];
    let mut survey = Survey::of_scopes(Inventory::new(), scopes());
    read(&server, &mut survey).unwrap();
    assert!(survey.is_done());
    assert_eq!(server.requests().len(), 2);
    let mut again = Survey::of_scopes(survey.into_inventory(), scopes());
    read(&server, &mut again).unwrap();
    assert_eq!(server.requests().len(), 2, "nothing is read twice");

    let mut survey = Survey::of_scopes(Inventory::new(), ["proj_x".parse().unwrap()]);
    assert!(read(&server, &mut survey).is_err(), "not found is an error here");
}

#[test]
fn a_survey_is_send_with_any_transport() {
    fn is_send<T: Send>(_: T) {}
    fn generic<T: certs_core::transport::Transport + Sync>(client: &certs_core::Client<T>) {
        let mut survey = Survey::of_everything(Inventory::new());
        is_send(driver::run(client, &mut survey, now, |_| {}));
    }
    generic(&client(&Server::new(["cert_a"], [])));
}

#[test]
fn continues_after_failures_that_are_accepted() {
    let server = Server::new(["cert_a"], (0..8).map(|n| format!("proj_{n}")));
    server.refuse("proj_3", 500);
    let mut survey = Survey::of_everything(Inventory::new());
    let mut failures = Vec::new();
    let client = client(&server);
    let on_failure = |error: SurveyError| {
        assert!(error.concerns_one_list());
        failures.extend(error.scope);
        Ok(())
    };
    let reading = driver::run_with_failures(&client, &mut survey, now, |_| {}, on_failure);
    block_on(reading).unwrap();
    let failed: Scope = "proj_3".parse().unwrap();
    assert_eq!(failures, [failed]);
    let unread = survey.inventory().projects().filter(|project| project.is_unread());
    assert_eq!(unread.count(), 1);
    assert_eq!(server.requests().len(), 10);
}

#[test]
fn a_list_of_projects_that_fails_half_way_is_not_retried_forever() {
    let server = Server::new(["cert_a"], (0..150).map(|n| format!("proj_{n:03}")));
    server.fail_from(2);
    let mut survey = Survey::of_everything(Inventory::new());
    let mut failures = 0;
    let client = client(&server);
    let on_failure = |_| {
        failures += 1;
        Ok(())
    };
    let reading = driver::run_with_failures(&client, &mut survey, now, |_| {}, on_failure);
    block_on(reading).unwrap();
    assert_eq!((failures, server.requests().len()), (101, 103), "each list once");
    assert!(!survey.inventory().lists_all_projects());
}
