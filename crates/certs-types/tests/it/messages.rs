//! Error messages explain what is wrong, and `Debug` and errors never show secrets.

use certs_types::{
    CertificateDetails, CertificateId, CertificateIds, CertificatePem, ErrorBody, Timestamp,
};
use serde::de::DeserializeOwned;

/// Why a text is none.
fn refused<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> String {
    text.parse::<T>().err().unwrap().to_string()
}

/// Why a JSON value is none.
fn unread<T: DeserializeOwned>(text: &str) -> String {
    serde_json::from_str::<T>(text).err().unwrap().to_string()
}

#[test]
fn a_wrong_value_is_explained_in_a_sentence() {
    assert_eq!(refused::<CertificateId>(""), "an id must not be empty");
    assert!(refused::<CertificateId>("..").contains("steps in a path"));
    assert!(refused::<CertificateId>("a/b").contains("no slashes, white space"));
    assert!(refused::<CertificateId>(&"x".repeat(2000)).contains("at most 1024 bytes, not 2000"));
    assert!(refused::<CertificatePem>("no").contains("this is not PEM"));
    let none = CertificateIds::new([]).unwrap_err();
    assert_eq!(none.to_string(), "name at least one certificate id");
    let eleven =
        CertificateIds::new((0..11).map(|n| format!("cert_{n}").parse().unwrap())).unwrap_err();
    assert_eq!(eleven.to_string(), "11 certificate ids, but one call changes at most 10");
    let never = Timestamp::try_from(i64::MAX).unwrap_err();
    assert_eq!(never.to_string(), "a time outside the years 1 to 9999");
}

#[test]
fn a_value_of_another_type_is_refused_by_the_name_of_what_belongs_there() {
    assert!(unread::<Timestamp>("true").contains("expected whole Unix seconds"));
    assert!(unread::<CertificateId>("7").contains("expected an id"));
    assert!(unread::<ErrorBody>("7").contains("expected an error object"));
}

#[test]
fn debug_of_details_shows_the_length_of_the_content_only() {
    let mut details = CertificateDetails::default();
    details.content = Some("-----BEGIN".into());
    let shown = format!("{details:?}");
    assert!(shown.contains("content_len: Some(10)") && !shown.contains("BEGIN"), "{shown}");
}
