//! Plans that are carried out on the emulator, with faults, lags, and interruptions after any request.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use certs_emulator::{Endpoint, Fault, Propagation};
use certs_plan::execute::{Execution, Outcome, Report, find_copies};
use certs_plan::goal::{Replacement, Retire, Rotation, begin};
use certs_plan::survey::Survey;
use certs_plan::{Allowed, ClientIdentity, Inventory, Plan, Refusal, Situation, driver};
use http::StatusCode;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::emulated::{Organization, Server, State, authority, id, run_until_killed};

/// What an administrator wants.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Retire { deletes: bool },
    RotateToKnown,
    RotateToNew,
    Finish { deletes: bool },
    Abort,
}

const OLD: usize = 0;
const NEW: usize = 1;
/// The certificate that is in a local file only.
const LOCAL: usize = 9;

/// Reads everything, plans and carries out: one run of a command.
async fn command(server: &Server, goal: Goal) -> Result<Option<Report>, String> {
    let client = server.client();
    let mut survey = Survey::of_everything(Inventory::new());
    let now = || server.now();
    driver::run(&client, &mut survey, now, |_| {}).await.map_err(|error| error.to_string())?;
    let inventory = survey.into_inventory();
    let identity = ClientIdentity::none();
    let situation = Situation::new(&inventory, &identity, now());
    let file = authority(LOCAL).file().with_name("Root 2027");
    let rotation = Rotation::new(id(OLD), id(NEW)).unwrap();
    let plan = match goal {
        Goal::Retire { deletes: false } => Retire::new([id(OLD)]).plan(situation),
        Goal::Retire { deletes: true } => Retire::new([id(OLD)]).with_delete().plan(situation),
        Goal::RotateToKnown => begin(situation, &id(OLD), &Replacement::Known(id(NEW))),
        Goal::RotateToNew => {
            let copies = find_copies(&client, &inventory, &file).await;
            let copies = copies.map_err(|error| error.to_string())?;
            let replacement = Replacement::new(file, &copies, &id(OLD), &inventory);
            begin(situation, &id(OLD), &replacement)
        }
        Goal::Finish { deletes } => rotation.finish(situation, deletes),
        Goal::Abort => rotation.abort(situation),
    };
    let plan: Plan = match plan {
        Ok(plan) => plan,
        Err(Refusal::NotFound { .. }) => return Ok(None),
        Err(refusal) => return Err(refusal.to_string()),
    };
    let allowed = Allowed { unenforced: true, lock_out: true };
    let mut execution =
        Execution::new(&client, plan.changes, inventory.clone()).with_allowed(allowed);
    execution.run(now, |_| ControlFlow::Continue(())).await;
    Ok(Some(execution.into_report()))
}

