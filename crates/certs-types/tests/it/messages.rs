//! Error messages explain what is wrong, and `Debug` and errors never show secrets.

use certs_types::{
    CertificateDetails, CertificateId, CertificateIds, CertificatePem, ErrorBody, Timestamp,
};
use serde::de::DeserializeOwned;

/// The message about a text that is not a valid `T`.
fn parse_error<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> String {
    text.parse::<T>().err().unwrap().to_string()
}

/// The message about JSON that is not a valid `T`.
fn json_error<T: DeserializeOwned>(text: &str) -> String {
    serde_json::from_str::<T>(text).err().unwrap().to_string()
}

#[test]
fn a_wrong_value_is_explained_in_a_sentence() {
    assert_eq!(parse_error::<CertificateId>(""), "an id must not be empty");
    assert!(parse_error::<CertificateId>("..").contains("steps in a path"));
    assert!(parse_error::<CertificateId>("a/b").contains("no slashes, white space"));
    assert!(
        parse_error::<CertificateId>(&"x".repeat(2000)).contains("at most 1024 bytes, not 2000")
    );
    assert!(parse_error::<CertificatePem>("no").contains("this is not PEM"));
    let empty = CertificateIds::new([]).unwrap_err();
    assert_eq!(empty.to_string(), "name at least one certificate id");
    let eleven =
        CertificateIds::new((0..11).map(|n| format!("cert_{n}").parse().unwrap())).unwrap_err();
    assert_eq!(eleven.to_string(), "11 certificate ids, but one call changes at most 10");
    let too_late = Timestamp::try_from(i64::MAX).unwrap_err();
    assert_eq!(too_late.to_string(), "a time outside the years 1 to 9999");
}

#[test]
fn a_value_of_another_type_is_refused_with_the_expected_one() {
    assert!(json_error::<Timestamp>("true").contains("expected whole Unix seconds"));
    assert!(json_error::<CertificateId>("7").contains("expected an id"));
    assert!(json_error::<ErrorBody>("7").contains("expected an error object"));
}

#[test]
fn debug_of_details_shows_the_length_of_the_content_only() {
    let mut details = CertificateDetails::default();
    details.content = Some("-----BEGIN".into());
    let shown = format!("{details:?}");
    assert!(shown.contains("content_len: Some(10)") && !shown.contains("BEGIN"), "{shown}");
}
