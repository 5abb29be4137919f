//! Which certificates of the organization the command's own client certificate chains to.

use certs_core::operations::Scope;
use certs_plan::{CallerIdentity, CertificateRef, Change, Inventory, Presentation};
use certs_types::CertificatePem;

use crate::contents;
use crate::error::Error;
use crate::session::Session;

/// The client certificate of this command, verified against what would be active in the organization after these
/// changes. Contents are read until one certificate vouches for it.
///
/// # Errors
///
/// Any error of reading a content.
pub(crate) async fn client_identity(
    session: &Session,
    inventory: &Inventory,
    changes: &[Change],
) -> Result<CallerIdentity, Error> {
    let is_in_organization = |change: &Change| change.scope() == Some(&Scope::Organization);
    let Some(chain) = session.client_chain().filter(|_| changes.iter().any(is_in_organization))
    else {
        return Ok(CallerIdentity::none());
    };
    if !session.presents_client_certificate() {
        return Ok(CallerIdentity::new([], Presentation::NotPresented));
    }
    let vouches = |pem: &CertificatePem| chain.verify(pem, session.timestamp()).is_ok();
    let candidates = CallerIdentity::candidates(inventory, changes, session.timestamp());
    let mut vouching = Vec::new();
    for change in changes {
        let Change::Upload(new) = change else { continue };
        let reference = CertificateRef::New(new.fingerprint);
        if candidates.contains(&reference) && vouches(&new.pem) {
            vouching.push(reference);
        }
    }
    for id in candidates.iter().filter_map(CertificateRef::id) {
        if !vouching.is_empty() {
            break;
        }
        if contents::read(session, [id]).await?.values().any(vouches) {
            vouching.push(id.clone().into());
        }
    }
    Ok(CallerIdentity::new(vouching, Presentation::Presented))
}