fn is_reached(goal: Goal, before: &State, after: &State) -> bool {
    let everywhere = |state: &State, certificate: &str| -> BTreeSet<String> {
        let active = state.in_use().filter(|(_, active)| active.contains(certificate));
        active.map(|(scope, _)| scope.clone()).collect()
    };
    let (old, new) = ("cert_0", "cert_1");
    match goal {
        Goal::Retire { deletes } | Goal::Finish { deletes } => {
            everywhere(after, old).is_empty() && after.is_there(old) != deletes
        }
        Goal::RotateToKnown => everywhere(after, old).is_subset(&everywhere(after, new)),
        Goal::RotateToNew => match after.copies_of(LOCAL).as_slice() {
            [copy] => everywhere(after, old).is_subset(&everywhere(after, copy)),
            _ => false,
        },
        Goal::Abort => {
            let beside = &everywhere(before, old) & &everywhere(before, new);
            everywhere(after, new) == &everywhere(before, new) - &beside
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    let endpoint = prop_oneof![
        Just(Fault::any()),
        Just(Fault::on(Endpoint::UploadCertificate)),
        Just(Fault::on(Endpoint::ActivateProjectCertificates)),
        Just(Fault::on(Endpoint::DeactivateProjectCertificates)),
        Just(Fault::on(Endpoint::DeleteCertificate)),
    ];
    let when = prop_oneof![
        (1..12_u64).prop_map(|nth| (Some(nth), 0.0)),
        (1..4_u8).prop_map(|tenths| (None, f64::from(tenths) / 10.0)),
    ];
    (endpoint, when, 0..5).prop_map(|(fault, (nth, probability), action)| {
        let fault = match nth {
            Some(nth) => fault.nth(nth),
            None => fault.probability(probability),
        };
        match action {
            0 => fault.close_before_commit(),
            1 => fault.close_after_commit(),
            2 => fault.cut_body(20),
            3 => fault.respond(StatusCode::INTERNAL_SERVER_ERROR, "broken"),
            _ => fault.respond(StatusCode::TOO_MANY_REQUESTS, "slow down"),
        }
    })
}

fn propagation() -> impl Strategy<Value = Option<Propagation>> {
    prop_oneof![
        2 => Just(None),
        1 => (1..=45_u64).prop_map(|seconds| Some(Propagation::After(Duration::from_secs(seconds)))),
        1 => (1..=2_u32).prop_map(|reads| Some(Propagation::Reads(reads))),
    ]
}

fn goal() -> impl Strategy<Value = Goal> {
    prop_oneof![
        any::<bool>().prop_map(|deletes| Goal::Retire { deletes }),
        Just(Goal::RotateToKnown),
        Just(Goal::RotateToNew),
        any::<bool>().prop_map(|deletes| Goal::Finish { deletes }),
        Just(Goal::Abort),
    ]
}

fn organization() -> impl Strategy<Value = Organization> {
    let certificates = vec(0..4_usize, 2..=4);
    let projects = vec(0..4_u8, 0..=3);
    (certificates, projects, any::<bool>()).prop_flat_map(|(kinds, projects, anyway)| {
        let sets = vec(btree_set(0..kinds.len(), 0..=3), projects.len() + 1);
        sets.prop_map(move |active| Organization {
            kinds: kinds.clone(),
            archived: projects.iter().map(|kind| *kind == 0).collect(),
            active,
            changes_archived_anyway: anyway,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_goal_is_reached_whatever_goes_wrong(
        organization in organization(),
        goal in goal(),
        faults in vec(fault(), 0..3),
        propagation in propagation(),
        kills in vec(0..40_usize, 0..4),
    ) {
        let server = Server::new(&organization, propagation);
        let before = server.state();
        let mut runs = kills.into_iter().map(Some).chain(std::iter::repeat_n(None, 3));
        server.set_faults(faults);
        let mut report = None;
        while report.is_none() {
            let kill = runs.next();
            if kill.is_none() {
                server.set_faults(Vec::new());
            }
            match run_until_killed(&server, kill.flatten(), command(&server, goal)) {
                Some(Err(error)) if matches!(goal, Goal::Finish { .. }) && kill.is_none() => {
                    // Refused: the new one is not everywhere, or not valid.
                    prop_assert_eq!(server.state(), before, "{}", error);
                    return Ok(());
                }
                Some(Ok(done)) if kill.is_none() => report = Some(done),
                Some(Err(error)) if kill.is_none() => prop_assert!(false, "{}", error),
                _ => {}
            }
        }
        if let Some(Some(report)) = report {
            let ended = report.outcome();
            prop_assert!(matches!(ended, Outcome::Done | Outcome::Left), "{report:?}");
        }
        let after = server.settled();
        prop_assert!(is_reached(goal, &before, &after), "{before:?} {after:?}");

        let named: &[&str] = match goal {
            Goal::Retire { .. } | Goal::Finish { .. } => &["cert_0"],
            Goal::RotateToKnown | Goal::Abort => &["cert_1"],
            Goal::RotateToNew => &[],
        };
        prop_assert_eq!(before.without(named, LOCAL), after.without(named, LOCAL));
        prop_assert!(after.copies_of(LOCAL).len() <= 1);
        for (scope, _) in before.in_use() {
            if before.has_valid(scope) && after.has_valid(scope) {
                prop_assert!(server.history().iter().all(|state| state.has_valid(scope)), "{}", scope);
            }
        }

        server.forget_history();
        let again = run_until_killed(&server, None, command(&server, goal)).unwrap();
        if let Ok(Some(report)) = again {
            prop_assert!(report.done.is_empty(), "{report:?}");
        }
        prop_assert_eq!(server.settled(), after);
    }
}
