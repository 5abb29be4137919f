//! Finds certificates by their content.

use std::collections::BTreeSet;

use certs_core::local::LocalTransport;
use certs_core::operations::Get;
use certs_core::{Client, Error};
use certs_types::{CertificateId, CertificatePem};

use crate::change::NewCertificate;
use crate::goal::possible_copies;
use crate::inventory::Inventory;

/// Finds the listed certificates with the same content as this one, under any name. Only the contents of certificates
/// with the same or unknown dates are read, one request for each.
///
/// # Errors
///
/// The [`Error`] of the first content that cannot be read.
pub async fn find_copies<T: LocalTransport>(
    client: &Client<T>,
    inventory: &Inventory,
    new: &NewCertificate,
) -> Result<Vec<CertificateId>, Error> {
    find_other_copies(client, inventory, new, &mut BTreeSet::new()).await
}

/// Like [`find_copies`], but skips certificates whose content was read before.
pub(super) async fn find_other_copies<T: LocalTransport>(
    client: &Client<T>,
    inventory: &Inventory,
    new: &NewCertificate,
    read: &mut BTreeSet<CertificateId>,
) -> Result<Vec<CertificateId>, Error> {
    let mut copies = Vec::new();
    for id in possible_copies(inventory, new.validity) {
        if read.contains(&id) {
            continue;
        }
        let certificate = client.call(Get::new(id.clone()).with_content()).await?.value;
        let content = certificate.certificate_details.content;
        let content = content.and_then(|content| content.parse::<CertificatePem>().ok());
        read.insert(id.clone());
        if content.as_ref() == Some(&new.pem) {
            copies.push(id);
        }
    }
    Ok(copies)
}
