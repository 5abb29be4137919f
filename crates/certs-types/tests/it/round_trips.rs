//! Laws of the wire models: what is written is read back, and additions to the API change nothing.

use std::fmt::Debug;

use certs_types::{
    Certificate, CertificateDetails, CertificateId, CertificateIds, CertificatePem, DeleteResponse,
    ErrorBody, ModifyCertificateRequest, Object, Page, Project, ProjectId, Timestamp,
    ToggleCertificatesRequest, ToggleResponse, UploadCertificateRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

proptest! {
    #[test]
    fn certificates_survive_the_wire(certificate in certificate()) {
        survives(&certificate)?;
    }

    #[test]
    fn pages_survive_the_wire(page in page(certificate())) {
        survives(&page)?;
    }

    #[test]
    fn projects_survive_the_wire(page in page(project())) {
        survives(&page)?;
    }

    #[test]
    fn toggles_survive_the_wire(toggled in toggled()) {
        survives(&toggled)?;
    }

    #[test]
    fn deletions_survive_the_wire(id in certificate_id()) {
        survives(&DeleteResponse::new(id))?;
    }

    #[test]
    fn refusals_survive_the_wire(body in error_body()) {
        survives(&body)?;
    }

    #[test]
    fn requests_survive_the_wire(ids in ids(), pem in pem(), name in option::of(any::<String>())) {
        survives(&ToggleCertificatesRequest::new(ids))?;
        let mut upload = UploadCertificateRequest::new(pem);
        upload.name.clone_from(&name);
        survives(&upload)?;
        let mut modify = ModifyCertificateRequest::default();
        modify.name = name;
        survives(&modify)?;
    }

    #[test]
    fn new_fields_anywhere_change_nothing(page in page(certificate()), new in json_value()) {
        let mut value = serde_json::to_value(&page).unwrap();
        add_to_every_object(&mut value, &new);
        prop_assert_eq!(serde_json::from_value::<Page<Certificate>>(value).unwrap(), page);
    }

    #[test]
    fn a_time_is_the_same_as_integer_and_as_float(time in timestamp()) {
        let float = format!("{time}.0");
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&float).unwrap(), time);
    }
}

/// Writes and reads a value as text, and as a tree, in which the fields are in another order.
fn survives<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let text = serde_json::to_string(value).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    let tree = serde_json::to_value(value).unwrap();
    prop_assert_eq!(&serde_json::from_value::<T>(tree).unwrap(), value);
    Ok(())
}

/// Adds a field to every object. No field of the API begins with `x_`.
fn add_to_every_object(value: &mut Value, new: &Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| add_to_every_object(field, new));
            fields.insert("x_new".into(), new.clone());
        }
        Value::Array(items) => items.iter_mut().for_each(|item| add_to_every_object(item, new)),
        _ => {}
    }
}

prop_compose! {
    fn certificate()(
        object in object(),
        id in certificate_id(),
        name in option::of(any::<String>()),
        created_at in timestamp(),
        certificate_details in details(),
        active in any::<Option<bool>>(),
    ) -> Certificate {
        let mut certificate = Certificate::new(object, id, created_at);
        certificate.name = name;
        certificate.certificate_details = certificate_details;
        certificate.active = active;
        certificate
    }
}

prop_compose! {
    fn details()(
        valid_at in option::of(timestamp()),
        expires_at in option::of(timestamp()),
        content in option::of(any::<String>()),
    ) -> CertificateDetails {
        let mut details = CertificateDetails::default();
        details.valid_at = valid_at;
        details.expires_at = expires_at;
        details.content = content;
        details
    }
}

prop_compose! {
    fn project()(
        id in project_id(),
        name in option::of(any::<String>()),
        created_at in timestamp(),
        archived_at in option::of(timestamp()),
        status in option::of(any::<String>()),
    ) -> Project {
        let mut project = Project::new(id, created_at);
        project.name = name;
        project.archived_at = archived_at;
        project.status = status.map(|status| (&*status).into());
        project
    }
}

fn page<T: Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Page<T>> {
    let paging = (option::of(any::<String>()), option::of(any::<String>()), any::<bool>());
    (vec(item, 0..4), paging).prop_map(|(data, (first_id, last_id, has_more))| {
        let mut page = Page::new(data);
        page.first_id = first_id;
        page.last_id = last_id;
        page.has_more = has_more;
        page
    })
}

fn toggled() -> impl Strategy<Value = ToggleResponse> {
    (object(), vec(certificate(), 0..4))
        .prop_map(|(object, data)| ToggleResponse::new(object, data))
}

prop_compose! {
    fn error_body()(
        kind in option::of(any::<String>()),
        message in option::of(any::<String>()),
        param in option::of(any::<String>()),
        code in option::of(any::<String>()),
    ) -> ErrorBody {
        let mut body = ErrorBody::default();
        body.kind = kind.map(|kind| (&*kind).into());
        body.message = message;
        body.param = param;
        body.code = code.map(|code| (&*code).into());
        body
    }
}

fn object() -> impl Strategy<Value = Object> {
    prop_oneof![
        Just(Object::CERTIFICATE),
        Just(Object::ORGANIZATION_CERTIFICATE),
        Just(Object::PROJECT_CERTIFICATE_DEACTIVATION),
        any::<String>().prop_map(|object| (&*object).into()),
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_secs()..=Timestamp::MAX.as_secs())
        .prop_map(|seconds| seconds.try_into().unwrap())
}

fn certificate_id() -> impl Strategy<Value = CertificateId> {
    any::<String>().prop_filter_map("not an id", |text| text.try_into().ok())
}

fn project_id() -> impl Strategy<Value = ProjectId> {
    any::<String>().prop_filter_map("not an id", |text| text.try_into().ok())
}

fn ids() -> impl Strategy<Value = CertificateIds> {
    vec(certificate_id(), 1..=CertificateIds::MAX).prop_map(|ids| CertificateIds::new(ids).unwrap())
}

fn pem() -> impl Strategy<Value = CertificatePem> {
    "([A-Za-z0-9+/]{4}){1,64}".prop_map(|body| {
        let text = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----");
        text.parse().unwrap()
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!([1, { "id": null }])),
        Just(json!({ "data": "no list" })),
    ]
}
