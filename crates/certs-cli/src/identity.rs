//! Which certificates of the organization the command's own client certificate chains to.

use std::collections::BTreeSet;

use certs_core::operations::{Get, Scope};
use certs_hyper::identity::ClientChain;
use certs_plan::change::CertificateRefs;
use certs_plan::{CallerIdentity, CertificateRef, Change, Inventory, Presentation};
use certs_types::{CertificateId, CertificatePem};

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
    let Candidates { remaining, removed } = Candidates::of(inventory, changes);
    let mut vouching = Vec::new();
    for change in changes {
        let Change::Upload(new) = change else { continue };
        let reference = CertificateRef::New(new.fingerprint);
        if remaining.contains(&reference) && chain.verify(&new.pem, session.timestamp()).is_ok() {
            vouching.push(reference);
        }
    }
    let is_valid = |id: &CertificateId| {
        inventory.certificate(id).is_some_and(|known| known.validity.is_valid(session.timestamp()))
    };
    // Whether it is accepted today matters only if no certificate that remains accepts it.
    for id in
        remaining.iter().chain(&removed).filter_map(CertificateRef::id).filter(|id| is_valid(id))
    {
        if !vouching.is_empty() {
            break;
        }
        if vouches(session, chain, id).await? {
            vouching.push(CertificateRef::Id(id.clone()));
        }
    }
    Ok(CallerIdentity::new(vouching, Presentation::Presented))
}

async fn vouches(
    session: &Session,
    chain: &ClientChain,
    id: &CertificateId,
) -> Result<bool, Error> {
    let certificate = session.client.call(Get::new(id.clone()).with_content()).await?.value;
    let content = certificate.certificate_details.content;
    let pem = content.and_then(|content| content.parse::<CertificatePem>().ok());
    Ok(pem.is_some_and(|pem| chain.verify(&pem, session.timestamp()).is_ok()))
}

/// The certificates that are active in the organization after changes, and those that were before.
struct Candidates {
    remaining: BTreeSet<CertificateRef>,
    removed: BTreeSet<CertificateRef>,
}

impl Candidates {
    fn of(inventory: &Inventory, changes: &[Change]) -> Self {
        let active = inventory.active_in(&Scope::Organization).unwrap_or_default();
        let before: BTreeSet<_> = active.into_iter().cloned().map(CertificateRef::Id).collect();
        let mut remaining = before.clone();
        for change in changes {
            match change {
                Change::Activate { scope: Scope::Organization, certificates } => {
                    remaining.extend(CertificateRefs::as_slice(certificates).iter().cloned());
                }
                Change::Deactivate { scope: Scope::Organization, certificates } => {
                    for id in certificates {
                        remaining.remove(&CertificateRef::Id(id.clone()));
                    }
                }
                _ => {}
            }
        }
        let removed = before.difference(&remaining).cloned().collect();
        Self { remaining, removed }
    }
}
