//! Reads the lists that the preflight of a change needs.

use certs_core::operations::Scope;
use certs_plan::Inventory;

use crate::contents;
use crate::error::{Error, error_chain};
use crate::exit::Exit;
use crate::preflight::scope_name;
use crate::session::Session;

/// Reads the lists of the organization and of these scopes, and the dates of what is active there.
///
/// # Errors
///
/// Exit 4 when a list cannot be read, 3 when the key or the client certificate is not accepted.
pub(crate) async fn read(session: &Session, scopes: &[Scope]) -> Result<Inventory, Error> {
    let mut inventory = Inventory::new();
    observe(session, &mut inventory, &Scope::Organization).await?;
    for scope in scopes.iter().filter(|scope| **scope != Scope::Organization) {
        observe(session, &mut inventory, scope).await?;
    }
    contents::supply_dates(&mut inventory, session).await?;
    Ok(inventory)
}

async fn observe(session: &Session, inventory: &mut Inventory, scope: &Scope) -> Result<(), Error> {
    let list = session.certificates(scope.clone()).await.map_err(|incomplete| {
        Error::from(incomplete)
            .into_reading()
            .while_doing(format!("cannot read {}", scope_name(scope)))
    })?;
    let observed = inventory.observe(scope, list, session.timestamp());
    observed.map_err(|error| Error::new(Exit::Unreachable, error_chain(&error)))
}
