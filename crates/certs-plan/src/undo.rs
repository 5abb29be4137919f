//! How to undo changes.

use std::collections::BTreeSet;

use certs_core::operations::Scope;
use certs_types::{CertificateId, CertificateIds, ProjectId};

use crate::change::Change;

/// One activation or deactivation that undoes a change, for several projects at once if possible. `Display` writes the
/// arguments of the `certs` command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndoStep {
    /// `true` to activate, `false` to deactivate.
    pub activates: bool,
    /// The certificates.
    pub certificates: CertificateIds,
    /// The projects; an empty list means the organization.
    pub projects: Vec<ProjectId>,
}

/// The inverse of changes that were made, in a safe order: first it activates what was removed, then it
/// deactivates what was added.
///
/// `done` must contain only what really changed, without certificates that were already active. Uploads and
/// deletions have no inverse here, and a certificate that was deleted in the end cannot be activated again.
#[must_use]
pub fn undo(done: &[Change]) -> Vec<UndoStep> {
    let mut steps: Vec<UndoStep> = Vec::new();
    let deleted = done.iter().filter_map(|change| match change {
        Change::Delete { certificate } => Some(certificate),
        _ => None,
    });
    let deleted: BTreeSet<_> = deleted.collect();
    let inverses: Vec<_> =
        done.iter().rev().filter_map(|change| inverse(change, &deleted)).collect();
    let (back, gone): (Vec<_>, Vec<_>) = inverses.into_iter().partition(|step| step.activates);
    for step in back.into_iter().chain(gone) {
        let is_same = |last: &&mut UndoStep| {
            last.activates == step.activates
                && last.certificates == step.certificates
                && last.projects.is_empty() == step.projects.is_empty()
        };
        match steps.last_mut().filter(is_same) {
            Some(last) => last.projects.extend(step.projects),
            None => steps.push(step),
        }
    }
    steps
}

/// The inverse for the certificates that were not deleted; `None` if there is none.
fn inverse(change: &Change, deleted: &BTreeSet<&CertificateId>) -> Option<UndoStep> {
    let (activates, scope, ids): (_, _, Vec<_>) = match change {
        Change::Activate { scope, certificates } => {
            let ids = certificates.as_slice().iter().filter_map(|certificate| certificate.id());
            (false, scope, ids.collect())
        }
        Change::Deactivate { scope, certificates } => (true, scope, certificates.iter().collect()),
        Change::Upload(_) | Change::Delete { .. } => return None,
    };
    let ids = ids.into_iter().filter(|id| !deleted.contains(id)).cloned();
    let certificates = CertificateIds::new(ids).ok()?;
    let projects = match scope {
        Scope::Organization => Vec::new(),
        Scope::Project(id) => vec![id.clone()],
    };
    Some(UndoStep { activates, certificates, projects })
}

impl std::fmt::Display for UndoStep {
    /// The arguments of the command, such as `activate cert_a --project proj_a`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.activates { "activate" } else { "deactivate" })?;
        let ids: &[CertificateId] = self.certificates.as_slice();
        ids.iter().try_for_each(|id| write!(f, " {id}"))?;
        self.projects.iter().try_for_each(|project| write!(f, " --project {project}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, scope};

    fn activate(in_scope: &str, name: &str) -> Change {
        Change::activate(&scope(in_scope), [id(name).into()]).remove(0)
    }

    fn deactivate(in_scope: &str, name: &str) -> Change {
        Change::deactivate(&scope(in_scope), [id(name)]).remove(0)
    }

    fn lines(done: &[Change]) -> Vec<String> {
        undo(done).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn activates_what_was_removed_before_it_deactivates_what_was_added() {
        let done = [
            activate("p", "b"),
            deactivate("p", "a"),
            activate("q", "b"),
            deactivate("q", "a"),
            deactivate("organization", "a"),
            Change::Delete { certificate: id("c") },
        ];
        assert_eq!(
            lines(&done),
            [
                "activate a",
                "activate a --project q --project p",
                "deactivate b --project q --project p"
            ]
        );
    }

    #[test]
    fn a_deleted_certificate_is_not_activated_again() {
        let both = Change::deactivate(&scope("p"), [id("a"), id("b")]).remove(0);
        let done = [both, deactivate("q", "a"), Change::Delete { certificate: id("a") }];
        assert_eq!(lines(&done), ["activate b --project p"]);
    }

    #[test]
    fn nothing_done_is_nothing_to_undo() {
        assert_eq!(lines(&[]), [""; 0]);
        assert_eq!(lines(&[Change::Delete { certificate: id("c") }]), [""; 0]);
    }
}
