//! The body of an error response, in every shape that was observed.

use alloc::string::{String, ToString};
use core::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::vocabulary::{ErrorCode, ErrorType};

/// The reason of a refusal: the `error` object of a response.
///
/// The documented shape is `{"error":{"type","message","param","code"}}`. Other shapes that were observed are
/// read too: a string as `error`, the four fields without the envelope, a numeric `code`, and the message
/// under `detail`, `errors`, `error_description` or `msg`. A field of any other shape counts as absent.
///
/// It is always written in the documented shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The general class of the error, `type` in JSON.
    pub kind: Option<ErrorType>,
    /// The message for people. Programs compare the code instead.
    pub message: Option<String>,
    /// The name of the invalid parameter.
    pub param: Option<String>,
    /// The exact cause, for programs.
    pub code: Option<ErrorCode>,
}

impl ErrorBody {
    /// A reason with a class and a message.
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self { kind: Some(kind), message: Some(message.into()), param: None, code: None }
    }
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_struct("ErrorResponse", 1)?;
        envelope.serialize_field("error", &Documented(self))?;
        envelope.end()
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Envelope)
    }
}

struct Documented<'a>(&'a ErrorBody);

impl Serialize for Documented<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("Error", 4)?;
        error.serialize_field("type", &self.0.kind)?;
        error.serialize_field("message", &self.0.message)?;
        error.serialize_field("param", &self.0.param)?;
        error.serialize_field("code", &self.0.code)?;
        error.end()
    }
}

/// The outer object, which may also be the error itself.
struct Envelope;

impl<'de> Visitor<'de> for Envelope {
    type Value = ErrorBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ErrorBody, A::Error> {
        let (mut inner, mut outer) = (ErrorBody::default(), ErrorBody::default());
        let mut elsewhere = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "error" => match map.next_value()? {
                    Loose::Text(message) => inner.message = Some(message),
                    Loose::Object(object) => inner = object,
                    Loose::List(_) | Loose::Other => {}
                },
                "detail" | "errors" | "error_description" | "msg" => {
                    let reason = map.next_value::<Loose>()?.reason();
                    elsewhere = elsewhere.or(reason);
                }
                "type" => outer.kind = map.next_value::<Loose>()?.text().map(|t| (&*t).into()),
                "message" => outer.message = map.next_value::<Loose>()?.text(),
                "param" => outer.param = map.next_value::<Loose>()?.text(),
                "code" => outer.code = map.next_value::<Loose>()?.text().map(|t| (&*t).into()),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(ErrorBody {
            kind: inner.kind.or(outer.kind),
            message: inner.message.or(outer.message).or(elsewhere),
            param: inner.param.or(outer.param),
            code: inner.code.or(outer.code),
        })
    }
}

/// Any JSON value, of which only texts, numbers and error objects are kept.
enum Loose {
    Text(String),
    Object(ErrorBody),
    /// A list, with the reason in its first element.
    List(Option<String>),
    Other,
}

impl Loose {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object(_) | Self::List(_) | Self::Other => None,
        }
    }

    /// The reason in it, whatever its shape.
    fn reason(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object(body) => body.message,
            Self::List(reason) => reason,
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(text.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
        Ok(Loose::Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
        Ok(Loose::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Loose, E> {
        Ok(Loose::Text(number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
        Ok(Loose::Other)
    }

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        let first = seq.next_element::<Loose>()?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::List(first.and_then(Loose::reason)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose, A::Error> {
        Envelope.visit_map(map).map(Loose::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ErrorBody {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_documented_shape_makes_a_round_trip() {
        let text = r#"{"error":{"type":"invalid_request_error","message":"No.","param":"limit","code":null}}"#;
        let body = read(text);
        assert_eq!(body.kind, Some(ErrorType::INVALID_REQUEST));
        assert_eq!(body.param.as_deref(), Some("limit"));
        assert_eq!(body.code, None);
        assert_eq!(serde_json::to_string(&body).unwrap(), text);
    }

    #[test]
    fn a_bare_string_is_the_message() {
        assert_eq!(
            read(r#"{"error":"Missing scopes"}"#).message.as_deref(),
            Some("Missing scopes")
        );
    }

    #[test]
    fn the_fields_may_stand_without_the_envelope() {
        let body = read(r#"{"message":"No.","code":"certificate_in_use","status":400}"#);
        assert_eq!(body.message.as_deref(), Some("No."));
        assert_eq!(body.code, Some(ErrorCode::CERTIFICATE_IN_USE));
    }

    #[test]
    fn fields_beside_the_envelope_fill_its_gaps_wherever_they_stand() {
        for text in [
            r#"{"error":{"code":"certificate_in_use"},"code":null,"message":"No.","type":"x"}"#,
            r#"{"code":"other","message":"No.","type":"x","error":{"code":"certificate_in_use"}}"#,
        ] {
            let body = read(text);
            assert_eq!(body.code, Some(ErrorCode::CERTIFICATE_IN_USE), "{text}");
            assert_eq!(body.message.as_deref(), Some("No."));
            assert_eq!(body.kind, Some("x".into()));
        }
    }

    #[test]
    fn a_reason_under_another_name_is_the_message() {
        for text in [
            r#"{"detail":"No."}"#,
            r#"{"errors":[{"message":"No."},{"message":"Never."}]}"#,
            r#"{"errors":["No."]}"#,
            r#"{"detail":[{"loc":["body"],"msg":"No."}]}"#,
            r#"{"detail":{"message":"No."}}"#,
        ] {
            let message = serde_json::from_str::<ErrorBody>(text).unwrap().message;
            assert_eq!(message.as_deref(), Some("No."), "{text}");
        }
        let both = read(r#"{"detail":"Elsewhere.","error":{"message":"No."}}"#);
        assert_eq!(both.message.as_deref(), Some("No."));
    }

    #[test]
    fn a_numeric_code_is_kept_as_text() {
        assert_eq!(read(r#"{"error":{"code":429}}"#).code.unwrap().as_str(), "429");
        assert_eq!(read(r#"{"error":{"code":-1}}"#).code.unwrap().as_str(), "-1");
        assert_eq!(read(r#"{"error":{"code":1.5}}"#).code.unwrap().as_str(), "1.5");
    }

    #[test]
    fn a_format_other_than_json_may_have_values_that_are_refused() {
        use serde::de::value::{BytesDeserializer, Error};
        let bytes = BytesDeserializer::<Error>::new(b"No.");
        let error = Loose::deserialize(bytes).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "invalid type: byte array, expected any value");
    }

    #[test]
    fn no_field_of_another_shape_loses_the_rest() {
        let body = read(r#"{"error":{"message":"No.","param":["a"],"code":{"x":1},"type":true}}"#);
        assert_eq!(body.message.as_deref(), Some("No."));
        assert_eq!((body.kind, body.param, body.code), (None, None, None));
        assert_eq!(read(r#"{"error":null}"#), ErrorBody::default());
    }
}
