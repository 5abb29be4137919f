//! Facts about which the API's documents contradict each other, each in a JSON file.

use certs_types::{
    Certificate, CertificateIds, CertificatePem, DeleteResponse, ErrorBody, ErrorCode, ErrorType,
    ModifyCertificateRequest, Object, Page, Project, ProjectStatus, Timestamp,
    ToggleCertificatesRequest, ToggleResponse, UploadCertificateRequest,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

macro_rules! fixture {
    ($file:literal) => {
        include_str!(concat!("../fixtures/", $file))
    };
}

#[test]
fn all_fields_of_a_certificate_are_read() {
    let certificate: Certificate = read(fixture!("certificate.json"));
    assert_eq!(certificate.object, Object::CERTIFICATE);
    assert_eq!(certificate.id.as_str(), "cert_7Hn2");
    assert_eq!(certificate.name.as_deref(), Some("Build farm, first floor"));
    assert_eq!(certificate.created_at, at(1_767_225_600));
    assert_eq!(certificate.certificate_details.valid_at, Some(at(1_764_547_200)));
    assert_eq!(certificate.certificate_details.expires_at, Some(at(1_796_083_200)));
    let content = certificate.certificate_details.content.unwrap();
    assert!(content.parse::<CertificatePem>().is_ok());
    assert_eq!(certificate.active, None, "one certificate has no scope");
}

#[test]
fn a_name_may_be_null_or_missing() {
    for text in [fixture!("certificate-name-null.json"), fixture!("certificate-name-missing.json")]
    {
        assert_eq!(read::<Certificate>(text).name, None);
    }
}

#[test]
fn the_details_may_be_empty_or_missing() {
    for text in
        [fixture!("certificate-details-empty.json"), fixture!("certificate-details-missing.json")]
    {
        let details = read::<Certificate>(text).certificate_details;
        assert_eq!((details.valid_at, details.expires_at, details.content), (None, None, None));
    }
}

#[test]
fn whole_floats_are_times() {
    let certificate: Certificate = read(fixture!("certificate-times-as-floats.json"));
    assert_eq!(certificate.created_at, at(1_767_225_600));
    assert_eq!(certificate.certificate_details.valid_at, Some(at(1_764_547_200)));
    assert_eq!(certificate.certificate_details.expires_at, Some(at(1_796_083_200)));
}

#[test]
fn fractions_strings_and_milliseconds_are_not_times() {
    for text in [
        fixture!("certificate-time-fractional.json"),
        fixture!("certificate-time-as-string.json"),
        fixture!("certificate-time-out-of-range.json"),
    ] {
        assert!(serde_json::from_str::<Certificate>(text).is_err(), "{text}");
    }
}

#[test]
fn a_certificate_may_expire_after_2038() {
    let certificate: Certificate = read(fixture!("certificate-expires-after-2038.json"));
    assert_eq!(certificate.certificate_details.expires_at, Some(at(4_920_220_800)));
}

#[test]
fn unknown_fields_are_ignored() {
    let certificate: Certificate = read(fixture!("certificate-unknown-fields.json"));
    assert_eq!(certificate.certificate_details.expires_at, Some(at(1_796_083_200)));
}

#[test]
fn an_unknown_object_is_kept_as_it_came() {
    let text = fixture!("certificate-unknown-object.json");
    let certificate: Certificate = read(text);
    assert_eq!(certificate.object.as_str(), "organization.team.certificate");
    assert_eq!(write(&certificate), read::<Value>(text));
}

#[test]
fn an_id_of_unknown_format_is_kept_as_it_came() {
    let text = fixture!("certificate-unknown-id-format.json");
    let certificate: Certificate = read(text);
    assert_eq!(certificate.id.as_str(), "0198c1f4-7e1a:eu~certificat-é");
    assert_eq!(write(&certificate), read::<Value>(text));
}

#[test]
fn a_toggle_response_has_its_own_object() {
    let toggled: ToggleResponse = read(fixture!("toggled.json"));
    assert_eq!(toggled.object, Object::ORGANIZATION_CERTIFICATE_DEACTIVATION);
    assert_eq!(states(&toggled), [Some(false), Some(false)]);
}

#[test]
fn a_toggle_response_may_be_a_list() {
    let toggled: ToggleResponse = read(fixture!("toggled-as-list.json"));
    assert_eq!(toggled.object, Object::LIST);
    assert_eq!(states(&toggled), [Some(false)]);
}

#[test]
fn a_toggle_response_may_omit_the_state() {
    assert_eq!(states(&read(fixture!("toggled-active-missing.json"))), [None]);
}

#[test]
fn a_toggle_response_with_the_other_state_is_kept() {
    let toggled: ToggleResponse = read(fixture!("toggled-still-active.json"));
    assert_eq!(toggled.object, Object::PROJECT_CERTIFICATE_DEACTIVATION);
    assert_eq!(states(&toggled), [Some(true)]);
}

#[test]
fn all_fields_of_a_page_are_read() {
    let page: Page<Certificate> = read(fixture!("page.json"));
    assert_eq!(page.object, Object::LIST);
    assert_eq!(
        page.data.iter().map(|one| one.active).collect::<Vec<_>>(),
        [Some(true), Some(false)]
    );
    assert_eq!(page.first_id.as_deref(), Some("cert_9Qx4"));
    assert_eq!(page.last_id.as_deref(), Some("cert_7Hn2"));
    assert!(page.has_more);
}

#[test]
fn paging_may_be_null_or_missing() {
    for text in [fixture!("page-ids-null.json"), fixture!("page-paging-missing.json")] {
        let page: Page<Certificate> = read(text);
        assert_eq!((page.first_id, page.last_id, page.has_more), (None, None, false));
    }
}

#[test]
fn projects_are_archived_by_status_or_time() {
    let page: Page<Project> = read(fixture!("projects.json"));
    assert_eq!(page.data.iter().map(Project::is_archived).collect::<Vec<_>>(), [false, true]);
    assert_eq!(page.data[1].archived_at, Some(at(1_751_328_000)));
    let mut project = page.data[0].clone();
    project.archived_at = Some(at(1));
    assert!(project.is_archived(), "by the time alone");
    project.archived_at = None;
    project.status = Some(ProjectStatus::ARCHIVED);
    assert!(project.is_archived(), "by the status alone");
}

#[test]
fn a_project_may_have_only_the_required_fields() {
    let project: Project = read(fixture!("project-sparse.json"));
    assert_eq!((project.name, project.archived_at, project.status), (None, None, None));
}

#[test]
fn an_unknown_status_is_kept_as_it_came() {
    let project: Project = read(fixture!("project-unknown-status.json"));
    assert_eq!(project.status.as_ref().map(ProjectStatus::as_str), Some("frozen"));
    assert!(!project.is_archived());
}

#[test]
fn a_delete_response_names_the_deleted_certificate() {
    let text = fixture!("deleted.json");
    let deleted: DeleteResponse = read(text);
    assert_eq!(deleted.object, Object::CERTIFICATE_DELETED);
    assert_eq!(write(&DeleteResponse::new(deleted.id)), read::<Value>(text));
}

#[test]
fn all_fields_of_a_refusal_are_read_and_written_as_documented() {
    let text = fixture!("error.json");
    let body: ErrorBody = read(text);
    assert_eq!(body.kind, Some(ErrorType::INVALID_REQUEST));
    assert_eq!(body.message.as_deref(), Some("The certificate is still active in a project."));
    assert_eq!(body.param.as_deref(), Some("certificate_id"));
    assert_eq!(body.code, Some(ErrorCode::CERTIFICATE_IN_USE));
    assert_eq!(write(&body), read::<Value>(text));
}

#[test]
fn a_refusal_may_have_neither_parameter_nor_code() {
    let text = fixture!("error-nulls.json");
    let body: ErrorBody = read(text);
    assert_eq!((&body.param, &body.code), (&None, &None));
    assert_eq!(write(&body), read::<Value>(text));
}

#[test]
fn an_unknown_type_and_code_are_kept_as_they_came() {
    let body: ErrorBody = read(fixture!("error-unknown-code.json"));
    assert_eq!(body.kind.as_ref().map(ErrorType::as_str), Some("quorum_error"));
    assert_eq!(body.code.as_ref().map(ErrorCode::as_str), Some("second_signature_required"));
}

#[test]
fn a_code_may_be_a_number() {
    let body: ErrorBody = read(fixture!("error-numeric-code.json"));
    assert_eq!(body.code.as_ref().map(ErrorCode::as_str), Some("503"));
    assert_eq!(body.message.as_deref(), Some("Try later."));
}

#[test]
fn a_refusal_may_be_a_bare_string() {
    let body: ErrorBody = read(fixture!("error-bare-string.json"));
    assert_eq!(body.message.as_deref(), Some("Missing scopes: api.management.write"));
    assert_eq!((body.kind, body.param, body.code), (None, None, None));
}

#[test]
fn a_refusal_may_lack_its_envelope() {
    let body: ErrorBody = read(fixture!("error-flat.json"));
    assert_eq!(body.kind, Some(ErrorType::SERVER));
    assert_eq!(body.message.as_deref(), Some("Try later."));
    assert_eq!(body.code.as_ref().map(ErrorCode::as_str), Some("overloaded"));
}

#[test]
fn requests_are_written_as_documented() {
    let ids = ["cert_7Hn2", "cert_9Qx4"].map(|id| id.parse().unwrap());
    let toggle = ToggleCertificatesRequest::new(CertificateIds::from(ids));
    assert_eq!(write(&toggle), read::<Value>(fixture!("request-toggle.json")));

    let pem = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----";
    let mut upload = UploadCertificateRequest::new(pem.parse().unwrap());
    assert_eq!(write(&upload), read::<Value>(fixture!("request-upload-nameless.json")));
    upload.name = Some("Build farm, first floor".into());
    assert_eq!(write(&upload), read::<Value>(fixture!("request-upload.json")));

    let modify = ModifyCertificateRequest::new("Build farm, second floor");
    assert_eq!(write(&modify), read::<Value>(fixture!("request-modify.json")));
    let modify = ModifyCertificateRequest::default();
    assert_eq!(write(&modify), read::<Value>(fixture!("request-modify-empty.json")));
}

/// The state of each certificate in the response.
fn states(toggled: &ToggleResponse) -> Vec<Option<bool>> {
    toggled.data.iter().map(|certificate| toggled.is_active(&certificate.id)).collect()
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

fn write(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    seconds.try_into().unwrap()
}
