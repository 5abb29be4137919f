//! `…/certificates/activate` and `…/deactivate`.

use std::cmp::Reverse;

use certs_types::{ErrorCode, Object, ToggleResponse};

use super::{Call, is_archived, json, page};
use crate::state::audit::{Action, Subject};
use crate::state::{Scope, State};
use crate::wire::body::Body;
use crate::wire::refusal::Refusal;
use crate::wire::response::OperationResult;

impl Call<'_> {
    /// Activates or deactivates all given certificates, or none if one is unknown.
    pub(super) fn toggle(&self, scope: &Scope, active: bool) -> OperationResult {
        let assumptions = &self.settings.assumptions;
        let mut ids = Body::read(self.request, assumptions)?
            .take_certificate_ids(assumptions.keep_repeated_ids)?;
        let toggled = self.change(|state| {
            self.check_project(state, scope)?;
            // Every id is looked up before the first certificate is changed, which makes the call atomic.
            if let Some(unknown) = ids.iter().find(|id| state.certificates.get(id).is_none()) {
                return Err(self.no_certificate(unknown).param("certificate_ids"));
            }
            let allowed = assumptions.allow_archived_project_toggles;
            let archived = if allowed { Ok(()) } else { self.check_archived(state, scope) };
            if archived.is_ok() || assumptions.toggle_archived_project_anyway {
                let action = if active { Action::Activated } else { Action::Deactivated };
                let changed = self.set_active(state, &ids, scope, active);
                self.log(state, action, changed);
            }
            archived?;
            if assumptions.toggle_response_newest_first {
                ids.sort_by_key(|id| Reverse(state.certificates.sort_key(id)));
            }
            let found = ids.iter().filter_map(|id| state.certificates.get(id));
            let data = found.map(|stored| stored.in_scope(scope)).collect();
            Ok(ToggleResponse::new(object(scope, active), data))
        })?;
        if self.settings.legacy {
            let count = toggled.data.len();
            return json(&page(toggled.data.into_iter(), count, |shown| shown.id.to_string()));
        }
        json(&toggled)
    }

    /// Returns the certificates that this changed.
    fn set_active(
        &self,
        state: &mut State,
        ids: &[String],
        scope: &Scope,
        active: bool,
    ) -> Vec<Subject> {
        let propagation = self.settings.propagation;
        ids.iter()
            .filter_map(|id| {
                state.set_active(id, scope, active, propagation, self.now).map(Subject::from)
            })
            .collect()
    }

    /// Refuses a project that is archived.
    pub(super) fn check_archived(&self, state: &State, scope: &Scope) -> Result<(), Refusal> {
        match scope {
            Scope::Project(project) if is_archived(state, project) => {
                let message = format!("Project '{project}' is archived.");
                Err(Refusal::new(self.settings.assumptions.project_archived, message)
                    .code(ErrorCode::PROJECT_ARCHIVED))
            }
            _ => Ok(()),
        }
    }
}

