//! What a toggle says, and what its answer proves.

use certs_types::{CertificateId, CertificateIds, Toggled};

/// The body of a toggle: what serde_json would write, id by id instead of byte by byte.
///
/// Of what JSON escapes, an id can have the quote alone.
pub(super) fn body(ids: &CertificateIds) -> Vec<u8> {
    // Room for ten ids of today's length.
    let mut body = Vec::with_capacity(512);
    body.extend_from_slice(br#"{"certificate_ids":["#);
    for (at, id) in ids.iter().enumerate() {
        body.extend_from_slice(if at == 0 { b"\"" } else { b",\"" });
        for (at, part) in id.as_str().split('"').enumerate() {
            body.extend_from_slice(if at == 0 { b"" } else { br#"\""# });
            body.extend_from_slice(part.as_bytes());
        }
        body.push(b'"');
    }
    body.extend_from_slice(b"]}");
    body
}

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

    pub(super) fn find(requested: &'a CertificateIds, active: bool, answer: &Toggled) -> Vec<Self> {
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

#[cfg(test)]
mod tests {
    use certs_types::ToggleCertificatesRequest;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_body_of_a_toggle_is_the_json_of_its_type(
            ids in prop::collection::vec(r#"["a-z0-9_~üñ\x7e]{1,50}"#, 1..=10)
        ) {
            let ids = ids.into_iter().map(|id| CertificateId::try_from(id).unwrap());
            let ids = CertificateIds::new(ids).unwrap();
            let request = ToggleCertificatesRequest::new(ids.clone());
            prop_assert_eq!(body(&ids), serde_json::to_vec(&request).unwrap());
        }
    }
}
