//! Settings for undocumented behavior.

use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// What the emulator assumes where nothing is documented, with a default for each.
///
/// A client that passes its tests under one assumption and fails under another relies on behavior
/// that the vendor does not promise.
///
/// ```
/// # use certs_emulator::{Emulator, Assumptions};
/// let mut assumptions = Assumptions::default();
/// assumptions.certificate_in_use = http::StatusCode::CONFLICT;
/// let emulator = Emulator::builder().assumptions(assumptions.clone()).build();
///
/// // As JSON, every field is optional.
/// assert_eq!(serde_json::from_str::<Assumptions>(r#"{"certificate_in_use":409}"#)?, assumptions);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Assumptions {
    /// The status sent with the code `mtls_certificate_invalid`; 400 by default.
    #[serde(deserialize_with = "status")]
    pub certificate_invalid: StatusCode,
    /// The status sent with the code `expired_certificate`; 400 by default.
    #[serde(deserialize_with = "status")]
    pub expired_certificate: StatusCode,
    /// The status sent with the code `certificate_in_use`; 400 by default.
    #[serde(deserialize_with = "status")]
    pub certificate_in_use: StatusCode,
    /// The status sent with the code `project_archived`; 400 by default.
    #[serde(deserialize_with = "status")]
    pub project_archived: StatusCode,
    /// The status for an unknown project or certificate id; 404 by default.
    #[serde(deserialize_with = "status")]
    pub unknown_id: StatusCode,
    /// The status for an upload beyond the certificate limit, and for a duplicate upload that is not
    /// allowed; 400 by default.
    #[serde(deserialize_with = "status")]
    pub upload_refused: StatusCode,
    /// The status for a key without the required scope; 403 by default. Both 401 and 403 were
    /// observed.
    #[serde(deserialize_with = "status")]
    pub missing_scopes: StatusCode,
    /// The status for a request whose client certificate is missing or refused; 401 by default.
    #[serde(deserialize_with = "status")]
    pub client_certificate_refused: StatusCode,
    /// The status for a body whose content type is not `application/json`; 415 by default.
    #[serde(deserialize_with = "status")]
    pub wrong_content_type: StatusCode,
    /// The rules that uploads must follow; those of the guide by default.
    pub upload_rules: CertificateRules,
    /// The rules that client certificates must follow; those of the guide by default.
    pub client_certificate_rules: CertificateRules,
    /// Whether an active certificate verifies clients even before and after its validity; by default
    /// it does not.
    pub ignore_anchor_validity: bool,
    /// The maximum number of characters in a certificate's name; 1024 by default. A longer name is
    /// refused with 400.
    pub max_name_length: usize,
    /// Whether the response to a toggle that repeats an id repeats it too; by default it does not.
    pub keep_repeated_ids: bool,
    /// Whether the response to a toggle is ordered newest first, like a list; by default it keeps the
    /// order of the request.
    pub toggle_response_newest_first: bool,
    /// Whether a certificate can be uploaded more than once; by default it can.
    pub allow_duplicate_uploads: bool,
    /// Whether a certificate that is active in an archived project can be deleted; by default it
    /// cannot.
    pub allow_delete_while_active_in_archived_project: bool,
    /// Whether toggles in an archived project are accepted; by default they are refused with
    /// `project_archived`.
    pub allow_archived_project_toggles: bool,
    /// Whether the list of an archived project is refused with `project_archived`; by default it is
    /// not.
    pub refuse_archived_project_lists: bool,
    /// Whether a toggle refused with `project_archived` is carried out nevertheless, as observed once;
    /// by default it is not.
    pub toggle_archived_project_anyway: bool,
}

/// The document whose rules for certificates apply.
///
/// The vendor has two documents about mutual TLS, which differ. The guide is the newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CertificateRules {
    /// The current guide to mutual TLS.
    ///
    /// Uploads must be CA certificates that are valid for more than another day. Client certificates
    /// need an authorityKeyIdentifier.
    Guide,
    /// The older help article, which requires more than the guide.
    ///
    /// Uploads also need a subjectKeyIdentifier, an authorityKeyIdentifier, the key usages
    /// keyCertSign and cRLSign, and less than 16 kB. Client certificates also need a
    /// subjectKeyIdentifier, the key usages digitalSignature and keyEncipherment, and the extended key
    /// usage clientAuth.
    HelpArticle,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            certificate_invalid: StatusCode::BAD_REQUEST,
            expired_certificate: StatusCode::BAD_REQUEST,
            certificate_in_use: StatusCode::BAD_REQUEST,
            project_archived: StatusCode::BAD_REQUEST,
            unknown_id: StatusCode::NOT_FOUND,
            upload_refused: StatusCode::BAD_REQUEST,
            missing_scopes: StatusCode::FORBIDDEN,
            client_certificate_refused: StatusCode::UNAUTHORIZED,
            wrong_content_type: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            upload_rules: CertificateRules::Guide,
            client_certificate_rules: CertificateRules::Guide,
            ignore_anchor_validity: false,
            max_name_length: 1024,
            keep_repeated_ids: false,
            toggle_response_newest_first: false,
            allow_duplicate_uploads: true,
            allow_delete_while_active_in_archived_project: false,
            allow_archived_project_toggles: false,
            refuse_archived_project_lists: false,
            toggle_archived_project_anyway: false,
        }
    }
}

/// Reads a final status, because after an informational one a client would wait for another.
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(deserializer)?;
    let status = StatusCode::from_u16(number).ok().filter(|status| !status.is_informational());
    status.ok_or_else(|| D::Error::custom(format_args!("{number} is not a final status code")))
}
