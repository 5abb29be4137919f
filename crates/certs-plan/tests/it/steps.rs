//! Single steps of an execution: what stops it, what it confirms, and what it reports.

use std::ops::ControlFlow;
use std::time::Duration;

use certs_emulator::{Endpoint, Fault, Propagation};
use certs_plan::execute::{Execution, Outcome, Report, Step, find_copies};
use certs_plan::goal::Retire;
use certs_plan::goal::settle::Activations;
use certs_plan::survey::Survey;
use certs_plan::{Allowed, CallerIdentity, Change, Inventory, PlanInput, driver};
use http::StatusCode;

use crate::emulated::{Organization, Server, authority, id, run_until_killed};

const OLD: usize = 0;
/// The certificate that is only in a local file.
const LOCAL: usize = 9;

pub(crate) fn two_projects(active: [&[usize]; 3]) -> Organization {
    Organization {
        kinds: vec![0, 0, 0],
        archived: vec![false, false],
        active: active.map(|set| set.iter().copied().collect()).into(),
        changes_archived_anyway: false,
    }
}

/// Retires the old certificate with no hazard allowed, while another administrator acts before a change, and
/// returns the report.
fn retire_beside(server: &Server, before: usize, act: impl Fn(&Server)) -> Report {
    let (client, inventory, now) = (server.client(), read(server), || server.now());
    let identity = CallerIdentity::none();
    let plan = Retire::new([id(OLD)]).plan(PlanInput::new(&inventory, &identity, now())).unwrap();
    assert_eq!(plan.preflight.refusal(Allowed::default()), None);
    let mut execution = Execution::new(&client, plan.changes, inventory);
    let mut count = 0;
    let run = execution.run(now, |step| {
        if matches!(step, Step::Change(_)) {
            if count == before {
                act(server);
            }
            count += 1;
        }
        ControlFlow::Continue(())
    });
    run_until_killed(server, None, run).unwrap();
    execution.into_report()
}

#[test]
fn a_removal_that_would_now_end_enforcement_is_not_made() {
    let server = Server::new(&two_projects([&[], &[0, 1], &[0, 1]]), None);
    let report = retire_beside(&server, 1, |server| server.deactivate("proj_1", "cert_1"));
    assert_eq!(report.outcome(), Outcome::StateMoved);
    assert_eq!(report.done.len(), 1);
    assert_eq!(report.failed.unwrap().to_string(), "deactivate cert_0 in project proj_1");
    assert!(server.state().active["proj_1"].contains("cert_0"));
}

#[test]
fn a_certificate_that_left_the_organization_ends_trust_in_the_projects() {
    let server = Server::new(&two_projects([&[1], &[0], &[0]]), None);
    let report = retire_beside(&server, 1, |server| server.deactivate("organization", "cert_1"));
    assert_eq!(report.outcome(), Outcome::StateMoved);
    assert_eq!(report.not_tried.len(), 0);
}

#[test]
fn a_change_that_was_already_made_is_unchanged() {
    let server = Server::new(&two_projects([&[], &[0, 1], &[0, 1]]), None);
    let report = retire_beside(&server, 1, |server| server.deactivate("proj_1", "cert_0"));
    assert_eq!(report.outcome(), Outcome::Done);
    assert_eq!((report.done.len(), report.unchanged.len()), (1, 1));
    let undo: Vec<_> = report.undo().iter().map(ToString::to_string).collect();
    assert_eq!(undo, ["activate cert_0 --project proj_0"]);
}

#[test]
fn a_refusal_stops_the_rest_and_reports_what_was_done() {
    let server = Server::new(&two_projects([&[1], &[0], &[0]]), None);
    let refused = Fault::on(Endpoint::DeactivateProjectCertificates)
        .nth(2)
        .respond(StatusCode::FORBIDDEN, serde_json::json!({"error": {"message": "no"}}));
    let report = retire_beside(&server, 0, |server| server.set_faults(vec![refused.clone()]));
    assert_eq!(report.outcome(), Outcome::NotAuthorized);
    assert_eq!((report.done.len(), report.not_tried.len()), (1, 0));
    assert!(report.failed.is_some());
}

