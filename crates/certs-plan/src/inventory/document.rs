//! The saved format of an inventory, validated when it is read.

use std::collections::BTreeMap;

use certs_types::ProjectId;
use serde::Deserialize;

use super::{Inventory, KnownCertificate, Listing, Observed, ProjectState};
use crate::format::FormatVersion;
use crate::trust::Index;

/// A saved inventory, which may be inconsistent.
#[derive(Deserialize)]
pub(super) struct Document {
    version: FormatVersion<1>,
    certificates: Vec<KnownCertificate>,
    organization: Option<Observed>,
    listing: Listing,
    projects: BTreeMap<ProjectId, ProjectState>,
}

impl TryFrom<Document> for Inventory {
    type Error = InvalidDocument;

    fn try_from(document: Document) -> Result<Self, InvalidDocument> {
        let Document { version, certificates, organization, listing, projects } = document;
        let mut indices = BTreeMap::new();
        for (index, certificate) in (0..).zip(&certificates) {
            if indices.insert(certificate.id.clone(), index).is_some() {
                return Err(InvalidDocument::RepeatedCertificate);
            }
        }
        let is_within =
            |&index: &Index| usize::try_from(index).is_ok_and(|index| index < certificates.len());
        let observed = projects.values().filter_map(|project| project.observed.as_ref());
        let mut active = organization.iter().chain(observed).map(|observed| &observed.active);
        if !active.all(|set| set.iter().all(is_within)) {
            return Err(InvalidDocument::UnknownCertificate);
        }
        Ok(Self { version, certificates, organization, listing, projects, indices })
    }
}

/// Why a saved inventory cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidDocument {
    #[error("the same certificate is listed twice")]
    RepeatedCertificate,
    #[error("a certificate is active that is not listed")]
    UnknownCertificate,
}
