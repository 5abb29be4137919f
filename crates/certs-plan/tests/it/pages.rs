//! A survey whose pages are handled one by one, as in a program without a client.

use certs_core::Error;
use certs_core::error::CallContext;
use certs_core::http::StatusCode;
use certs_core::operations::ENDPOINTS;
use certs_plan::Inventory;
use certs_plan::survey::{ReadCertificates, ReadProjects, Reading, Survey};
use certs_types::{ErrorBody, Page, Project};

use crate::support::now;

fn not_found() -> Error {
    let context = CallContext::new(ENDPOINTS[0]).with_status(StatusCode::NOT_FOUND);
    Error::Api { body: Box::new(ErrorBody::default()), context: Box::new(context) }
}

fn project(id: &str) -> Project {
    Project::new(id.parse().unwrap(), now())
}

fn certificates(survey: &mut Survey) -> ReadCertificates {
    let Some(Reading::Certificates(reading)) = survey.next() else { unreachable!() };
    reading
}

fn projects(survey: &mut Survey) -> ReadProjects {
    let Some(Reading::Projects(reading)) = survey.next() else { unreachable!() };
    reading
}

#[test]
fn counts_the_lists_to_read_before_the_projects_are_known() {
    let mut survey = Survey::of_everything(Inventory::new());
    let total = |survey: &Survey| (survey.progress().done, survey.progress().total);
    assert_eq!(total(&survey), (0, 2), "the organization and a page of projects");
    let both = [survey.next(), survey.next()];
    assert!(both.iter().all(Option::is_some) && survey.next().is_none());
    assert_eq!(total(&survey), (0, 2));
}

#[test]
fn the_list_of_projects_is_read_once_more_when_nothing_else_is_being_read() {
    let mut survey = Survey::of_everything(Inventory::new());
    let organization = certificates(&mut survey);
    survey.handle_certificates(organization, Ok(Page::new(Vec::new())), now()).unwrap();
    let list = projects(&mut survey);
    let both = vec![project("proj_a"), project("proj_b")];
    survey.handle_projects(list, Ok(Page::new(both)), now()).unwrap();
    let (a, b) = (certificates(&mut survey), certificates(&mut survey));
    survey.handle_certificates(a, Err(not_found()), now()).unwrap();
    assert!(survey.next().is_none(), "the other project may be missing as well");
    survey.handle_certificates(b, Err(not_found()), now()).unwrap();
    let again = projects(&mut survey);
    assert!(survey.next().is_none());
    survey.handle_projects(again, Ok(Page::new(Vec::new())), now()).unwrap();
    assert!(survey.is_done());
    assert_eq!((survey.progress().done, survey.progress().total), (5, 5));
}

#[test]
fn a_project_that_the_list_has_left_out_meanwhile_is_not_observed() {
    for page in [Ok(Page::new(Vec::new())), Err(not_found())] {
        let mut before = Inventory::new();
        before.observe_projects([project("proj_gone")]);
        let mut survey = Survey::of_everything(before);
        let organization = certificates(&mut survey);
        let list = projects(&mut survey);
        let gone = certificates(&mut survey);
        survey.handle_certificates(organization, Ok(Page::new(Vec::new())), now()).unwrap();
        survey.handle_projects(list, Ok(Page::new(Vec::new())), now()).unwrap();
        survey.handle_certificates(gone, page, now()).unwrap();
        assert_eq!(survey.inventory().projects().count(), 0);
        assert!(survey.is_done());
        assert_eq!((survey.progress().done, survey.progress().total), (3, 3));
    }
}