fn object(scope: &Scope, active: bool) -> Object {
    match (scope, active) {
        (Scope::Organization, true) => Object::ORGANIZATION_CERTIFICATE_ACTIVATION,
        (Scope::Organization, false) => Object::ORGANIZATION_CERTIFICATE_DEACTIVATION,
        (Scope::Project(_), true) => Object::PROJECT_CERTIFICATE_ACTIVATION,
        (Scope::Project(_), false) => Object::PROJECT_CERTIFICATE_DEACTIVATION,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::testing::{Calls, builder, code, param};
    use crate::{Assumptions, Emulator};

    const PROJECT: &str = "projects/proj_a/";

    /// The ids that are active in a scope.
    fn active(emulator: &Emulator, scope: &str) -> BTreeSet<String> {
        let (status, page) = emulator.get(&format!("/organization/{scope}certificates?limit=100"));
        assert_eq!(status, 200);
        let data = page["data"].as_array().unwrap();
        let active = data.iter().filter(|certificate| certificate["active"] == true);
        active.map(|certificate| certificate["id"].as_str().unwrap().to_owned()).collect()
    }

    fn set(ids: &[String]) -> BTreeSet<String> {
        ids.iter().cloned().collect()
    }

    #[test]
    fn response_shows_the_certificates_in_their_scope() {
        let emulator = builder().build();
        let ids = emulator.uploads(2);
        for (scope, kind) in [("", "organization"), (PROJECT, "organization.project")] {
            for (switch, object, active) in
                [("activate", "activation", true), ("deactivate", "deactivation", false)]
            {
                let (status, body) = emulator.toggle(scope, switch, &ids);
                assert_eq!(status, 200);
                assert_eq!(body["object"], format!("{kind}.certificate.{object}"));
                for (at, id) in ids.iter().enumerate() {
                    let expected = json!({
                        "object": format!("{kind}.certificate"), "id": id, "name": null,
                        "active": active, "created_at": 1_717_200_000,
                        "certificate_details":
                            {"valid_at": 1_704_067_200, "expires_at": 2_208_988_800_u64},
                    });
                    assert_eq!(body["data"][at], expected);
                }
            }
        }
    }

    #[test]
    fn legacy_response_is_a_list() {
        let emulator = builder().legacy().build();
        let ids = emulator.uploads(2);
        let body = emulator.toggle("", "activate", &ids).1;
        assert_eq!(body["object"], "list");
        assert_eq!((&body["first_id"], &body["last_id"]), (&json!(ids[0]), &json!(ids[1])));
        assert_eq!(body["has_more"], false);
        assert_eq!(body["data"][1]["active"], true);
    }

    #[test]
    fn response_keeps_the_order_of_the_request() {
        let emulator = builder().build();
        let mut ids = emulator.uploads(10);
        ids.swap(2, 9);
        let body = emulator.toggle("", "activate", &ids).1;
        let returned: Vec<_> = body["data"].as_array().unwrap().iter().map(|c| &c["id"]).collect();
        assert_eq!(
            returned,
            ids.iter().map(|id| json!(id)).collect::<Vec<_>>().iter().collect::<Vec<&Value>>()
        );
    }

    #[test]
    fn order_and_repetition_in_the_response_are_configurable() {
        let returned = |assumptions: Assumptions| -> Vec<Option<usize>> {
            let emulator = builder().assumptions(assumptions).build();
            let ids = emulator.uploads(3);
            let named = [&ids[1], &ids[0], &ids[2], &ids[1]].map(Clone::clone);
            let body = emulator.toggle("", "activate", &named).1;
            let data = body["data"].as_array().unwrap().iter();
            data.map(|shown| ids.iter().position(|id| shown["id"] == **id)).collect()
        };
        let (mut repeated, mut newest) = (Assumptions::default(), Assumptions::default());
        assert_eq!(returned(repeated.clone()), [1, 0, 2].map(Some));
        repeated.keep_repeated_ids = true;
        assert_eq!(returned(repeated), [1, 0, 2, 1].map(Some));
        newest.toggle_response_newest_first = true;
        assert_eq!(returned(newest), [2, 1, 0].map(Some));
    }

    #[test]
    fn one_unknown_id_changes_nothing() {
        let emulator = builder().build();
        let ids = emulator.uploads(3);
        emulator.toggle("", "activate", &ids[..1]);
        for unknown in ["cert_x", "", "..", "a b"] {
            let mut wrong = ids.clone();
            wrong.push(unknown.into());
            for scope in ["", PROJECT] {
                for switch in ["activate", "deactivate"] {
                    let (status, body) = emulator.toggle(scope, switch, &wrong);
                    assert_eq!((status, param(&body)), (404, "certificate_ids"));
                }
            }
        }
        assert_eq!(active(&emulator, ""), set(&ids[..1]));
        assert_eq!(active(&emulator, PROJECT), set(&[]));
    }

    #[test]
    fn toggles_are_idempotent() {
        let emulator = builder().build();
        let ids = emulator.uploads(3);
        for switch in ["activate", "deactivate"] {
            assert_eq!(emulator.toggle("", switch, &ids), emulator.toggle("", switch, &ids));
        }
    }

    #[test]
    fn scopes_are_independent() {
        let emulator = builder().build();
        let ids = emulator.uploads(2);
        emulator.toggle("", "activate", &ids[..1]);
        emulator.toggle(PROJECT, "activate", &ids[1..]);
        assert_eq!(active(&emulator, ""), set(&ids[..1]));
        assert_eq!(active(&emulator, PROJECT), set(&ids[1..]));
        assert_eq!(active(&emulator, "projects/proj_b/"), set(&[]));
        emulator.toggle("", "deactivate", &ids);
        assert_eq!(active(&emulator, PROJECT), set(&ids[1..]));
    }

    #[test]
    fn unknown_and_archived_projects_have_different_errors() {
        let emulator = builder().build();
        let ids = emulator.uploads(1);
        assert_eq!(emulator.toggle("projects/proj_x/", "activate", &ids).0, 404);
        assert_eq!(emulator.toggle("projects/%2e%2e/", "activate", &ids).0, 404);
        let (status, body) = emulator.toggle("projects/proj_old/", "activate", &ids);
        assert_eq!((status, code(&body)), (400, "project_archived"));
        assert_eq!(active(&emulator, "projects/proj_old/"), set(&[]));
    }

    #[test]
    fn refused_toggle_of_an_archived_project_can_be_carried_out() {
        let mut assumptions =
            Assumptions { toggle_archived_project_anyway: true, ..Assumptions::default() };
        let emulator = builder().assumptions(assumptions.clone()).build();
        let ids = emulator.uploads(1);
        let (status, body) = emulator.toggle("projects/proj_old/", "activate", &ids);
        assert_eq!((status, code(&body)), (400, "project_archived"));
        assert_eq!(active(&emulator, "projects/proj_old/"), set(&ids));
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 400);

        assumptions.allow_delete_while_active_in_archived_project = true;
        let emulator = builder().assumptions(assumptions).build();
        let ids = emulator.uploads(1);
        emulator.toggle("projects/proj_old/", "activate", &ids);
        assert_eq!(emulator.delete(&format!("/organization/certificates/{}", ids[0])).0, 200);
    }

    #[test]
    fn archived_projects_can_accept_toggles_and_refuse_lists() {
        let assumptions =
            Assumptions { allow_archived_project_toggles: true, ..Assumptions::default() };
        let emulator = builder().assumptions(assumptions).build();
        let ids = emulator.uploads(1);
        assert_eq!(emulator.toggle("projects/proj_old/", "activate", &ids).0, 200);
        assert_eq!(active(&emulator, "projects/proj_old/"), set(&ids));

        let assumptions =
            Assumptions { refuse_archived_project_lists: true, ..Assumptions::default() };
        let emulator = builder().assumptions(assumptions).build();
        let (status, body) = emulator.get("/organization/projects/proj_old/certificates");
        assert_eq!((status, code(&body)), (400, "project_archived"));
        assert_eq!(emulator.get("/organization/projects/proj_a/certificates").0, 200);
    }

    #[test]
    fn concurrent_lists_never_show_half_a_toggle() {
        let emulator = builder().build();
        let ids = emulator.uploads(20);
        // Neighboring sets share half of their ids.
        let sets = [&ids[0..10], &ids[5..15], &ids[10..20]];
        // Every toggle includes all or none of a block, so all of its ids have the same state.
        let blocks = [&ids[0..5], &ids[5..10], &ids[10..15], &ids[15..20]];
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let callers: Vec<_> = (0..60)
                .map(|n| {
                    let (emulator, set) = (emulator.clone(), sets[n % 3]);
                    scope.spawn(move || {
                        for round in 0..20 {
                            let switch =
                                if (n + round) % 2 == 0 { "activate" } else { "deactivate" };
                            assert_eq!(emulator.toggle("", switch, set).0, 200);
                        }
                    })
                })
                .collect();
            for _ in 0..4 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let seen = active(&emulator, "");
                        for block in blocks {
                            let count = block.iter().filter(|id| seen.contains(*id)).count();
                            assert!(count == 0 || count == 5, "half a toggle: {count} of 5");
                        }
                    }
                });
            }
            for caller in callers {
                caller.join().unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_sequence_of_toggles_matches_the_model(
            calls in prop::collection::vec(
                (any::<bool>(), any::<bool>(), prop::collection::vec(0usize..7, 1..5)), 0..30),
        ) {
            let emulator = builder().build();
            let mut ids = emulator.uploads(6);
            ids.push("cert_unknown".into());
            let mut model = [BTreeSet::new(), BTreeSet::new()];
            for (in_project, activate, chosen) in calls {
                let (scope, switch) = (if in_project { PROJECT } else { "" }, if activate { "activate" } else { "deactivate" });
                let named: Vec<_> = chosen.iter().map(|&n| ids[n].clone()).collect();
                let (status, _) = emulator.toggle(scope, switch, &named);
                let known = !chosen.contains(&6);
                prop_assert_eq!(status == 200, known);
                let model = &mut model[usize::from(in_project)];
                match (known, activate) {
                    (true, true) => model.extend(named),
                    (true, false) => model.retain(|id| !named.contains(id)),
                    (false, _) => {}
                }
            }
            prop_assert_eq!(&active(&emulator, ""), &model[0]);
            prop_assert_eq!(&active(&emulator, PROJECT), &model[1]);
        }
    }
}
