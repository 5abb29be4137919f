//! Goals: each turns an inventory into a plan, with changes in a safe order.

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
pub use recognize::{choose_copy, possible_copies};
pub use retire::Retire;
pub use rotate::{Replacement, Rotation, RotationScope, RotationStatus, begin_rotation};

/// The maximum number of certificates in an organization, according to the API's documents.
pub const MAX_CERTIFICATES: usize = 50;

/// Deactivates in archived projects, then in projects, then in the organization. Projects inherit a certificate
/// while it is active there, so that it stops being accepted everywhere at the same time.
fn deactivate_everywhere(
    inventory: &Inventory,
    removed_from: impl Fn(&Scope) -> Vec<CertificateId>,
) -> Vec<Change> {
    let (archived, in_use) = projects(inventory);
    let scopes = archived.into_iter().chain(in_use).chain([Scope::Organization]);
    scopes.flat_map(|scope| Change::deactivate(&scope, removed_from(&scope))).collect()
}

/// Activates in the organization, then in projects, then in archived ones.
fn activate_everywhere(
    inventory: &Inventory,
    added_to: impl Fn(&Scope) -> Vec<CertificateRef>,
) -> Vec<Change> {
    let (archived, in_use) = projects(inventory);
    let scopes = [Scope::Organization].into_iter().chain(in_use).chain(archived);
    scopes.flat_map(|scope| Change::activate(&scope, added_to(&scope))).collect()
}

/// The archived projects, and the others.
fn projects(inventory: &Inventory) -> (Vec<Scope>, Vec<Scope>) {
    let (archived, in_use): (Vec<_>, Vec<_>) =
        inventory.projects().partition(|project| project.is_archived());
    let scopes =
        |projects: Vec<KnownProject<'_>>| projects.into_iter().map(KnownProject::scope).collect();
    (scopes(archived), scopes(in_use))
}

/// Whether the certificate is known to be active in this scope by its own activation.
fn is_active(inventory: &Inventory, scope: &Scope, id: &CertificateId) -> bool {
    inventory.is_active(scope, id) == Some(true)
}
