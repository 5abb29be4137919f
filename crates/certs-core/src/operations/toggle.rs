//! What a toggle says, and what its answer proves.

use certs_types::{CertificateId, CertificateIds, ToggleResponse};

/// A certificate that the answer to a toggle does not confirm.
///
/// Read the list again before believing that the change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unconfirmed<'a> {
    /// The answer does not say in which state the certificate is.
    Missing(&'a CertificateId),
    /// The answer says that the certificate is still in the state it should have left.
    Unchanged(&'a CertificateId),
}

impl<'a> Unconfirmed<'a> {
    /// The certificate in question.
    #[must_use]
    pub fn id(self) -> &'a CertificateId {
        match self {
            Self::Missing(id) | Self::Unchanged(id) => id,
        }
    }

    pub(super) fn find(
        requested: &'a CertificateIds,
        active: bool,
        answer: &ToggleResponse,
    ) -> Vec<Self> {
        // Usually the answer has what was asked for, in the order in which it was asked for; and no id
        // is asked for twice, so none is in the answer twice either.
        let in_order = requested.iter().eq(answer.data.iter().map(|certificate| &certificate.id));
        if in_order && answer.data.iter().all(|certificate| certificate.active == Some(active)) {
            return Vec::new();
        }
        let doubt = |id| match answer.is_active(id) {
            Some(state) if state == active => None,
            Some(_) => Some(Self::Unchanged(id)),
            None => Some(Self::Missing(id)),
        };
        requested.iter().filter_map(doubt).collect()
    }
}
