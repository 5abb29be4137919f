//! The settings of an execution: the client certificate of this program, and the allowed hazards.

use certs_core::operations::Scope;
use certs_plan::execute::Outcome;
use certs_plan::hazard::Presentation;
use certs_plan::{Allowed, CallerIdentity, Change};

use crate::emulated::{Server, id};
use crate::steps::{carry_out, two_projects};

#[test]
fn a_removal_that_would_lock_this_program_out_is_made_only_if_allowed() {
    let outcome = |is_vouched_for: bool, allowed: Allowed| {
        let server = Server::new(&two_projects([&[0, 1], &[], &[]]), None);
        let removal = Change::deactivate(&Scope::Organization, [id(0)]);
        let vouching = is_vouched_for.then(|| id(0).into());
        let identity = CallerIdentity::new(vouching, Presentation::Presented);
        carry_out(&server, removal, |it| it.with_identity(identity.clone()).with_allowed(allowed))
            .outcome()
    };
    let lock_out = Allowed { lock_out: true, ..Allowed::default() };
    assert_eq!(outcome(true, Allowed::default()), Outcome::StateMoved);
    assert_eq!(outcome(true, lock_out), Outcome::Done);
    assert_eq!(outcome(false, Allowed::default()), Outcome::Done, "it was locked out before");
}