#[test]
fn the_outcome_follows_from_what_stopped_it() {
    let toggle = || Fault::on(Endpoint::DeactivateProjectCertificates);
    let list = || Fault::on(Endpoint::ListProjectCertificates);
    let error = || serde_json::json!({"error": {"message": "no"}});
    for (fault, outcome) in [
        (toggle().respond(StatusCode::BAD_REQUEST, error()), Outcome::Refused),
        (toggle().respond(StatusCode::UNAUTHORIZED, error()), Outcome::NotAuthorized),
        (toggle().respond(StatusCode::TOO_MANY_REQUESTS, error()), Outcome::RateLimited),
        (toggle().respond(StatusCode::INTERNAL_SERVER_ERROR, error()), Outcome::Unknown),
        (toggle().close_before_commit(), Outcome::Unknown),
        (toggle().close_after_commit(), Outcome::Done),
        (list().respond(StatusCode::BAD_REQUEST, error()), Outcome::Unreachable),
        (list().respond(StatusCode::FORBIDDEN, error()), Outcome::NotAuthorized),
        (list().respond(StatusCode::TOO_MANY_REQUESTS, error()), Outcome::RateLimited),
        (list().respond(StatusCode::OK, "no JSON"), Outcome::Unreachable),
        (list().close_before_commit(), Outcome::Unreachable),
    ] {
        let server = Server::new(&two_projects([&[1], &[0], &[]]), None);
        let report = retire_beside(&server, 0, |server| server.set_faults(vec![fault.clone()]));
        assert_eq!(report.outcome(), outcome, "{fault:?} {:?}", report.stopped_by);
        assert_eq!(report.failed.is_none(), outcome == Outcome::Done);
    }
}

#[test]
fn a_refused_change_is_not_looked_for() {
    let error = || serde_json::json!({"error": {"message": "no"}});
    let deletion = vec![Change::Delete { certificate: id(2) }];
    let deactivation = Change::deactivate(&"proj_0".parse().unwrap(), [id(0)]);
    for (endpoint, changes, seconds) in [
        (Endpoint::DeactivateProjectCertificates, deactivation, 0),
        (Endpoint::DeleteCertificate, deletion, 0),
        (Endpoint::UploadCertificate, upload(), 2),
    ] {
        let server = Server::new(&two_projects([&[1], &[0], &[]]), None);
        server.set_faults(vec![Fault::on(endpoint).respond(StatusCode::BAD_REQUEST, error())]);
        let began = server.now();
        assert_eq!(carry_out(&server, changes, as_it_is).outcome(), Outcome::Refused);
        assert_eq!(server.now().as_secs() - began.as_secs(), seconds, "{endpoint:?}");
    }
}

#[test]
fn an_execution_that_was_not_started_is_stopped() {
    let server = Server::new(&two_projects([&[], &[], &[]]), None);
    let client = server.client();
    let execution = Execution::new(&client, upload(), Inventory::new());
    assert_eq!(execution.report().outcome(), Outcome::Stopped);
}

#[test]
fn a_project_that_was_archived_before_its_change_is_reported_as_refused() {
    let server = Server::new(&two_projects([&[1], &[0], &[]]), None);
    let error = serde_json::json!({"error": {"message": "no", "code": "project_archived"}});
    let list = Fault::on(Endpoint::ListProjectCertificates).nth(1);
    let refused = list.respond(StatusCode::BAD_REQUEST, error);
    let report = retire_beside(&server, 0, |server| server.set_faults(vec![refused.clone()]));
    assert_eq!(report.outcome(), Outcome::DoneExceptArchived, "{:?}", report.stopped_by);
    assert_eq!((report.done.len(), report.refused_by_archived.len()), (0, 1));
}

#[test]
fn a_change_that_is_never_shown_is_unknown_after_a_minute() {
    let propagation = Propagation::After(Duration::from_secs(3600));
    let server = Server::new(&two_projects([&[1], &[0], &[]]), Some(propagation));
    let started = server.now();
    let report = retire_beside(&server, 9, |_| {});
    assert_eq!(report.outcome(), Outcome::Unknown);
    let looked = server.now().as_secs() - started.as_secs();
    assert!((60..=90).contains(&looked), "{looked}");
}

#[test]
fn an_archived_project_that_refuses_is_reported_and_does_not_stop_the_rest() {
    let mut organization = two_projects([&[1], &[0], &[0]]);
    organization.archived = vec![true, false];
    for (anyway, expected) in [(false, Outcome::DoneExceptArchived), (true, Outcome::Done)] {
        organization.changes_archived_anyway = anyway;
        let server = Server::new(&organization, None);
        let report = retire_beside(&server, 9, |_| {});
        assert_eq!(report.outcome(), expected);
        assert_eq!(report.refused_by_archived.len(), usize::from(!anyway));
        assert!(!server.state().active["proj_1"].contains("cert_0"));
        assert_eq!(server.state().active["proj_0"].contains("cert_0"), !anyway);
    }
}

#[test]
fn a_project_that_was_archived_right_after_its_change_need_not_show_it() {
    for (code, expected) in [("project_archived", Outcome::Done), ("other", Outcome::Unreachable)] {
        let server = Server::new(&two_projects([&[1], &[0], &[]]), None);
        let error = serde_json::json!({"error": {"message": "no", "code": code}});
        let proof = Fault::on(Endpoint::ListProjectCertificates).nth(2);
        let refused = proof.respond(StatusCode::BAD_REQUEST, error);
        let report = retire_beside(&server, 0, |server| server.set_faults(vec![refused.clone()]));
        assert_eq!(report.outcome(), expected, "{:?}", report.stopped_by);
        assert_eq!((report.done.len(), report.refused_by_archived.len()), (1, 0));
        assert!(!server.state().active["proj_0"].contains("cert_0"));
    }
}

