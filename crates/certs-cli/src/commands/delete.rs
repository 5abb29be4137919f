//! `certs delete`

use certs_core::operations::{Delete, Get};
use certs_core::types::CertificateId;

use crate::arguments::Consent;
use crate::confirm::ask;
use crate::failure::Failure;
use crate::interrupt::guard;
use crate::session::Session;
use crate::table;

/// A delete cannot be undone: somebody must have said yes, here or beforehand.
pub(crate) fn check(consent: &Consent) -> Result<(), Failure> {
    match consent.yes || consent.must_ask() {
        true => Ok(()),
        false => Err(Failure::usage(
            "a delete cannot be undone, and there is no terminal to confirm it on: give --yes",
        )),
    }
}

pub(crate) async fn run(
    session: &Session,
    id: CertificateId,
    consent: &Consent,
) -> Result<(), Failure> {
    if consent.must_ask() {
        let certificate = session.client.call(Get::new(id.clone())).await?.value;
        let shown = table::certificate(&certificate);
        ask(&format!("Delete, which cannot be undone:\n\n{shown}"))?;
    }
    let delete = async {
        let deleted = session.client.call(Delete::new(id.clone())).await?.value;
        match deleted.id == id {
            true => Ok(deleted),
            false => Err(Failure::unconfirmed(format!("that {id} was deleted"))),
        }
    };
    let deleted = guard(&session.client, delete).await.map_err(|failure| {
        failure
            .or_find_out("repeating the same command is safe, and `certs list` shows what is left")
    })?;
    let printed = session.format.deleted(&deleted);
    printed.map_err(|failure| failure.although(format!("{} was deleted", deleted.id)))
}
