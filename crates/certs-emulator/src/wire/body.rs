//! Request bodies.

use std::collections::HashSet;

use bytes::Bytes;
use certs_types::CertificateIds;
use http::{Request, header};
use serde_json::{Map, Value};

use crate::assumptions::Assumptions;
use crate::wire::refusal::Refusal;

/// The JSON object in a request body.
pub(crate) struct Body(Map<String, Value>);

impl Body {
    pub(crate) fn read(
        request: &Request<Bytes>,
        assumptions: &Assumptions,
    ) -> Result<Self, Refusal> {
        if !is_json(request) {
            let message = "Unsupported content type: this API accepts 'application/json'.";
            return Err(Refusal::new(assumptions.wrong_content_type, message));
        }
        match serde_json::from_slice(request.body()) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(malformed("it is not an object")),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                Err(malformed(&format!("syntax error at line {line}, column {column}")))
            }
        }
    }

    /// Takes a string field. `None` if it is missing or null.
    pub(crate) fn take_string(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    /// Takes the name of a certificate.
    pub(crate) fn take_name(&mut self, max_length: usize) -> Result<Option<String>, Refusal> {
        let name = self.take_string("name")?;
        if name.as_ref().is_some_and(|name| name.chars().count() > max_length) {
            let message = format!("Invalid 'name': expected at most {max_length} characters.");
            return Err(Refusal::parameter("name", message));
        }
        Ok(name)
    }

    /// Takes the ids of a toggle in their order, with or without repeated ones.
    pub(crate) fn take_certificate_ids(
        &mut self,
        keep_repeated: bool,
    ) -> Result<Vec<String>, Refusal> {
        let field = self.0.remove_entry("certificate_ids");
        // An older example on the vendor's reference page calls the field `data`.
        let Some((name, value)) = field.or_else(|| self.0.remove_entry("data")) else {
            let message = "Missing required parameter: 'certificate_ids'.";
            return Err(Refusal::parameter("certificate_ids", message));
        };
        let Value::Array(items) = value else { return Err(wrong_type(&name, "an array")) };
        if !(1..=CertificateIds::MAX).contains(&items.len()) {
            let (count, max) = (items.len(), CertificateIds::MAX);
            let message =
                format!("Invalid '{name}': expected 1 to {max} certificate ids, not {count}.");
            return Err(Refusal::parameter(&name, message));
        }
        let mut seen = HashSet::new();
        let mut ids = Vec::with_capacity(items.len());
        for item in items {
            let Value::String(id) = item else {
                return Err(wrong_type(&name, "an array of strings"));
            };
            if seen.insert(id.clone()) || keep_repeated {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

fn is_json(request: &Request<Bytes>) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn malformed(why: &str) -> Refusal {
    let message = format!("We could not parse the JSON body of your request: {why}.");
    Refusal::new(http::StatusCode::BAD_REQUEST, message)
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::parameter(name, format!("Invalid type for '{name}': expected {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Result<Body, Refusal> {
        let request = Request::post("/").header("content-type", content_type);
        Body::read(&request.body(body.to_owned().into()).unwrap(), &Assumptions::default())
    }

    fn ids(body: &str) -> Result<Vec<String>, Refusal> {
        read("application/json", body)?.take_certificate_ids(false)
    }

    #[test]
    fn accepts_only_the_json_content_type() {
        assert!(read("Application/JSON; charset=utf-8", "{}").is_ok());
        for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonl", ""] {
            assert_eq!(read(other, "{}").err().unwrap().status, 415, "{other}");
        }
    }

    #[test]
    fn refuses_a_body_that_is_not_an_object() {
        let deep = "[".repeat(100_000);
        for body in ["", "{", "[]", "null", "\"x\"", "{\"a\":1,}", "\u{feff}{}", &deep] {
            assert_eq!(read("application/json", body).err().unwrap().status, 400);
        }
    }

    #[test]
    fn reads_both_documented_bodies_of_a_toggle() {
        assert_eq!(ids(r#"{"certificate_ids":["a","b"]}"#).unwrap(), ["a", "b"]);
        assert_eq!(ids(r#"{"data":["a","b"]}"#).unwrap(), ["a", "b"]);
        assert_eq!(ids(r#"{"data":["a"],"certificate_ids":["b"]}"#).unwrap(), ["b"]);
    }

    #[test]
    fn drops_repeated_ids() {
        assert_eq!(ids(r#"{"certificate_ids":["b","a","b"]}"#).unwrap(), ["b", "a"]);
    }

    #[test]
    fn refuses_invalid_ids_and_names_the_field() {
        let eleven = format!(r#"{{"data":[{}]}}"#, ["\"a\""; 11].join(","));
        for (body, name) in [
            ("{}", "certificate_ids"),
            (r#"{"certificate_ids":[]}"#, "certificate_ids"),
            (r#"{"certificate_ids":null}"#, "certificate_ids"),
            (r#"{"certificate_ids":"a"}"#, "certificate_ids"),
            (r#"{"certificate_ids":["a",1]}"#, "certificate_ids"),
            (&eleven, "data"),
        ] {
            let refusal = ids(body).unwrap_err();
            assert_eq!((refusal.status.as_u16(), refusal.body.param.as_deref()), (400, Some(name)));
        }
    }
}
