//! Goals on a model: the final state of a plan, and the states before it.

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_plan::goal::{
    Contents, Declaration, Replacement, Retire, Rotation, begin_rotation, export,
};
use certs_plan::undo::undo;
use certs_plan::{CallerIdentity, CertificateRef, Change, Plan, PlanInput, Validity};
use certs_types::CertificateId;
use proptest::prelude::*;

use crate::model::{DAY, Model, at, certificate, fingerprint, model, new_certificate, now};

fn plan_of(model: &Model, plan: impl FnOnce(PlanInput<'_>) -> Plan) -> Plan {
    let inventory = model.inventory();
    plan(PlanInput::new(&inventory, &CallerIdentity::none(), now()))
}

/// Carries out a plan. Asserts that a scope with a valid active certificate before and after the plan also has
/// one at every step.
fn carry_out(model: &Model, plan: &Plan) -> Model {
    let mut steps = vec![model.clone()];
    for change in &plan.changes {
        let mut next = steps.last().unwrap().clone();
        next.apply(change);
        steps.push(next);
    }
    let last = steps.last().unwrap().clone();
    for scope in model.scopes() {
        if model.has_valid(&scope) && last.has_valid(&scope) {
            assert!(steps.iter().all(|step| step.has_valid(&scope)), "{scope} was without");
        }
    }
    last
}

/// Asserts that only these certificates changed, in any scope.
fn assert_only_changed(before: &Model, after: &Model, named: &[CertificateRef]) {
    for scope in before.scopes() {
        let unnamed = |model: &Model| -> BTreeSet<CertificateRef> {
            model.active[&scope].iter().filter(|one| !named.contains(one)).cloned().collect()
        };
        assert_eq!(unnamed(before), unnamed(after), "{scope}");
    }
    let gone = before.certificates.keys().filter(|one| !after.certificates.contains_key(one));
    assert!(gone.into_iter().all(|one| named.contains(one)));
}

fn id(number: usize) -> CertificateId {
    certificate(number).id().unwrap().clone()
}

/// Asserts that the undo commands of a plan restore the initial state.
fn assert_undone(before: &Model, after: &Model, plan: &Plan) {
    let mut undone = after.clone();
    for step in undo(&plan.changes) {
        let scopes = match step.projects.as_slice() {
            [] => vec![Scope::Organization],
            projects => projects.iter().cloned().map(Scope::Project).collect(),
        };
        for scope in scopes {
            let ids = step.certificates.iter().cloned();
            let changes = if step.activates {
                Change::activate(&scope, ids.map(CertificateRef::Id))
            } else {
                Change::deactivate(&scope, ids)
            };
            changes.iter().for_each(|change| undone.apply(change));
        }
    }
    assert_eq!(undone.active, before.active);
}

/// A model, and two different certificates of it.
fn rotation() -> impl Strategy<Value = (Model, usize, usize)> {
    let model = model().prop_filter("one certificate", |model| model.certificates.len() > 1);
    (model, 0..5_usize, 0..4_usize).prop_map(|(model, first, second)| {
        let count = model.certificates.len();
        let old = first % count;
        let new = (old + 1 + second % (count - 1)) % count;
        (model, old, new)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_retired_certificate_is_active_nowhere(model in model(), first in 0..5_usize, deletes: bool) {
        let count = model.certificates.len();
        let numbers = [first % count, (first + 1) % count];
        let retire = Retire::new(numbers.map(id));
        let retire = if deletes { retire.with_delete() } else { retire };
        let plan = plan_of(&model, |input| retire.plan(input).unwrap());
        let after = carry_out(&model, &plan);
        let retired = numbers.map(certificate);
        prop_assert!(after.active.values().all(|active| retired.iter().all(|one| !active.contains(one))));
        prop_assert_eq!(after.certificates.contains_key(&retired[0]), !deletes);
        assert_only_changed(&model, &after, &retired);
        if !deletes {
            prop_assert!(plan_of(&after, |input| retire.plan(input).unwrap()).is_empty());
            assert_undone(&model, &after, &plan);
        }
        // While it is active in the organization, all projects inherit it.
        let organization = plan.changes.iter().position(|it| it.scope() == Some(&Scope::Organization));
        let last = plan.changes.iter().rposition(|change| change.scope().is_some());
        prop_assert!(organization.is_none() || organization == last);
    }

    #[test]
    fn a_rotation_begins_by_adding_and_ends_by_removing((model, old, new) in rotation()) {
        let known = Replacement::Known(id(new));
        let begin = |input: PlanInput<'_>| begin_rotation(input, &id(old), &known).unwrap();
        let plan = plan_of(&model, begin);
        prop_assert!(plan.changes.iter().all(|change| !change.is_removal()));
        let after = carry_out(&model, &plan);
        assert_only_changed(&model, &after, &[certificate(new)]);
        for active in after.active.values() {
            prop_assert!(!active.contains(&certificate(old)) || active.contains(&certificate(new)));
        }
        prop_assert!(plan_of(&after, begin).is_empty());
        assert_undone(&model, &after, &plan);

        let rotation = Rotation::new(id(old), id(new)).unwrap();
        prop_assert!(rotation.status(&after.inventory()).is_caught_up());
        let inventory = after.inventory();
        let identity = CallerIdentity::none();
        let input = PlanInput::new(&inventory, &identity, now());
        match rotation.finish(input, true) {
            Ok(plan) => {
                let finished = carry_out(&after, &plan);
                prop_assert!(finished.deleted.contains(&certificate(old)));
                assert_only_changed(&after, &finished, &[certificate(old)]);
                for scope in after.scopes() {
                    prop_assert!(!after.has_valid(&scope) || finished.has_valid(&scope));
                }
            }
            Err(_) => prop_assert!(!after.is_valid(&certificate(new))),
        }
    }

    #[test]
    fn aborting_keeps_the_old_certificate_active((model, old, new) in rotation()) {
        let rotation = Rotation::new(id(old), id(new)).unwrap();
        let plan = plan_of(&model, |input| rotation.abort(input).unwrap());
        let after = carry_out(&model, &plan);
        assert_only_changed(&model, &after, &[certificate(new)]);
        for (scope, active) in &after.active {
            let [old, new] = [old, new].map(certificate);
            let was_beside = model.active[scope].contains(&old) && model.active[scope].contains(&new);
            prop_assert_eq!(active.contains(&new), model.active[scope].contains(&new) && !was_beside);
        }
        prop_assert!(plan_of(&after, |input| rotation.abort(input).unwrap()).is_empty());
    }

    #[test]
    fn a_declaration_describes_the_final_state(
        model in model(),
        targets in proptest::collection::vec(proptest::option::of(proptest::collection::btree_set(0..5_usize, 0..4)), 6),
    ) {
        let scopes = model.scopes();
        let mut text = String::new();
        let mut wanted = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            let is_new = number == 5;
            if !is_new && number >= model.certificates.len() {
                continue;
            }
            let identity = if is_new { "pem = 'new.pem'".into() } else { format!("id = 'cert_{number}'") };
            let named: BTreeSet<Scope> =
                target.iter().flatten().filter_map(|number| scopes.get(*number).cloned()).collect();
            let list: Vec<_> = named.iter().map(|scope| format!("'{scope}'")).collect();
            let what = match target {
                Some(_) => format!("active = [{}]", list.join(", ")),
                None => "retired = true".into(),
            };
            text += &format!("[certificate.c{number}]\n{identity}\n{what}\n");
            let one = if is_new { fingerprint(9).into() } else { certificate(number) };
            wanted.push((one, target.as_ref().map(|_| named)));
        }
        let declaration: Declaration = text.parse().unwrap();
        let new = Validity::new(at(now().as_secs() - DAY), at(now().as_secs() + 50 * DAY));
        let mut contents = Contents::new();
        contents.files.insert("new.pem".into(), new_certificate(9, new));
        for number in 0..model.certificates.len() {
            contents.fingerprints.insert(id(number), fingerprint(100 + u8::try_from(number).unwrap()));
        }
        let plan = plan_of(&model, |input| declaration.plan(input, &contents).unwrap());
        let after = carry_out(&model, &plan);
        for (one, target) in &wanted {
            prop_assert_eq!(after.certificates.contains_key(one), target.is_some());
            for (scope, active) in &after.active {
                let is_wanted = target.as_ref().is_some_and(|scopes| scopes.contains(scope));
                prop_assert_eq!(active.contains(one), is_wanted, "{} in {}", one, scope);
            }
        }
        assert_only_changed(&model, &after, &Vec::from_iter(wanted.into_iter().map(|(one, _)| one)));

        let uploaded = format!("new_{}", fingerprint(9)).parse().unwrap();
        contents.fingerprints.insert(uploaded, fingerprint(9));
        prop_assert!(plan_of(&after, |input| declaration.plan(input, &contents).unwrap()).is_empty());
    }

    #[test]
    fn an_export_describes_the_current_state(model in model()) {
        let inventory = model.inventory();
        let declaration: Declaration = export(&inventory).unwrap().parse().unwrap();
        let plan = plan_of(&model, |input| declaration.plan(input, &Contents::new()).unwrap());
        prop_assert!(plan.is_empty() && plan.unmanaged.is_empty());
    }

    #[test]
    fn an_interrupted_plan_continues_where_it_stopped(model in model(), old in 0..5_usize, stop in 0..8_usize) {
        let old = old % model.certificates.len();
        let validity = Validity::new(at(now().as_secs() - DAY), at(now().as_secs() + 50 * DAY));
        let new = Replacement::New(new_certificate(9, validity));
        let plan = plan_of(&model, |input| begin_rotation(input, &id(old), &new).unwrap());
        let mut half_way = model.clone();
        let stop = stop.min(plan.changes.len());
        plan.changes[..stop].iter().for_each(|change| half_way.apply(change));
        let uploaded = (stop > 0)
            .then(|| (fingerprint(9), format!("new_{}", fingerprint(9)).parse().unwrap()));
        let remaining = plan.remaining(&half_way.inventory(), &uploaded.into_iter().collect());
        prop_assert_eq!(remaining.unwrap(), plan.changes[stop..].to_vec());
    }
}
