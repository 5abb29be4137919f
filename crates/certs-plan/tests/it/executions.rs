//! Plans that are carried out on the emulator, with faults, delayed lists, and interruptions after any request.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use certs_core::operations::Scope;
use certs_emulator::{Endpoint, Fault, Propagation};
use certs_plan::execute::{Execution, Outcome, Report, Step, find_copies};
use certs_plan::goal::{Contents, Declaration, Replacement, Retire, Rotation, begin_rotation};
use certs_plan::inventory::KnownProject;
use certs_plan::survey::Survey;
use certs_plan::{
    Allowed, CallerIdentity, Fingerprint, Inventory, Plan, PlanInput, Refusal, driver,
};
use http::StatusCode;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::emulated::{Organization, Server, State, authority, id, run_until_killed};

/// The goal of an administrator.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Retire {
        deletes: bool,
    },
    RotateToKnown,
    RotateToNew,
    Finish {
        deletes: bool,
    },
    Abort,
    /// Declares the local certificate in all scopes, and the old one as retired.
    Apply,
}

const OLD: usize = 0;
const NEW: usize = 1;
/// The certificate that is only in a local file.
const LOCAL: usize = 9;

/// Runs a command: reads everything, plans, and carries out. `meanwhile` is called before each change.
async fn command(
    server: &Server,
    goal: Goal,
    allowed: Allowed,
    mut meanwhile: impl FnMut(),
) -> Result<Option<Report>, String> {
    let client = server.client();
    let mut survey = Survey::of_everything(Inventory::new());
    let now = || server.now();
    driver::run(&client, &mut survey, now, |_| {}).await.map_err(|error| error.to_string())?;
    let inventory = survey.into_inventory();
    let identity = CallerIdentity::none();
    let input = PlanInput::new(&inventory, &identity, now());
    let file = authority(LOCAL).file().with_name("Root 2027");
    let rotation = Rotation::new(id(OLD), id(NEW)).unwrap();
    let plan = match goal {
        Goal::Retire { deletes: false } => Retire::new([id(OLD)]).plan(input),
        Goal::Retire { deletes: true } => Retire::new([id(OLD)]).with_delete().plan(input),
        Goal::RotateToKnown => begin_rotation(input, &id(OLD), &Replacement::Known(id(NEW))),
        Goal::RotateToNew => {
            let copies = find_copies(&client, &inventory, &file).await;
            let copies = copies.map_err(|error| error.to_string())?;
            let replacement = Replacement::new(file, &copies, &id(OLD), &inventory);
            begin_rotation(input, &id(OLD), &replacement)
        }
        Goal::Finish { deletes } => rotation.finish(input, deletes),
        Goal::Abort => rotation.abort(input),
        Goal::Apply => {
            let scopes = inventory.scopes().filter(|scope| !is_archived(&inventory, scope));
            let scopes: Vec<_> = scopes.map(|scope| format!("'{scope}'")).collect();
            let text = format!(
                "[certificate.new]\npem = 'new.pem'\nactive = [{}]\n\
                 [certificate.old]\nid = 'cert_0'\nretired = true",
                scopes.join(", ")
            );
            let declaration: Declaration = text.parse().unwrap();
            let mut contents = Contents::new();
            contents.files.insert("new.pem".into(), file.clone());
            let copies = find_copies(&client, &inventory, &file).await;
            let copies = copies.map_err(|error| error.to_string())?;
            let others = (100..).map(|number| Fingerprint::new([number; 32]));
            let needed = declaration.needed_contents(&inventory, &contents.files);
            for (id, other) in needed.into_iter().zip(others) {
                let fingerprint = if copies.contains(&id) { file.fingerprint } else { other };
                contents.fingerprints.insert(id, fingerprint);
            }
            declaration.plan(input, &contents)
        }
    };
    let plan: Plan = match plan {
        Ok(plan) => plan,
        Err(Refusal::NotFound { .. }) => return Ok(None),
        Err(refusal) => return Err(refusal.to_string()),
    };
    if let Some(refusal) = plan.preflight.refusal(allowed) {
        return Err(refusal.to_string());
    }
    let mut execution =
        Execution::new(&client, plan.changes, inventory.clone()).with_allowed(allowed);
    let run = execution.run(now, |step| {
        if matches!(step, Step::Change(_)) {
            meanwhile();
        }
        ControlFlow::Continue(())
    });
    run.await;
    Ok(Some(execution.into_report()))
}

const EVERYTHING: Allowed = Allowed { unenforced: true, lock_out: true };

fn is_archived(inventory: &Inventory, scope: &Scope) -> bool {
    match scope {
        Scope::Organization => false,
        Scope::Project(id) => inventory.project(id).is_some_and(KnownProject::is_archived),
    }
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
        Goal::Apply => match after.copies_of(LOCAL).as_slice() {
            [copy] => {
                let is_everywhere = after.in_use().all(|(_, active)| active.contains(copy));
                is_everywhere && !after.is_there(old)
            }
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
        Just(Goal::Apply),
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
    fn the_goal_is_reached_despite_faults_and_kills(
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
            match run_until_killed(&server, kill.flatten(), command(&server, goal, EVERYTHING, || {})) {
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
            prop_assert!(matches!(ended, Outcome::Done | Outcome::DoneExceptArchived), "{report:?}");
        }
        let after = server.settled();
        prop_assert!(is_reached(goal, &before, &after), "{before:?} {after:?}");

        let named: &[&str] = match goal {
            Goal::Retire { .. } | Goal::Finish { .. } | Goal::Apply => &["cert_0"],
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
        let again = run_until_killed(&server, None, command(&server, goal, EVERYTHING, || {})).unwrap();
        if let Ok(Some(report)) = again {
            prop_assert!(report.done.is_empty(), "{report:?}");
        }
        prop_assert_eq!(server.settled(), after);
    }

    #[test]
    fn no_removal_is_harmful_whatever_another_administrator_changes_meanwhile(
        organization in organization(),
        goal in goal(),
        toggles in vec((any::<bool>(), 0..4_usize, 0..4_usize), 0..8),
    ) {
        let server = Server::new(&organization, None);
        let allowed = Allowed { unenforced: false, lock_out: true };
        let scopes: Vec<_> = server.state().active.into_keys().collect();
        let mut toggles = toggles.into_iter();
        let meanwhile = || {
            if let Some((activates, scope, certificate)) = toggles.next() {
                let scope = &scopes[scope % scopes.len()];
                let action = if activates { "activate" } else { "deactivate" };
                server.toggle(action, scope, &format!("cert_{certificate}"));
            }
        };
        let ended = run_until_killed(&server, None, command(&server, goal, allowed, meanwhile)).unwrap();
        for (before, after) in server.changes() {
            for (scope, _) in before.in_use() {
                prop_assert!(!before.has_valid(scope) || after.has_valid(scope), "{}", scope);
                prop_assert!(!before.is_enforced(scope) || after.is_enforced(scope), "{}", scope);
            }
        }
        // The report contains every change of this program. It may also contain an activation that another one made
        // meanwhile, because scopes are read again only before removals.
        if let Ok(Some(report)) = ended {
            let changes = server.changes();
            let changed = changes.iter().filter(|(before, after)| before != after);
            let removed = changes.iter().filter(|(before, after)| before.has_more_than(after));
            prop_assert!(changed.count() <= report.done.len());
            prop_assert_eq!(removed.count(), report.done.iter().filter(|one| one.is_removal()).count());
        }
    }
}
