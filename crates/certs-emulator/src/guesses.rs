//! What no document says, as settings.

use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The behaviours that are guessed, each with its default.
///
/// A client that passes its tests with one guess and fails with another relies on something that
/// nobody promised.
///
/// ```
/// # use certs_emulator::{Emulator, Guesses};
/// let mut guesses = Guesses::default();
/// guesses.certificate_in_use = http::StatusCode::CONFLICT;
/// let emulator = Emulator::builder().guesses(guesses.clone()).build();
///
/// // As JSON, where every field may be left out.
/// assert_eq!(serde_json::from_str::<Guesses>(r#"{"certificate_in_use":409}"#)?, guesses);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Guesses {
    /// The status with the code `mtls_certificate_invalid`: 400.
    #[serde(deserialize_with = "status")]
    pub certificate_invalid: StatusCode,
    /// The status with the code `expired_certificate`: 400.
    #[serde(deserialize_with = "status")]
    pub expired_certificate: StatusCode,
    /// The status with the code `certificate_in_use`: 400.
    #[serde(deserialize_with = "status")]
    pub certificate_in_use: StatusCode,
    /// The status with the code `project_archived`: 400.
    #[serde(deserialize_with = "status")]
    pub project_archived: StatusCode,
    /// The status for an id that names nothing: 404.
    #[serde(deserialize_with = "status")]
    pub unknown_id: StatusCode,
    /// The status for one certificate too many: 400.
    #[serde(deserialize_with = "status")]
    pub certificate_limit: StatusCode,
    /// The status for a key without the scope: 403. Observed are 401 and 403.
    #[serde(deserialize_with = "status")]
    pub missing_scopes: StatusCode,
    /// The status for a request without the client certificate that is enforced: 401.
    #[serde(deserialize_with = "status")]
    pub client_certificate: StatusCode,
    /// The status for a body that is not called `application/json`: 415.
    #[serde(deserialize_with = "status")]
    pub wrong_content_type: StatusCode,
    /// The most characters the name of a certificate may have, refused with 400: 1024.
    pub longest_name: usize,
    /// Whether a toggle that names an id twice is answered with it twice: no, it is folded.
    pub repeated_ids: bool,
    /// Whether a toggle answers newest first like a list: no, in the order of the request.
    pub toggled_newest_first: bool,
    /// Whether a certificate that is there already may be uploaded again: yes.
    pub duplicate_uploads: bool,
    /// Whether a certificate that is active in an archived project may be deleted: no.
    pub delete_while_active_in_archived_project: bool,
    /// Whether a toggle refused with `project_archived` is made all the same, as observed once: no.
    pub toggle_archived_project_anyway: bool,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            certificate_invalid: StatusCode::BAD_REQUEST,
            expired_certificate: StatusCode::BAD_REQUEST,
            certificate_in_use: StatusCode::BAD_REQUEST,
            project_archived: StatusCode::BAD_REQUEST,
            unknown_id: StatusCode::NOT_FOUND,
            certificate_limit: StatusCode::BAD_REQUEST,
            missing_scopes: StatusCode::FORBIDDEN,
            client_certificate: StatusCode::UNAUTHORIZED,
            wrong_content_type: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            longest_name: 1024,
            repeated_ids: false,
            toggled_newest_first: false,
            duplicate_uploads: true,
            delete_while_active_in_archived_project: false,
            toggle_archived_project_anyway: false,
        }
    }
}

/// A status to end a request with: an interim one would leave the client waiting.
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(deserializer)?;
    let status = StatusCode::from_u16(number).ok().filter(|status| !status.is_informational());
    status.ok_or_else(|| D::Error::custom(format_args!("{number} is no status to answer with")))
}