/// Reads everything.
fn read(server: &Server) -> Inventory {
    let client = server.client();
    let mut survey = Survey::of_everything(Inventory::new());
    let reading = driver::run(&client, &mut survey, || server.now(), |_| {});
    run_until_killed(server, None, reading).unwrap().unwrap();
    survey.into_inventory()
}

/// Carries out changes on a server whose inventory was read just before.
pub(crate) fn carry_out(
    server: &Server,
    changes: Vec<Change>,
    set_up: impl Fn(Running<'_>) -> Running<'_>,
) -> Report {
    let (client, now) = (server.client(), || server.now());
    let mut execution = set_up(Execution::new(&client, changes, read(server)));
    let mut waits = 0;
    let count_waits = |step: Step<'_>| {
        waits += usize::from(matches!(step, Step::Settle { .. }));
        ControlFlow::Continue(())
    };
    run_until_killed(server, None, execution.run(now, count_waits)).unwrap();
    assert!(waits <= 60, "a wait of fifteen minutes is announced every fifteen seconds");
    execution.into_report()
}

pub(crate) type Running<'a> = Execution<'a, &'a Server>;

fn as_it_is(execution: Running<'_>) -> Running<'_> {
    execution
}

fn upload() -> Vec<Change> {
    vec![Change::Upload(authority(LOCAL).file().with_name("Root 2027"))]
}

#[test]
fn an_upload_whose_response_was_lost_is_found_and_not_repeated() {
    let lost = [
        Fault::on(Endpoint::UploadCertificate).nth(1).close_after_commit(),
        Fault::on(Endpoint::UploadCertificate).nth(1).cut_body(9),
    ];
    for fault in lost {
        let server = Server::new(&two_projects([&[], &[], &[]]), None);
        server.set_faults(vec![fault]);
        let report = carry_out(&server, upload(), as_it_is);
        assert_eq!(report.outcome(), Outcome::Done);
        assert_eq!((report.done.len(), report.uploaded.len()), (1, 1));
        assert_eq!(server.state().copies_of(LOCAL).len(), 1);
    }
}

#[test]
fn an_upload_that_never_arrived_is_an_unknown_outcome() {
    let server = Server::new(&two_projects([&[], &[], &[]]), None);
    server.set_faults(vec![Fault::on(Endpoint::UploadCertificate).close_before_commit()]);
    let report = carry_out(&server, upload(), as_it_is);
    assert_eq!(report.outcome(), Outcome::Unknown);
    assert_eq!((report.done.len(), report.failed), (0, Some(upload().remove(0))));
    assert_eq!(
        server.contents_read(),
        3,
        "each content is read once, however often it is looked for"
    );
}

#[test]
fn an_upload_that_is_listed_late_is_found_by_the_second_read() {
    let server = Server::new(&two_projects([&[], &[], &[]]), None);
    server.upload_meanwhile(authority(LOCAL));
    let report = carry_out(&server, upload(), as_it_is);
    assert_eq!((report.outcome(), report.done.len()), (Outcome::Done, 0));
    assert_eq!(server.state().copies_of(LOCAL).len(), 1);
}

#[test]
fn an_uploaded_certificate_is_not_uploaded_again() {
    let server = Server::new(&two_projects([&[], &[], &[]]), None);
    assert_eq!(carry_out(&server, upload(), as_it_is).done.len(), 1);
    let again = carry_out(&server, upload(), as_it_is);
    assert_eq!((again.done.len(), again.unchanged.len(), again.uploaded.len()), (0, 1, 1));
    let fingerprint = authority(LOCAL).file().fingerprint;
    let (client, inventory) = (server.client(), read(&server));
    let local = authority(LOCAL).file();
    let copies = run_until_killed(&server, None, find_copies(&client, &inventory, &local));
    assert_eq!(copies.unwrap().unwrap(), again.uploaded.into_values().collect::<Vec<_>>());
    let known = carry_out(&server, upload(), |it| it.with_uploaded([(fingerprint, id(2))]));
    assert_eq!((known.outcome(), known.unchanged.len()), (Outcome::Done, 1));
    let not_uploaded = Change::activate(&"proj_0".parse().unwrap(), [fingerprint.into()]);
    assert_eq!(carry_out(&server, not_uploaded, as_it_is).outcome(), Outcome::Refused);
    assert_eq!(server.state().copies_of(LOCAL).len(), 1);
}

#[test]
fn a_new_certificate_is_activated_by_the_id_it_got() {
    let server = Server::new(&two_projects([&[], &[0], &[]]), None);
    let fingerprint = authority(LOCAL).file().fingerprint;
    let mut changes = upload();
    changes
        .extend(Change::activate(&"proj_0".parse().unwrap(), [fingerprint.into(), id(0).into()]));
    let report = carry_out(&server, changes, as_it_is);
    assert_eq!(report.outcome(), Outcome::Done);
    let new = report.uploaded[&fingerprint].to_string();
    assert!(server.state().active["proj_0"].contains(&new));
    let undo: Vec<_> = report.undo().iter().map(ToString::to_string).collect();
    assert_eq!(undo, [format!("deactivate {new} --project proj_0")], "cert_0 was active before");
}

#[test]
fn a_delete_whose_response_was_lost_is_confirmed_by_reading() {
    for fault in [
        Fault::on(Endpoint::DeleteCertificate).close_after_commit(),
        Fault::on(Endpoint::DeleteCertificate).nth(1).close_before_commit(),
    ] {
        let server = Server::new(&two_projects([&[], &[], &[]]), None);
        server.set_faults(vec![fault]);
        let deleted = || vec![Change::Delete { certificate: id(2) }];
        let report = carry_out(&server, deleted(), as_it_is);
        assert_eq!((report.outcome(), report.done.len()), (Outcome::Done, 1));
        assert!(!server.state().is_there("cert_2"));
        let again = carry_out(&server, deleted(), as_it_is);
        assert_eq!((again.outcome(), again.unchanged.len()), (Outcome::Done, 1));
    }
}

#[test]
fn a_certificate_in_use_is_not_deleted() {
    let server = Server::new(&two_projects([&[], &[2], &[]]), None);
    let report = carry_out(&server, vec![Change::Delete { certificate: id(2) }], as_it_is);
    assert_eq!((report.outcome(), report.done.len()), (Outcome::Refused, 0));
    assert!(server.state().is_there("cert_2"));
}

#[test]
fn removals_wait_until_the_remaining_certificates_have_settled() {
    let server = Server::new(&two_projects([&[], &[0, 1], &[]]), None);
    let began = server.now();
    let project = "proj_0".parse().unwrap();
    let mut changes = Change::activate(&project, [id(2).into()]);
    changes.extend(Change::deactivate(&project, [id(0)]));
    let settle = Duration::from_secs(900);
    let log = Activations::from_log([]);
    let report = carry_out(&server, changes, |it| it.with_settle(settle, log.clone()));
    assert_eq!(report.outcome(), Outcome::Done);
    let waited = server.now().as_secs() - began.as_secs();
    assert!((900..=930).contains(&waited), "{waited}");

    let removal = Change::deactivate(&project, [id(1)]);
    let report = carry_out(&server, removal, |it| it.with_settle(settle, log.clone()));
    assert_eq!(report.outcome(), Outcome::Done);
    let waited = server.now().as_secs() - began.as_secs();
    assert!(
        (900..=930).contains(&waited),
        "nothing was activated in this run, and the log is empty"
    );
}

#[test]
fn a_break_stops_before_the_next_change() {
    let server = Server::new(&two_projects([&[1], &[0], &[0]]), None);
    let (client, inventory, now) = (server.client(), read(&server), || server.now());
    let changes = ["proj_0", "proj_1"].map(|it| Change::deactivate(&it.parse().unwrap(), [id(0)]));
    let mut execution = Execution::new(&client, changes.concat(), inventory);
    let mut changes_left = 1;
    let run = execution.run(now, |step| match step {
        Step::Change(_) if changes_left == 0 => ControlFlow::Break(()),
        Step::Change(_) => {
            changes_left -= 1;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Continue(()),
    });
    run_until_killed(&server, None, run).unwrap();
    let report = execution.report();
    assert_eq!(report.outcome(), Outcome::Stopped);
    assert_eq!((report.done.len(), report.not_tried.len(), &report.failed), (1, 1, &None));
    let is_active = |place: &str| execution.inventory().is_active(&place.parse().unwrap(), &id(0));
    assert_eq!((is_active("proj_0"), is_active("proj_1")), (Some(false), Some(true)));
}

#[test]
fn a_dropped_execution_leaves_its_change_unknown() {
    let server = Server::new(&two_projects([&[1], &[0], &[]]), None);
    let (client, inventory, now) = (server.client(), read(&server), || server.now());
    let changes = Change::deactivate(&"proj_0".parse().unwrap(), [id(0)]);
    let mut execution = Execution::new(&client, changes.clone(), inventory);
    let run = execution.run(now, |_| ControlFlow::Continue(()));
    assert!(run_until_killed(&server, Some(2), run).is_none());
    assert_eq!(execution.report().outcome(), Outcome::Unknown);
    assert_eq!(execution.report().failed, Some(changes[0].clone()));
}
