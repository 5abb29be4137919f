//! The contents of certificates, for what lists leave out: which chains they anchor, and dates.

use std::collections::BTreeMap;

use certs_core::operations::Get;
use certs_hyper::identity::ClientChain;
use certs_plan::{Inventory, Validity};
use certs_types::{CertificateId, CertificatePem};

use crate::error::Error;
use crate::progress::Progress;
use crate::session::Session;
use crate::x509::Facts;

/// Certificates by their ids.
pub(crate) type Contents = BTreeMap<CertificateId, CertificatePem>;

/// Reads the contents of certificates, one request each. A content that is missing or not PEM is left out.
///
/// # Errors
///
/// Any error of the requests.
pub(crate) async fn read<'a>(
    session: &Session,
    ids: impl IntoIterator<Item = &'a CertificateId>,
) -> Result<Contents, Error> {
    /// Up to this many are read without a progress bar.
    const FEW: usize = 3;
    let ids: Vec<_> = ids.into_iter().collect();
    let mut progress = (ids.len() > FEW).then(|| Progress::start("contents read", ids.len()));
    let _quiet = progress.as_ref().map(|_| session.observer.without_announcements());
    let mut contents = Contents::new();
    for id in ids {
        let reply = session.client.call(Get::new(id.clone()).with_content()).await?;
        let content = reply.value.certificate_details.content;
        let pem = content.and_then(|pem| CertificatePem::from_bytes(pem.as_bytes()).ok());
        contents.extend(pem.map(|pem| (id.clone(), pem)));
        if let Some(progress) = &mut progress {
            progress.advance();
        }
    }
    Ok(contents)
}

/// Adds the dates that lists left out. Dates that are not in the content either stay unknown.
///
/// # Errors
///
/// Any error of the requests.
pub(crate) async fn supply_dates(
    inventory: &mut Inventory,
    session: &Session,
) -> Result<(), Error> {
    let unknown = inventory.certificates().filter(|certificate| !certificate.validity.is_known());
    let ids: Vec<_> = unknown.map(|certificate| certificate.id.clone()).collect();
    for (id, pem) in read(session, &ids).await? {
        if let Ok(facts) = Facts::of(&pem) {
            inventory.supply_validity(&id, Validity::new(facts.valid_at, facts.expires_at));
        }
    }
    Ok(())
}

/// The dates of a client certificate, if it can be parsed.
pub(crate) fn validity(chain: &ClientChain) -> Option<Validity> {
    let facts = Facts::of_der(chain.leaf_der(), 0)?;
    Some(Validity::new(facts.valid_at, facts.expires_at))
}
