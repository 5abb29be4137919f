//! Goals, which become plans: an inventory and a goal in, changes in a safe order out.

pub mod declaration;
mod export;
mod recognize;
mod retire;
mod rotate;
pub mod settle;

use certs_core::operations::Scope;
use certs_types::CertificateId;

use crate::change::Change;
use crate::fingerprint::CertificateRef;
use crate::inventory::{Inventory, KnownProject};

pub use declaration::{Contents, Declaration};
pub use export::export;
pub use recognize::{Candidate, choose_copy, possible_copies};
pub use retire::Retire;
pub use rotate::{Replacement, Rotation, RotationPlace, RotationStatus, begin};

/// The most certificates that an organization can have.
pub const MAX_CERTIFICATES: usize = 50;

/// Deactivates in archived projects, then in projects, then in the organization: as long as a certificate
/// is active there, the projects inherit it, so that it ends everywhere in one moment.
fn deactivate_everywhere(
    inventory: &Inventory,
    removed_from: impl Fn(&Scope) -> Vec<CertificateId>,
) -> Vec<Change> {
    let mut scopes = in_order(inventory);
    scopes.reverse();
    scopes.iter().flat_map(|scope| Change::deactivate(scope, removed_from(scope))).collect()
}

/// Activates in the organization, then in projects, then in archived ones.
fn activate_everywhere(
    inventory: &Inventory,
    added_to: impl Fn(&Scope) -> Vec<CertificateRef>,
) -> Vec<Change> {
    let scopes = in_order(inventory);
    scopes.iter().flat_map(|scope| Change::activate(scope, added_to(scope))).collect()
}

/// The organization, then projects, then archived ones.
fn in_order(inventory: &Inventory) -> Vec<Scope> {
    let mut projects: Vec<_> = inventory.projects().collect();
    projects.sort_by_key(|project| project.is_archived());
    let projects = projects.into_iter().map(KnownProject::scope);
    std::iter::once(Scope::Organization).chain(projects).collect()
}

/// Whether the certificate is known to be active in this scope by its own activation.
fn is_active(inventory: &Inventory, scope: &Scope, id: &CertificateId) -> bool {
    inventory.is_active(scope, id) == Some(true)
}
