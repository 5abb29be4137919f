//! Compares every fixture with its schema: those that it allows, and deviations from it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use self::Conformity::{Deviant, Valid};
use crate::document::Document;
use serde_json::Value;

/// Each fixture, its schema, and whether the schema allows it.
pub(crate) const ALL: &[(&str, &str, Conformity)] = &[
    ("certificate.json", "Certificate", Valid),
    ("certificate-details-empty.json", "Certificate", Valid),
    ("certificate-details-missing.json", "Certificate", Deviant),
    ("certificate-expires-after-2038.json", "Certificate", Valid),
    ("certificate-name-missing.json", "Certificate", Deviant),
    ("certificate-name-null.json", "Certificate", Valid),
    ("certificate-time-as-string.json", "Certificate", Deviant),
    ("certificate-time-fractional.json", "Certificate", Deviant),
    ("certificate-time-out-of-range.json", "Certificate", Valid),
    ("certificate-times-as-floats.json", "Certificate", Valid),
    ("certificate-unknown-fields.json", "Certificate", Valid),
    ("certificate-unknown-id-format.json", "Certificate", Valid),
    ("certificate-unknown-object.json", "Certificate", Deviant),
    ("deleted.json", "DeleteCertificateResponse", Valid),
    ("error.json", "ErrorResponse", Valid),
    ("error-bare-string.json", "ErrorResponse", Deviant),
    ("error-flat.json", "ErrorResponse", Deviant),
    ("error-nulls.json", "ErrorResponse", Valid),
    ("error-numeric-code.json", "ErrorResponse", Deviant),
    ("error-unknown-code.json", "ErrorResponse", Valid),
    ("page.json", "ListProjectCertificatesResponse", Valid),
    ("page-ids-null.json", "ListCertificatesResponse", Valid),
    ("page-paging-missing.json", "ListCertificatesResponse", Deviant),
    ("project-sparse.json", "Project", Valid),
    ("project-unknown-status.json", "Project", Valid),
    ("projects.json", "ProjectListResponse", Valid),
    ("request-modify.json", "ModifyCertificateRequest", Valid),
    ("request-modify-empty.json", "ModifyCertificateRequest", Valid),
    ("request-toggle.json", "ToggleCertificatesRequest", Valid),
    ("request-upload.json", "UploadCertificateRequest", Valid),
    ("request-upload-nameless.json", "UploadCertificateRequest", Valid),
    ("toggled.json", "OrganizationCertificateDeactivationResponse", Valid),
    ("toggled-active-missing.json", "OrganizationCertificateDeactivationResponse", Deviant),
    ("toggled-as-list.json", "OrganizationCertificateDeactivationResponse", Deviant),
    ("toggled-still-active.json", "OrganizationProjectCertificateDeactivationResponse", Valid),
];

/// Whether the schema of a fixture allows it.
#[derive(Clone, Copy)]
pub(crate) enum Conformity {
    /// The schema allows it.
    Valid,
    /// The schema does not allow it, but another document contains it or it was observed.
    Deviant,
}

pub(crate) fn validate(document: &mut Document) -> Result<Vec<String>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/certs-types/tests/fixtures");
    let mut problems = Vec::new();
    let mut unlisted = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        unlisted.insert(entry?.file_name());
    }
    for &(file, schema, standing) in ALL {
        unlisted.remove(file.as_ref() as &std::ffi::OsStr);
        let text = fs::read_to_string(folder.join(file)).map_err(|e| format!("{file}: {e}"))?;
        let value: Value = serde_json::from_str(&text)?;
        let violation = document.violation(&format!("/components/schemas/{schema}"), &value)?;
        match (standing, violation) {
            (Valid, Some(violation)) => {
                problems.push(format!("{file}: not a valid {schema}: {violation}"));
            }
            (Deviant, None) => {
                problems.push(format!("{file}: a valid {schema}, but marked as deviating from it"));
            }
            (Valid, None) | (Deviant, Some(_)) => {}
        }
    }
    problems
        .extend(unlisted.iter().map(|file| format!("{}: compared with no schema", file.display())));
    Ok(problems)
}
